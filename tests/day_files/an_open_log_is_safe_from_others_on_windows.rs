//! On Windows no other process can write to, remove or rename the open files of a log, and every permitted
//! one can read them. Names with a special meaning on Windows are refused.
#![cfg(windows)]

use crate::support::{TEST_TYPES, TestLog, all_records, day_files};
use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::time::Duration;
use tracing_audit::{AuditGuard, AuditLayer, OpenError, Record};

/// `ERROR_SHARING_VIOLATION`
const SHARING_VIOLATION: i32 = 32;

fn open(dir: &Path) -> Result<(AuditLayer, AuditGuard), OpenError> {
    AuditLayer::builder(dir).catalog(TEST_TYPES).unsealed().open()
}

fn record(guard: &AuditGuard) {
    guard.handle().append(Record::new("a.b")).wait_synced(Duration::from_secs(60)).unwrap();
}

#[test]
fn a_day_file_can_be_read_and_not_be_written_removed_or_renamed() {
    let log = TestLog::new();
    let (_layer, guard) = log.open();
    record(&guard);
    let file = day_files(&log.dir()).remove(0);
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 2);
    let aside = file.with_extension("old");
    for (what, tried) in [
        ("written", OpenOptions::new().append(true).open(&file).map(drop)),
        ("cut", File::create(&file).map(drop)),
        ("removed", fs::remove_file(&file)),
        ("renamed", fs::rename(&file, &aside)),
        ("copied over", fs::write(&aside, "x").and_then(|()| fs::rename(&aside, &file))),
    ] {
        assert!(tried.is_err(), "the file was {what}");
    }
    let written = OpenOptions::new().write(true).open(&file).unwrap_err();
    assert_eq!(written.raw_os_error(), Some(SHARING_VIOLATION));
    record(&guard);
    guard.shutdown(Duration::from_secs(60)).unwrap();
    let events = log.all_records().into_iter().map(|record| record.event).collect::<Vec<_>>();
    assert_eq!(events, ["log.opened", "a.b", "a.b", "log.checkpoint", "log.closed"]);
}

#[test]
fn its_directory_can_t_be_moved_or_removed() {
    let log = TestLog::new();
    let (_layer, guard) = log.open();
    record(&guard);
    let state = log.dir().join(".state");
    for dir in [&log.dir(), &state] {
        assert!(fs::rename(dir, dir.with_extension("moved")).is_err());
        assert!(fs::remove_dir_all(dir.join("none")).is_err());
    }
    record(&guard);
    guard.shutdown(Duration::from_secs(60)).unwrap();
    assert_eq!(log.records().len(), 2);
}

#[test]
fn a_day_file_that_goes_while_the_log_is_closed_is_named() {
    let log = TestLog::new();
    let (layer, guard) = log.open();
    record(&guard);
    drop((layer, guard));
    fs::remove_file(day_files(&log.dir()).remove(0)).unwrap();
    let (_layer, guard) = log.open();
    record(&guard);
    let lost = log.all_records().into_iter().find(|record| record.event == "log.file_lost").unwrap();
    assert_eq!((lost.resource["from_seq"].as_u64(), lost.resource["to_seq"].as_u64()), (Some(0), Some(3)));
}

#[test]
fn the_intake_is_mapped_and_each_record_is_in_it_at_once() {
    let log = TestLog::new();
    let (_layer, guard) = log.open();
    assert!(log.dir().join(".state/intake").exists());
    record(&guard);
    assert!(guard.handle().stats().disk_free.is_some());
}

#[test]
fn names_that_stand_for_something_else_are_refused_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    for name in
        ["CON", "nul.log", "COM1", "lpt9.txt", "audit.", "audit ", "audit:stream", "aux/audit", "a./audit"]
    {
        let error = open(&folder.path().join(name)).expect_err(name);
        assert!(
            matches!(&error, OpenError::Setting { setting: "dir", value, .. } if value.ends_with(name)),
            "{error}"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn paths_may_be_long_and_in_any_script() {
    let folder = tempfile::tempdir().unwrap();
    let mut dir = folder.path().join("Протоколы аудита").join("監査ログ").join("🗝️");
    while dir.as_os_str().len() < 400 {
        dir.push("a-name-that-is-much-longer-than-one-would-ever-type-it");
    }
    for runs in 1..=2 {
        let (layer, guard) = open(&dir).unwrap();
        record(&guard);
        drop((layer, guard));
        assert_eq!(all_records(&dir).len(), 3 * runs);
    }
}

#[test]
fn a_file_is_no_directory() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(open(&file), Err(OpenError::NotADirectory { path }) if path == file));
    assert!(open(&file.join("below")).is_err());
}
