//! A reader shows the records that a dead process accepted, and `recover` writes them into the day files,
//! once, for an application that does not start again.
#![cfg(any(target_os = "linux", windows))]

use crate::support::child::{child, child_argument, name_of, open_folder, say};
use crate::support::{TEST_TYPES, TestLog, day_files};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracing_audit::read::{ReadError, Reader};
use tracing_audit::{AuditLayer, OpenError, Record, recover};

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Returns all files of a log except the lock, which names the last process.
fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else if path.file_name().unwrap() != "lock" {
            found.insert(path.clone(), std::fs::read(path).unwrap());
        }
    }
    found
}

fn read(dir: &Path) -> Vec<Record> {
    Reader::open(dir).unwrap().records().map(Result::unwrap).collect()
}

/// Runs a process that floods the log and kills itself. Returns the directory, and the number of the last accepted
/// record.
fn left_by_a_dead_process(place: &Path) -> (PathBuf, u64) {
    let dir = place.join("audit");
    let killed = child(name_of(a_process_that_kills_itself), place, &dir).output().unwrap();
    let said = String::from_utf8_lossy(&killed.stdout).into_owned();
    let last = said.lines().find_map(|line| line.split_once("child: ")?.1.parse().ok());
    (dir, last.unwrap_or_else(|| panic!("{said}{}", String::from_utf8_lossy(&killed.stderr))))
}

#[test]
fn a_process_that_kills_itself() {
    let Some(dir) = child_argument() else {
        return;
    };
    let (_layer, guard) = AuditLayer::builder(dir).catalog(TEST_TYPES).open().unwrap();
    let handle = guard.handle();
    let mut last = 0;
    for n in 0..5000 {
        last = handle.append(Record::new("a.b").resource("n", n)).result().unwrap().unwrap();
    }
    say(last);
    // A few records that the committer has not seen yet.
    handle.append(Record::new("a.b").resource("n", 5000)).result().unwrap();
    #[cfg(unix)]
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).unwrap();
    // `exit` ends the other threads at any point.
    #[cfg(windows)]
    std::process::exit(1);
}

#[test]
fn what_is_pending_is_shown_and_recovered_once() {
    let mut was_pending = false;
    for _ in 0..40 {
        let folder = open_folder();
        let (dir, last) = left_by_a_dead_process(folder.path());
        let reader = Reader::open(&dir).unwrap();
        assert!(!reader.has_writer().unwrap());
        let (in_files, pending) = (read(&dir), reader.pending().unwrap());
        let shown = in_files.iter().chain(&pending).cloned().collect::<Vec<_>>();
        let recovery = recover(&dir).unwrap();
        let after = read(&dir);
        assert_eq!(after[..shown.len()], shown, "the shown records are in the day files");
        assert_eq!(after[shown.len()..].iter().map(|record| &record.event[..]).collect::<Vec<_>>(), {
            vec!["log.recovered"; recovery.records.len()]
        });
        for (seq, record) in (0..).zip(&after) {
            assert_eq!(record.seq, Some(seq));
        }
        assert!(last < shown.len() as u64, "every accepted record is there");
        let is_torn = recovery.records.iter().any(|record| record.resource.get("completed_bytes").is_some());
        assert_eq!(recovery.from_intake + u64::from(is_torn), pending.len() as u64);
        // A second recovery changes nothing.
        let before = contents(&dir);
        let again = recover(&dir).unwrap();
        assert!(again.from_intake == 0 && again.records.is_empty(), "{again:?}");
        assert_eq!(contents(&dir), before);
        assert!(Reader::open(&dir).unwrap().pending().unwrap().is_empty());
        // The log can still be opened.
        let (_, guard) = AuditLayer::builder(&dir).open().unwrap();
        guard.shutdown(Duration::from_secs(60)).unwrap();
        assert_eq!(read(&dir)[..after.len()], after);
        was_pending |= pending.len() > 1;
        if was_pending {
            return;
        }
    }
    panic!("no process left records in the intake");
}

#[test]
fn a_log_in_order_is_left_as_it_is() {
    let log = TestLog::new();
    let (_, guard) = log.open();
    guard.shutdown(Duration::from_secs(60)).unwrap();
    let before = contents(&log.dir());
    let recovery = recover(log.dir()).unwrap();
    assert!(recovery.from_intake == 0 && recovery.records.is_empty());
    assert_eq!(contents(&log.dir()), before);
}

#[test]
fn a_log_that_is_written_is_left_alone() {
    let log = TestLog::new();
    let (_layer, guard) = log.open();
    let receipt = guard.handle().append(Record::new("a.b"));
    let error = recover(log.dir()).unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "{error}");
    let reader = Reader::open(log.dir()).unwrap();
    assert!(reader.has_writer().unwrap());
    assert!(reader.pending().unwrap().is_empty());
    receipt.wait_synced(Duration::from_secs(60)).unwrap();
    let last = read(&log.dir()).pop().unwrap();
    assert_eq!((last.event.as_str(), last.seq), ("a.b", receipt.seq()));
}

#[test]
fn where_there_is_no_log_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    for dir in [folder.path().join("none"), folder.path().to_owned()] {
        let error = recover(&dir).unwrap_err();
        let file = dir.join(".state").join("journal.json");
        assert!(chain(&error).contains(file.to_str().unwrap()), "{}", chain(&error));
    }
    let error = Reader::open(folder.path().join("none")).unwrap_err();
    assert!(chain(&error).contains("none can't be read: "), "{}", chain(&error));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_reader_goes_on_behind_what_is_no_record() {
    let log = TestLog::new();
    let (_, guard) = log.open();
    guard.shutdown(Duration::from_secs(60)).unwrap();
    let file = day_files(&log.dir()).pop().unwrap();
    let mut text = std::fs::read_to_string(&file).unwrap();
    let first = text.find('\n').unwrap() + 1;
    text.insert_str(first, "{\"a line\":1}\n");
    std::fs::write(&file, text + "{\"torn").unwrap();
    let reader = Reader::open(log.dir()).unwrap();
    let found = reader.records().collect::<Vec<_>>();
    assert_eq!(found.len(), 3);
    let events = found.iter().flatten().map(|record| &record.event[..]).collect::<Vec<_>>();
    assert_eq!(events, ["log.opened", "log.closed"]);
    let error = found[1].as_ref().unwrap_err();
    assert!(matches!(error, ReadError::NoRecord { path, source, .. } if *path == file && source.line == 2));
    assert!(chain(error).contains("line 2, byte"), "{}", chain(error));
}
