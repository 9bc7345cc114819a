//! The log compares its sealed files with their seals.

use super::{LONG, append, builder};
use crate::support::clock::{DAY, TestClock};
use crate::support::{RuntimeLog, TestLog, eventually};
use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::time::{Duration, Instant};
use tracing_audit::read::Status;
use tracing_audit::{Outcome, Record};
use tracing_subscriber::prelude::*;

const DAYS: u64 = 3;

const MILLISECOND: i128 = 1_000_000;

fn number(record: &Record, key: &str) -> Option<u64> {
    record.resource.get(key).map(|value| value.as_u64().unwrap())
}

#[test]
fn an_idle_log_has_a_heartbeat() {
    let log = TestLog::new();
    let (_layer, guard) = builder(&log).heartbeat_interval(Duration::from_millis(200)).open().unwrap();
    append(&guard, 5);
    eventually("there is one", || log.all_records().iter().any(|record| record.event == "log.heartbeat"));
    let verification = guard.handle().verify().unwrap().unwrap();
    assert_ne!(verification.status(), Status::Tampered, "{verification}");
}

/// New files at once, older ones in turn; a changed one is named with its line.
#[test]
fn each_sealed_file_is_read_again_in_turn() {
    let log = TestLog::new();
    let clock = TestClock::at("2026-05-28T12:00:00Z");
    for _ in 0..DAYS {
        let (_layer, guard) = builder(&log).clock(clock.clone()).open().unwrap();
        append(&guard, 5);
        guard.shutdown(LONG).unwrap();
        clock.pass(DAY);
    }
    // The clock of the log stands still, so that a verification is due when it is set forward.
    let interval = Duration::from_millis(50);
    let (layer, guard) = builder(&log).clock(clock.clone()).verify_interval(interval).open().unwrap();
    let runtime_log = RuntimeLog::default();
    let _default = tracing::subscriber::set_default(
        tracing_subscriber::registry().with(runtime_log.clone()).with(layer),
    );
    append(&guard, 5);
    eventually("the last day is sealed", || log.dir().join("seal/audit-2026-05-30.seal").exists());
    let mut count = 0;
    let mut verified = || {
        count += 1;
        let begun = Instant::now();
        loop {
            clock.pass(50 * MILLISECOND);
            let records = log.all_records();
            let mut verified = records.into_iter().filter(|record| record.event == "log.verified");
            if let Some(record) = verified.nth(count - 1) {
                return record;
            }
            assert!(begun.elapsed() < LONG);
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    // The first one may have begun before the last day was sealed.
    let mut ends = vec![];
    let end = loop {
        let record = verified();
        ends.extend(number(&record, "to_seq"));
        if number(&record, "of_files") == Some(DAYS) {
            break *ends.last().unwrap();
        }
    };
    let mut from = None;
    for _ in 0..=DAYS {
        let record = verified();
        assert_eq!((number(&record, "files"), number(&record, "from_seq")), (Some(1), None), "{record}");
        assert_eq!(record.outcome, Outcome::Success);
        let (first, last) =
            (number(&record, "older_from_seq").unwrap(), number(&record, "older_to_seq").unwrap());
        assert!(from.is_none_or(|from| from == first), "{record}");
        from = Some(if last == end { 0 } else { last + 1 });
    }
    let path = log.dir().join("audit-2026-05-29.log");
    let bytes = fs::read(&path).unwrap();
    let at = bytes.len() / 2;
    // In place: the file may be read at this moment.
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(at as u64)).unwrap();
    file.write_all(&[bytes[at] ^ 1]).unwrap();
    // Some may have been recorded before it was changed.
    let found = (0..4 * DAYS).map(|_| verified()).find(|record| record.outcome == Outcome::Failure).unwrap();
    assert!(number(&found, "findings") > Some(0), "{found}");
    let is_named = |line: &String| line.starts_with("ERROR") && line.contains("audit-2026-05-29.log, line ");
    eventually("the error names the line", || runtime_log.all_lines().iter().any(is_named));
}
