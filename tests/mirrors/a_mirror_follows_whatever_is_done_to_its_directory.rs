//! Whatever another program does to the directory of a running log: its mirror gets all records that
//! the log has kept, in order, and so does the next one. The cursor is saved again as soon as that is
//! possible.
#![cfg(unix)]

use crate::support::child::{NOBODY, child, child_argument, is_root, name_of, open_folder, said, say};
use crate::support::mirrors::TestMirror;
use crate::support::{RuntimeLog, SetOnDrop, TEST_TYPES, TestLog, eventually, until_committed};
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing::Dispatch;
use tracing_audit::{AuditGuard, AuditHandle, AuditLayer, AuditLayerBuilder, Record};
use tracing_subscriber::prelude::*;

const LONG: Duration = Duration::from_secs(60);

/// The number of repetitions of an act, and the number of events between two.
const TIMES: u64 = 4;
const BETWEEN: u64 = 300;

fn builder(dir: &Path, mirror: &TestMirror) -> AuditLayerBuilder {
    let builder = AuditLayer::builder(dir).catalog(TEST_TYPES).append_deadline(LONG);
    builder.sync_interval(Duration::from_millis(5)).mirror("test", mirror.clone())
}

fn day_files(dir: &Path) -> Vec<PathBuf> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Vec::new(),
        entries => entries.unwrap(),
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_one = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("audit-") && name.ends_with(".log")
    };
    paths.filter(is_one).collect()
}

/// Returns the file that was written last.
fn newest(dir: &Path) -> Option<PathBuf> {
    let modified = |path: &PathBuf| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    day_files(dir).into_iter().max_by_key(modified)
}

/// Returns the records in the day files, which may contain other lines, too.
fn records_in(dir: &Path) -> Vec<Record> {
    until_committed(dir);
    let mut records = Vec::new();
    for path in day_files(dir) {
        let text = fs::read(path).unwrap();
        records.extend(text.split(|byte| *byte == b'\n').filter_map(|line| Record::from_line(line).ok()));
    }
    records
}

/// Changes the newest file, or the directory, for the `number`th time.
type Act = fn(&Path, u64) -> std::io::Result<()>;

fn newest_or_none(dir: &Path) -> std::io::Result<PathBuf> {
    newest(dir).ok_or_else(|| ErrorKind::NotFound.into())
}

fn moved(dir: &Path, number: u64) -> PathBuf {
    dir.with_file_name(format!("moved-{number}"))
}

fn truncated(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).truncate(true).open(path)
}

/// `rm -r`, also while another thread creates files in it.
fn remove_directory(dir: &Path) -> std::io::Result<()> {
    while let Err(error) = fs::remove_dir_all(dir) {
        match error.kind() {
            ErrorKind::NotFound => break,
            ErrorKind::DirectoryNotEmpty => {}
            _ => return Err(error),
        }
    }
    Ok(())
}

const ACTS: &[(&str, Act)] = &[
    ("removed", |dir, _| fs::remove_file(newest_or_none(dir)?)),
    ("moved out", |dir, number| fs::rename(newest_or_none(dir)?, moved(dir, number))),
    ("given another day file's name", |dir, number| {
        let file = newest_or_none(dir)?;
        let day = file.file_name().unwrap().to_string_lossy()["audit-".len()..][..10].to_owned();
        fs::rename(&file, dir.join(format!("audit-{day}.{}.log", 50 + number)))
    }),
    ("copied to another day file's name", |dir, number| {
        let file = newest_or_none(dir)?;
        let day = file.file_name().unwrap().to_string_lossy()["audit-".len()..][..10].to_owned();
        fs::copy(&file, dir.join(format!("audit-{day}.{}.log", 50 + number))).map(drop)
    }),
    ("copied and truncated", |dir, number| {
        let file = newest_or_none(dir)?;
        fs::copy(&file, moved(dir, number))?;
        truncated(&file).map(drop)
    }),
    ("truncated in the middle", |dir, _| {
        let file = newest_or_none(dir)?;
        let len = fs::metadata(&file)?.len();
        OpenOptions::new().write(true).open(&file)?.set_len(len / 2)
    }),
    ("overwritten with foreign lines", |dir, _| {
        truncated(&newest_or_none(dir)?)?.write_all("a foreign line\n".repeat(20_000).as_bytes())
    }),
    ("written to by another program", |dir, _| {
        OpenOptions::new().append(true).open(newest_or_none(dir)?)?.write_all(b"a foreign line\n")
    }),
    ("written half a line to", |dir, _| {
        OpenOptions::new().append(true).open(newest_or_none(dir)?)?.write_all(b"half a foreign line")
    }),
    ("removed with the whole directory", |dir, _| remove_directory(dir)),
    ("moved away with the whole directory", |dir, number| fs::rename(dir, moved(dir, number))),
    ("left, but without its cursors", |dir, _| remove_directory(&dir.join(".state/cursors"))),
    ("left, but with a file in the place of the cursors", |dir, _| {
        let cursors = dir.join(".state/cursors");
        if cursors.is_file() {
            return fs::remove_file(cursors);
        }
        remove_directory(&cursors)?;
        match File::create_new(cursors) {
            // The mirror was faster.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            created => created.map(drop),
        }
    }),
];

/// Returns whether the log reports the number as lost.
fn is_lost(records: &[Record], seq: u64) -> bool {
    let lost = records.iter().filter(|record| record.event == "log.file_lost");
    let number = |record: &Record, key: &str| record.resource[key].as_u64().unwrap();
    lost.map(|record| number(record, "from_seq")..=number(record, "to_seq")).any(|seqs| seqs.contains(&seq))
}

/// Asserts that the mirror has all records of the day files, in order; further ones were lost later.
fn assert_complete(what: &str, dir: &Path, mirror: &TestMirror) {
    let records = records_in(dir);
    let there = records.iter().filter_map(|record| record.seq).collect::<BTreeSet<_>>();
    let arrived = mirror.seqs();
    assert!(arrived.is_sorted(), "{what}: first arrivals are in order");
    let missing = there.iter().filter(|seq| arrived.binary_search(seq).is_err()).collect::<Vec<_>>();
    assert!(missing.is_empty(), "{what}: {missing:?} are in the files and did not arrive");
    let more = arrived.iter().filter(|seq| !there.contains(seq) && !is_lost(&records, **seq));
    let more = more.collect::<Vec<_>>();
    assert!(more.is_empty(), "{what}: {more:?} arrived, and are neither in the files nor reported as lost");
}

#[test]
fn under_load() {
    for (what, act) in ACTS {
        let (log, mirror) = (TestLog::new(), TestMirror::new());
        let (layer, guard) = builder(&log.dir(), &mirror).open().unwrap();
        let (handle, is_over) = (guard.handle(), AtomicBool::new(false));
        let recorded = || handle.stats().recorded;
        std::thread::scope(|scope| {
            let ends = SetOnDrop(&is_over);
            for _ in 0..2 {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        // An event that is refused while there is no directory does not concern the mirror.
                        handle.append(Record::new("a.b")).result().unwrap_or(None);
                        std::thread::yield_now();
                    }
                });
            }
            for number in 0..TIMES {
                let before = recorded();
                eventually(what, || recorded() >= before + BETWEEN);
                match act(&log.dir(), number) {
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    done => done.unwrap(),
                }
            }
            let before = recorded();
            eventually(what, || recorded() >= before + BETWEEN);
            drop(ends);
        });
        let ended = guard.shutdown(LONG);
        assert!(ended.is_ok(), "{what}: {ended:?}");
        // When it is closed, the log may report further losses: they are delivered after the next
        // start.
        drop((layer, handle));
        let batches = mirror.calls();
        assert!(batches <= mirror.count() + mirror.repeats(), "{what}: {batches} batches");

        // The next start continues there, and a new mirror gets the existing records.
        let (before, new) = (mirror.repeats(), TestMirror::new());
        let guard = builder(&log.dir(), &mirror).mirror("new", new.clone()).open().unwrap().1;
        append(&guard.handle(), 10);
        let ended = guard.shutdown(LONG);
        assert!(ended.is_ok(), "{what}: {ended:?}");
        assert_complete(what, &log.dir(), &mirror);
        assert_complete(what, &log.dir(), &new);
        assert_eq!(mirror.repeats(), before, "{what}: no record before the cursor is repeated");
    }
}

fn append(handle: &AuditHandle, count: u64) {
    for number in 0..count {
        handle.append(Record::new("a.b").resource("number", number)).result().unwrap();
    }
}

/// Opens a log together with a runtime log.
fn with_runtime_log(dir: &Path, mirror: &TestMirror) -> (Dispatch, AuditGuard, RuntimeLog) {
    let runtime = RuntimeLog::default();
    let (layer, guard) = builder(dir, mirror).open().unwrap();
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer).with(runtime.clone()));
    // From now on the log knows where to report.
    tracing::dispatcher::with_default(&dispatch, || tracing_audit::audit!("a.b").result().unwrap());
    (dispatch, guard, runtime)
}

/// Asserts that records arrive while cursors can't be saved, with a warning in the runtime log, and that
/// cursors are saved once that is possible again.
fn goes_on_without_cursors(dir: &Path, spoil: impl FnOnce(&Path), mend: impl FnOnce(&Path)) {
    let mirror = TestMirror::new();
    let (dispatch, guard, runtime) = with_runtime_log(dir, &mirror);
    let handle = guard.handle();
    let arrived = |what: &str| {
        append(&handle, 20);
        let last = handle.append(Record::new("a.b")).result().unwrap();
        assert!(last.is_some());
        eventually(what, || mirror.seqs().last().copied() >= last);
    };
    let cursors = dir.join(".state/cursors");
    let is_written = || {
        let text = fs::read_to_string(cursors.join("test.json")).unwrap_or_default();
        text.contains(&format!("\"next_seq\":{}}}", handle.stats().last_seq.unwrap() + 1))
    };
    arrived("before");
    eventually("the cursor is saved", is_written);
    spoil(&cursors);
    arrived("while cursors can not be saved");
    let warned = |line: &String| {
        line.starts_with("WARN") && line.contains("could not save the cursor of the mirror `test`")
    };
    eventually("the runtime log has a warning", || runtime.lines().iter().any(warned));
    arrived("still");
    assert!(!is_written());
    mend(&cursors);
    eventually("the cursor is saved again", is_written);
    arrived("afterwards");
    let calls = mirror.calls();
    assert!(calls <= mirror.count(), "{calls} calls");
    tracing::dispatcher::with_default(&dispatch, || guard.shutdown(LONG).unwrap());
    drop((dispatch, handle));
    assert_eq!(mirror.repeats(), 0);
    let reopened = builder(dir, &mirror).open().unwrap().1;
    reopened.shutdown(LONG).unwrap();
    assert_eq!(mirror.repeats(), 0, "delivery continues at the cursor");
    assert_complete("cursors", dir, &mirror);
}

#[test]
fn where_the_cursors_are_a_file() {
    let log = TestLog::new();
    goes_on_without_cursors(
        &log.dir(),
        |cursors| {
            fs::remove_dir_all(cursors).unwrap();
            File::create(cursors).unwrap();
        },
        |cursors| fs::remove_file(cursors).unwrap(),
    );
}

#[test]
fn where_its_cursor_is_a_directory() {
    let log = TestLog::new();
    let cursor = |cursors: &Path| cursors.join("test.json");
    goes_on_without_cursors(
        &log.dir(),
        |cursors| {
            fs::remove_file(cursor(cursors)).unwrap();
            fs::create_dir_all(cursor(cursors).join("more")).unwrap();
        },
        |cursors| fs::remove_dir_all(cursor(cursors)).unwrap(),
    );
}

/// Root may write everywhere, so the child runs as another user.
#[test]
fn where_cursors_may_not_be_written() {
    if let Some(dir) = child_argument() {
        let set =
            |mode| move |path: &Path| fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        goes_on_without_cursors(&dir, set(0o500), set(0o700));
        say("done");
        return;
    }
    let folder = open_folder();
    let place = folder.path().join("place");
    fs::create_dir(&place).unwrap();
    let mut command = child(name_of(where_cursors_may_not_be_written), folder.path(), &place.join("audit"));
    if is_root() {
        use std::os::unix::process::CommandExt as _;
        std::os::unix::fs::chown(&place, Some(NOBODY), Some(NOBODY)).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
    assert_eq!(said(&command.output().unwrap()), ["done"]);
}
