//! A rotation tool runs on all day files, as a tool does that is configured for `audit-*.log`: each
//! acknowledged record is in the directory's day files, or is named in `log.file_lost`.
//!
//! `.ci/logrotate` does the same with Debian's logrotate and `an_emitter_for_scripts`.

use crate::support::{RuntimeLog, SetOnDrop, TEST_TYPES, TestLog, eventually};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing_audit::{AuditHandle, AuditLayer, Record, audit};
use tracing_subscriber::prelude::*;

/// The deadline of events, which wait while a file is rescued.
const PATIENCE: Duration = Duration::from_secs(60);

const LONG: Duration = Duration::from_secs(60);

/// The modes of a tool, applied to each day file. A listed file may no longer exist: the log moves altered
/// files out of its directory itself.
type Act = fn(&Path) -> io::Result<()>;

const ACTS: &[(&str, Act)] = &[
    ("moved", |file| fs::rename(file, rotated(file))),
    ("moved, and an empty file created", |file| {
        fs::rename(file, rotated(file))?;
        File::create(file).map(drop)
    }),
    ("copied, and truncated", |file| {
        fs::copy(file, rotated(file))?;
        File::create(file).map(drop)
    }),
    ("removed", |file| fs::remove_file(file)),
];

/// Returns the name that the tool gives the file.
fn rotated(file: &Path) -> PathBuf {
    let name = |number: usize| PathBuf::from(format!("{}.{number}", file.display()));
    (1..).map(name).find(|path| !path.exists()).unwrap()
}

/// Returns all files with the name of a day file.
fn files_of(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| is_day_file(&path.file_name().unwrap().to_string_lossy())).collect()
}

fn is_day_file(name: &str) -> bool {
    let stem = name.strip_prefix("audit-").and_then(|rest| rest.strip_suffix(".log"));
    stem.is_some_and(|stem| {
        stem.len() >= 10 && stem.bytes().all(|byte| byte.is_ascii_digit() || b"-.".contains(&byte))
    })
}

/// Returns the records of all day files by number. Other lines are skipped; records with the same number must
/// be equal.
fn found_in(dir: &Path) -> BTreeMap<u64, Record> {
    let mut found = BTreeMap::<u64, Record>::new();
    for path in files_of(dir) {
        let mut last = None;
        for line in BufReader::new(File::open(&path).unwrap()).split(b'\n') {
            let Ok(record) = Record::from_line(&line.unwrap()) else {
                continue;
            };
            assert!(last <= record.ts, "{}: {record}", path.display());
            last = record.ts;
            let seq = record.seq.unwrap();
            if let Some(other) = found.insert(seq, record) {
                assert_eq!(other, found[&seq], "two different records have the same number");
            }
        }
    }
    found
}

/// Returns the numbers that the log reports as lost.
fn lost_in(found: &BTreeMap<u64, Record>) -> BTreeSet<u64> {
    let lost = found.values().filter(|record| record.event == "log.file_lost");
    let number = |record: &Record, key: &str| record.resource[key].as_u64().unwrap();
    lost.flat_map(|record| number(record, "from_seq")..=number(record, "to_seq")).collect()
}

/// Asserts that every acknowledged record is either there or reported as lost.
fn assert_accounted(what: &str, dir: &Path, acknowledged: &[u64]) {
    let found = found_in(dir);
    let lost = lost_in(&found);
    for seq in acknowledged {
        assert!(
            found.contains_key(seq) || lost.contains(seq),
            "{what}: {seq} is neither there nor reported as lost"
        );
    }
    for seq in &lost {
        assert!(!found.contains_key(seq), "{what}: {seq} is reported as lost, but is there");
    }
    let last = *found.keys().last().unwrap();
    for seq in 0..=last {
        assert!(
            found.contains_key(&seq) || lost.contains(&seq),
            "{what}: {seq} of {last} is not accounted for"
        );
    }
}

fn append(handle: &AuditHandle, n: u64) -> u64 {
    handle.append(Record::new("a.b").resource("n", n)).result().unwrap().unwrap()
}

#[test]
fn under_load_again_and_again() {
    for (what, act) in ACTS {
        let log = TestLog::new();
        let runtime = RuntimeLog::default();
        let (layer, guard) = log.open_patiently();
        let dispatch =
            tracing::Dispatch::new(tracing_subscriber::registry().with(layer).with(runtime.clone()));
        let handle = guard.handle();
        let is_over = AtomicBool::new(false);
        let acknowledged = std::thread::scope(|scope| {
            let emitters = [(), (), ()].map(|()| {
                scope.spawn(|| {
                    let mut seqs = Vec::new();
                    tracing::dispatcher::with_default(&dispatch, || {
                        while !is_over.load(Ordering::Relaxed) {
                            seqs.push(audit!("a.b").result().unwrap().unwrap());
                            std::thread::yield_now();
                        }
                    });
                    seqs
                })
            });
            let ends = SetOnDrop(&is_over);
            for _ in 0..4 {
                let before = handle.stats().recorded;
                eventually(what, || handle.stats().recorded >= before + 500);
                for file in files_of(&log.dir()) {
                    match act(&file) {
                        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                        done => done.unwrap(),
                    }
                }
            }
            let before = handle.stats().recorded;
            eventually(what, || handle.stats().recorded >= before + 500);
            drop(ends);
            emitters.into_iter().flat_map(|emitter| emitter.join().unwrap()).collect::<Vec<_>>()
        });
        drop(handle);
        guard.shutdown(LONG).unwrap();
        assert_accounted(what, &log.dir(), &acknowledged);
        assert!(runtime.lines().iter().any(|line| line.starts_with("ERROR tracing_audit")), "{what}");
    }
}

/// With the environment variable `AUDIT_EMITTER`, a directory, this emits until there is a file `stop` in the
/// parent directory, and then checks that every record is accounted for. Otherwise it does nothing.
#[test]
fn an_emitter_for_scripts() {
    let Some(dir) = std::env::var_os("AUDIT_EMITTER").map(PathBuf::from) else {
        return;
    };
    let stop = dir.parent().unwrap().join("stop");
    let (_layer, guard) =
        AuditLayer::builder(&dir).catalog(TEST_TYPES).append_deadline(PATIENCE).open().unwrap();
    let handle = guard.handle();
    let mut acknowledged = Vec::new();
    for n in 0.. {
        acknowledged.push(append(&handle, n));
        if n % 64 == 0 && stop.exists() {
            break;
        }
    }
    drop(handle);
    guard.shutdown(LONG).unwrap();
    assert_accounted("emitter", &dir, &acknowledged);
    let lost = lost_in(&found_in(&dir)).len();
    println!("{} acknowledged, {} files, {lost} reported as lost", acknowledged.len(), files_of(&dir).len());
}
