//! Whoever removes, renames, replaces, cuts short or writes to a day file under the running
//! process: no acknowledged record is missing from the directory's day files, or it is
//! named in `log.file_lost`.
//!
//! `.ci/logrotate` uses `an_emitter_for_scripts`.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use support::{RuntimeLog, TEST_TYPES, TestLog, eventually};
use tracing_audit::{AuditHandle, AuditLayer, Record, audit};
use tracing_subscriber::prelude::*;

const LONG: Duration = Duration::from_secs(60);

/// What somebody does to a day file, with a folder of their own.
type Act = fn(&Path, &Path);

const ACTS: &[(&str, Act)] = &[
    ("removed", |file, _| fs::remove_file(file).unwrap()),
    ("moved out of the directory", |file, folder| fs::rename(file, elsewhere(folder)).unwrap()),
    ("moved beside, as rotation tools do", |file, _| {
        fs::rename(file, format!("{}.{}", file.display(), count(file))).unwrap();
    }),
    ("given another day file's name", |file, _| {
        let name = format!("audit-2020-01-01.{}.log", 1 + count(file));
        fs::rename(file, file.with_file_name(name)).unwrap();
    }),
    ("replaced by a file of the same name", |file, folder| {
        let other = elsewhere(folder);
        fs::write(&other, "something else\n").unwrap();
        fs::rename(other, file).unwrap();
    }),
    ("emptied", |file, _| drop(File::create(file).unwrap())),
    ("cut in the middle of a line", |file, _| {
        let file = OpenOptions::new().write(true).open(file).unwrap();
        file.set_len(file.metadata().unwrap().len() / 2 + 7).unwrap();
    }),
    ("copied over by a smaller file", |file, _| copy_over(file, 1)),
    ("copied over by a larger file", |file, _| {
        let len = usize::try_from(file.metadata().unwrap().len()).unwrap();
        copy_over(file, len / 50 + 5000);
    }),
    ("written to, a line", |file, _| {
        OpenOptions::new().append(true).open(file).unwrap().write_all(b"a line of mine\n").unwrap();
    }),
    ("written to, not a whole line", |file, _| {
        OpenOptions::new().append(true).open(file).unwrap().write_all(b"a piece").unwrap();
    }),
    ("taken away with its directory", |file, _| {
        // Somebody may be making a file in it just now.
        while fs::remove_dir_all(file.parent().unwrap()).is_err() {}
    }),
    ("moved away with its directory", |file, folder| {
        fs::rename(file.parent().unwrap(), elsewhere(folder)).unwrap();
    }),
    ("moved away with its directory, and there is a new one", |file, folder| {
        let directory = file.parent().unwrap();
        fs::rename(directory, elsewhere(folder)).unwrap();
        // Somebody else may be as fast.
        fs::create_dir_all(directory).unwrap();
    }),
];

/// A path that is not there yet.
fn elsewhere(folder: &Path) -> PathBuf {
    folder.join(format!("elsewhere-{}", fs::read_dir(folder).unwrap().count()))
}

/// How many files there are beside it.
fn count(file: &Path) -> usize {
    fs::read_dir(file.parent().unwrap()).unwrap().count()
}

/// As `cp` does: cut to nothing first, then written from the beginning, piece by piece.
fn copy_over(file: &Path, lines: usize) {
    let mut file = OpenOptions::new().write(true).truncate(true).open(file).unwrap();
    for _ in 0..lines.div_ceil(500) {
        file.write_all(
            "this is a line of somebody else, not one of ours\n".repeat(lines.min(500)).as_bytes(),
        )
        .unwrap();
    }
}

/// The day file that is appended to: the one with the last line that is a record.
fn newest(dir: &Path) -> Option<PathBuf> {
    let last = |path: &PathBuf| {
        let text = fs::read(path).ok()?;
        let mut lines = text.split(|byte| *byte == b'\n').rev();
        lines.find_map(|line| Record::from_line(line).ok()).and_then(|record| record.seq)
    };
    let files = files_of(dir).into_iter().filter_map(|path| Some((last(&path)?, path)));
    files.max().map(|(_, path)| path)
}

/// All files that have a day file's name.
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

/// The records of all day files, by number. Lines that are none are passed over; two of one
/// number must be the same.
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
                assert_eq!(other, found[&seq], "two records of one number");
            }
        }
    }
    found
}

/// What the log says is lost.
fn lost_in(found: &BTreeMap<u64, Record>) -> BTreeSet<u64> {
    let lost = found.values().filter(|record| record.event == "log.file_lost");
    let number = |record: &Record, key: &str| record.resource[key].as_u64().unwrap();
    lost.flat_map(|record| number(record, "from_seq")..=number(record, "to_seq")).collect()
}

/// Every record that was acknowledged is there, or named, and none is both.
fn assert_accounted(what: &str, dir: &Path, acknowledged: &[u64]) {
    let found = found_in(dir);
    let lost = lost_in(&found);
    for seq in acknowledged {
        assert!(found.contains_key(seq) || lost.contains(seq), "{what}: {seq} is neither there nor named");
    }
    for seq in &lost {
        assert!(!found.contains_key(seq), "{what}: {seq} is said to be lost, and is there");
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
    handle.append(Record::new("a.b").resource("n", n)).result().unwrap()
}

#[test]
fn after_a_pause_by_the_next_event() {
    for (what, act) in ACTS {
        let log = TestLog::new();
        let folder = tempfile::tempdir().unwrap();
        let runtime = RuntimeLog::default();
        let (layer, guard) = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).open().unwrap();
        let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
        let _default = tracing::subscriber::set_default(subscriber);
        let handle = guard.handle();
        let mut acknowledged = (0..20).map(|n| append(&handle, n)).collect::<Vec<_>>();
        handle.flush(LONG).unwrap();
        act(&newest(&log.dir()).unwrap(), folder.path());
        // Longer than nobody looks.
        std::thread::sleep(Duration::from_millis(300));
        acknowledged.push(audit!("a.b").result().unwrap());
        // It is in its file without any further event.
        let seq = acknowledged[20];
        eventually(what, || found_in(&log.dir()).contains_key(&seq));
        let errors = || {
            runtime
                .lines()
                .iter()
                .any(|line| line.starts_with("ERROR tracing_audit") && line.contains("audit"))
        };
        eventually(what, errors);
        acknowledged.push(append(&handle, 21));
        drop(handle);
        guard.shutdown(LONG).unwrap();
        assert_accounted(what, &log.dir(), &acknowledged);
        let is_whole =
            ["removed", "moved", "given", "replaced", "written"].iter().any(|act| what.starts_with(act))
                && !what.contains("directory,")
                || *what == "written to, a line";
        if is_whole {
            assert_eq!(lost_in(&found_in(&log.dir())), BTreeSet::new(), "{what}: all could be saved");
        }
    }
}

#[test]
fn under_load_again_and_again() {
    for (what, act) in ACTS {
        let log = TestLog::new();
        let folder = tempfile::tempdir().unwrap();
        let runtime = RuntimeLog::default();
        let (layer, guard) = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).open().unwrap();
        let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
        let dispatch = tracing::Dispatch::new(subscriber);
        let handle = guard.handle();
        let is_over = AtomicBool::new(false);
        let acknowledged = Mutex::new(Vec::new());
        let refused = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for thread in 0..3_u64 {
                let (handle, is_over, acknowledged, refused) = (&handle, &is_over, &acknowledged, &refused);
                let dispatch = dispatch.clone();
                scope.spawn(move || {
                    tracing::dispatcher::with_default(&dispatch, || {
                        let mut seqs = Vec::new();
                        while !is_over.load(Ordering::Relaxed) {
                            let receipt = if thread == 0 {
                                audit!("a.b", resource.thread = thread)
                            } else {
                                handle.append(Record::new("a.b").resource("thread", thread))
                            };
                            match receipt.result() {
                                Ok(seq) => seqs.push(seq),
                                Err(error) => refused.lock().unwrap().push(error.to_string()),
                            }
                            // The disk is the tests' of the machine, too.
                            std::thread::yield_now();
                        }
                        acknowledged.lock().unwrap().extend(seqs);
                    });
                });
            }
            let goes_on = |by: u64| {
                let before = handle.stats().recorded;
                eventually(what, || handle.stats().recorded >= before + by);
            };
            for _ in 0..4 {
                goes_on(400);
                let mut file = None;
                eventually(what, || {
                    file = newest(&log.dir());
                    file.is_some()
                });
                act(&file.unwrap(), folder.path());
                goes_on(600);
            }
            is_over.store(true, Ordering::Relaxed);
        });
        drop(handle);
        guard.shutdown(LONG).unwrap();
        let refused = refused.into_inner().unwrap();
        // A file can't be begun in a directory that is not there.
        assert!(what.contains("directory") || refused.is_empty(), "{what}: {refused:?}");
        assert_accounted(what, &log.dir(), &acknowledged.into_inner().unwrap());
        assert!(runtime.lines().iter().any(|line| line.starts_with("ERROR tracing_audit")), "{what}");
    }
}

#[test]
fn at_the_end_without_a_further_event() {
    for (what, act) in ACTS {
        let log = TestLog::new();
        let folder = tempfile::tempdir().unwrap();
        let (layer, guard) = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).open().unwrap();
        let handle = guard.handle();
        let acknowledged = (0..20).map(|n| append(&handle, n)).collect::<Vec<_>>();
        handle.flush(LONG).unwrap();
        act(&newest(&log.dir()).unwrap(), folder.path());
        drop((handle, layer, guard));
        assert_accounted(what, &log.dir(), &acknowledged);
    }
}

/// Under the environment variable `AUDIT_EMITTER`, a directory, this emits until there is a
/// file `stop` in the directory's parent, and then says whether all is accounted for; else
/// it does nothing.
#[test]
fn an_emitter_for_scripts() {
    let Some(dir) = std::env::var_os("AUDIT_EMITTER").map(PathBuf::from) else {
        return;
    };
    let stop = dir.parent().unwrap().join("stop");
    let (_layer, guard) = AuditLayer::builder(&dir).catalog(TEST_TYPES).open().unwrap();
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
    println!("{} acknowledged, {} files, {lost} named as lost", acknowledged.len(), files_of(&dir).len());
}
