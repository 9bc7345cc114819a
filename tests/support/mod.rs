//! Shared by the tests.
// Each test file is a crate of its own, and none needs every item. Crates outside of the library's package
// have no feature `otlp`.
#![allow(dead_code, unreachable_pub, unexpected_cfgs)]

pub mod actors;
pub mod cargo;
pub mod child;
pub mod clock;
#[cfg(feature = "otlp")]
pub mod collector;
pub mod dice;
pub mod example;
pub mod mirrors;

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_audit::record::{CONTROL_RECORDS, EventType, Lines};
use tracing_audit::{AuditGuard, AuditLayer, Catalog, Record};
use tracing_subscriber::layer::{Context, Layer};

/// Event types for the tests, with free resources.
pub const TEST_TYPES: Catalog = Catalog::new(&[
    EventType::new("a.b", "A test emitted an event.").free(),
    EventType::new("a.inner", "A value of a test's event emitted an event.").free(),
    EventType::new("a.outer", "A test emitted an event with a value that emitted another.").free(),
]);

/// An audit log in a directory of its own.
pub struct TestLog {
    folder: tempfile::TempDir,
}

impl TestLog {
    pub fn new() -> TestLog {
        TestLog { folder: tempfile::tempdir().unwrap() }
    }

    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("audit")
    }

    pub fn open(&self) -> (AuditLayer, AuditGuard) {
        AuditLayer::builder(self.dir()).catalog(TEST_TYPES).open().unwrap()
    }

    /// Opens a log that waits for a slow disk, such as that of a busy machine.
    pub fn open_patiently(&self) -> (AuditLayer, AuditGuard) {
        let builder = AuditLayer::builder(self.dir()).catalog(TEST_TYPES);
        builder.append_deadline(std::time::Duration::from_secs(60)).open().unwrap()
    }

    /// Returns all records, control records included.
    pub fn all_records(&self) -> Vec<Record> {
        all_records(&self.dir())
    }

    /// Returns the application's records: all except `log.*`.
    pub fn records(&self) -> Vec<Record> {
        let mut records = self.all_records();
        records.retain(|record| !record.event.starts_with("log."));
        records
    }
}

/// Waits until all records are in the day files, which takes some milliseconds while the log is open:
/// until there is no entry at the intake's tail. (`src/journal/intake/mod.rs` specifies the format.)
pub fn until_committed(dir: &Path) {
    const CAPACITY: usize = 8;
    const TURN: usize = 64;
    const TAILS: [usize; 2] = [72, 96];
    const WORDS: usize = 16384;
    let is_empty = || {
        let Ok(mut intake) = std::fs::File::open(dir.join(".state/intake")) else {
            return true;
        };
        if intake.metadata().map_or(0, |metadata| metadata.len()) as usize <= WORDS {
            return true;
        }
        let mut word = |at: usize| {
            let mut word = [0; 8];
            intake.seek(SeekFrom::Start(at as u64)).unwrap();
            intake.read_exact(&mut word).unwrap();
            u64::from_le_bytes(word) as usize
        };
        let (turn, words) = (word(TURN), word(CAPACITY) / 64);
        let seq = word(TAILS[turn & 1] + 8);
        // The committer may have moved the tail meanwhile.
        word(WORDS + seq % words * 8) == 0 && word(TURN) == turn
    };
    for _ in 0..400 {
        if is_empty() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Returns the day files of a directory, ordered by their first `seq`.
pub fn day_files(dir: &Path) -> Vec<PathBuf> {
    until_committed(dir);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("audit-") && name.ends_with(".log") && path.is_file() {
            let first = records_of(&path).first().and_then(|record| record.seq);
            files.push((first, path));
        }
    }
    files.sort();
    files.into_iter().map(|(_, path)| path).collect()
}

/// Returns the records of a file, of which every line must be one.
pub fn records_of(path: &Path) -> Vec<Record> {
    until_committed(path.parent().unwrap());
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let records =
        Lines::new(file).map(|record| record.unwrap_or_else(|error| panic!("{}: {error}", path.display())));
    records.inspect(check_control_record).collect()
}

/// Asserts that a control record agrees with the catalog.
fn check_control_record(record: &Record) {
    if record.event.starts_with("log.") && record.resource.get("_violations").is_none() {
        let entry =
            CONTROL_RECORDS.get(&record.event).unwrap_or_else(|| panic!("not in the catalog: {record}"));
        assert_eq!(entry.violations(&record.resource), [""; 0], "{record}");
    }
}

/// Returns all records of a directory, in order.
pub fn all_records(dir: &Path) -> Vec<Record> {
    day_files(dir).iter().flat_map(|file| records_of(file)).collect()
}

/// A runtime log: a layer that keeps one line for each event it sees.
#[derive(Clone, Default)]
pub struct RuntimeLog(Arc<Mutex<Vec<String>>>);

impl RuntimeLog {
    /// Returns the lines except the one that says where the key of a new log's seals was made: it comes from
    /// another thread, at any time.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.all_lines();
        lines.retain(|line| !line.contains("the key that seals the log was made"));
        lines
    }

    pub fn all_lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl<S: Subscriber> Layer<S> for RuntimeLog {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = format!("{} {}", event.metadata().level(), event.metadata().target());
        event.record(&mut Fields(&mut line));
        self.0.lock().unwrap().push(line);
    }
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

/// Waits until the condition holds.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..12_000 {
        if holds() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("{what}: not within 60 s");
}

/// Sets the flag that ends threads, also on a panic: a thread that floods the log must not continue
/// until the disk is full.
pub struct SetOnDrop<'a>(pub &'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
