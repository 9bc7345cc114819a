//! Whatever happens to day files while the log is closed, no sequence number is used twice, and the
//! log names the missing records.

use crate::support::clock::{DAY, TestClock};
use crate::support::{RuntimeLog, TEST_TYPES, TestLog, day_files, eventually, records_of};
use std::path::PathBuf;
use std::time::Duration;
use tracing_audit::{AuditGuard, AuditLayer, Record};
use tracing_subscriber::prelude::*;

/// A log with a file for each of three days, each with the records `log.opened`, two events,
/// `log.checkpoint` and `log.closed`: 0 to 4, 5 to 9, 10 to 14.
struct Days {
    log: TestLog,
    clock: TestClock,
    files: Vec<PathBuf>,
}

impl Days {
    fn new() -> Days {
        let mut days =
            Days { log: TestLog::new(), clock: TestClock::at("2026-05-28T12:00:00Z"), files: Vec::new() };
        for day in 0..3 {
            days.clock.pass(DAY * i128::from(day > 0));
            let (_layer, guard) = days.open();
            for _ in 0..2 {
                guard.handle().append(Record::new("a.b")).result().unwrap();
            }
            guard.shutdown(Duration::from_secs(60)).unwrap();
        }
        days.files = day_files(&days.log.dir());
        assert_eq!(days.files.len(), 3);
        days
    }

    fn open(&self) -> (AuditLayer, AuditGuard) {
        let builder = AuditLayer::builder(self.log.dir()).catalog(TEST_TYPES);
        builder.clock(self.clock.clone()).open().unwrap()
    }

    /// Returns the first and last numbers of each `log.file_lost`.
    fn lost(&self) -> Vec<(u64, u64)> {
        let mut records = self.log.all_records();
        records.retain(|record| record.event == "log.file_lost");
        let number = |record: &Record, key: &str| record.resource[key].as_u64().unwrap();
        records.iter().map(|record| (number(record, "from_seq"), number(record, "to_seq"))).collect()
    }

    /// Opens the log again. Returns the ranges that it reports as lost, also in the runtime log, and
    /// the number of the next event.
    fn reopen(&self) -> (Vec<(u64, u64)>, u64) {
        let before = self.lost();
        let runtime = RuntimeLog::default();
        let (layer, guard) = self.open();
        let _default = tracing::subscriber::set_default(
            tracing_subscriber::registry().with(layer).with(runtime.clone()),
        );
        let seq = guard.handle().append(Record::new("a.b")).result().unwrap().unwrap();
        let mut lost = self.lost();
        lost.retain(|lost| !before.contains(lost));
        let has_error = || runtime.lines().iter().any(|line| line.starts_with("ERROR tracing_audit"));
        if lost.is_empty() {
            assert!(!has_error(), "{:?}", runtime.lines());
        } else {
            eventually("an error in the runtime log", has_error);
        }
        guard.shutdown(Duration::from_secs(60)).unwrap();
        (lost, seq)
    }
}

#[test]
fn the_newest_file_that_is_gone_is_named_and_its_numbers_are_not_given_again() {
    let days = Days::new();
    std::fs::remove_file(&days.files[2]).unwrap();
    // 15 is `log.opened`, 16 is `log.file_lost`.
    assert_eq!(days.reopen(), (vec![(10, 14)], 17));
    assert_eq!(days.reopen(), (vec![], 21), "once");
}

#[test]
fn all_files_that_are_gone_are_named() {
    let days = Days::new();
    for file in &days.files {
        std::fs::remove_file(file).unwrap();
    }
    assert_eq!(days.reopen(), (vec![(0, 14)], 17));
}

#[test]
fn lines_that_are_cut_off_the_newest_file_are_named() {
    let days = Days::new();
    let text = std::fs::read_to_string(&days.files[2]).unwrap();
    let kept = text.split_inclusive('\n').take(2).collect::<String>();
    std::fs::write(&days.files[2], kept).unwrap();
    assert_eq!(days.reopen(), (vec![(12, 14)], 17));
    // What was cut off was sealed, which `log.seal_mismatch` says.
    // Later records are in a further file: within a file, numbers are consecutive.
    let newest = day_files(&days.log.dir()).pop().unwrap();
    assert_ne!(newest, days.files[2]);
    let last = records_of(&newest).last().unwrap().seq.unwrap();
    std::fs::write(newest, "").unwrap();
    let (lost, seq) = days.reopen();
    assert_eq!(lost.last(), Some(&(12, last)), "the numbers named before are named again");
    assert_eq!(seq, last + 3);
}

#[test]
fn what_was_pruned_is_not_lost() {
    let days = Days::new();
    days.clock.pass(DAY);
    let builder = AuditLayer::builder(days.log.dir()).catalog(TEST_TYPES).clock(days.clock.clone());
    drop(builder.retention_days(1).open().unwrap());
    let left = day_files(&days.log.dir());
    assert_eq!(left.len(), 2);
    let next = records_of(&left[1]).last().unwrap().seq.unwrap() + 1;
    assert_eq!(days.reopen(), (vec![], next + 1));
}

#[test]
fn a_log_without_its_state_goes_on_where_its_files_end() {
    let days = Days::new();
    std::fs::remove_dir_all(days.log.dir().join(".state")).unwrap();
    assert_eq!(days.reopen(), (vec![], 16));
}
