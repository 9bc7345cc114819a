//! A directory of the package that this crate replaces: its lines stay unchanged and fall under
//! retention; new records go into files beside them.

use crate::support::clock::{DAY, TestClock, day_file_of};
use crate::support::mirrors::TestMirror;
use crate::support::{RuntimeLog, TEST_TYPES, TestLog, records_of};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tracing_audit::{AuditGuard, AuditLayer, Record};
use tracing_subscriber::prelude::*;

/// Lines of its early versions, and the chained lines of its later ones.
const EARLY: &str = concat!(
    r#"{"_schema_version":"1","ts":"2026-05-01T08:00:00.123Z","event":"auth.failed","#,
    r#""actor":{"user_sid":"S-1-5-21-1"},"resource":{"reason":"bad password"},"outcome":"failure"}"#,
    "\n",
    r#"{"_schema_version":"1","ts":"2026-05-01T08:00:01Z","event":"mode.start","#,
    r#""actor":{},"resource":{"mode":"dictation"},"outcome":"success","trace_id":"t"}"#,
    "\n",
);
const CHAINED: &str = concat!(
    r#"{"_schema_version":"1","ts":"2026-05-27T08:00:00.123Z","event":"auth.failed","actor":{},"#,
    r#""outcome":"failure","prev_hash":"0000","hash":"12ab"}"#,
    "\n",
    r#"{"_schema_version":"1","ts":"2026-05-27T08:00:01.5Z","event":"privacy.export","actor":{},"#,
    r#""outcome":"success","prev_hash":"12ab","hash":"34cd"}"#,
    "\n",
);

struct Directory {
    log: TestLog,
    clock: TestClock,
    /// A directory as the original product leaves it.
    theirs: BTreeMap<String, String>,
}

impl Directory {
    /// Creates files with these contents, each so many days before 2026-05-28.
    fn with(files: &[(i128, &str)]) -> Directory {
        let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
        std::fs::create_dir(log.dir()).unwrap();
        let mut theirs = BTreeMap::new();
        for (days_ago, text) in files {
            let name = day_file_of(clock.wall() - days_ago * DAY);
            std::fs::write(log.dir().join(&name), text).unwrap();
            theirs.insert(name, (*text).to_owned());
        }
        Directory { log, clock, theirs }
    }

    fn open(&self) -> (AuditLayer, AuditGuard) {
        let builder = AuditLayer::builder(self.log.dir()).catalog(TEST_TYPES).clock(self.clock.clone());
        builder.retention_days(30).open().unwrap()
    }

    fn run(&self) -> u64 {
        let (_layer, guard) = self.open();
        let seq = guard.handle().append(Record::new("a.b")).result().unwrap().unwrap();
        guard.shutdown(Duration::from_secs(60)).unwrap();
        seq
    }

    fn path(&self, name: &str) -> PathBuf {
        self.log.dir().join(name)
    }

    fn day_file_names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.log.dir()).unwrap();
        let mut names =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>();
        names.retain(|name| name.starts_with("audit-"));
        names.sort();
        names
    }

    /// Asserts that the original files that still exist are unchanged.
    fn assert_untouched(&self) {
        for (name, text) in &self.theirs {
            if let Ok(found) = std::fs::read_to_string(self.path(name)) {
                assert_eq!(found, *text, "{name}");
            }
        }
    }

    /// Returns the sequence numbers and types of the records in these files.
    fn records(&self, names: &[&str]) -> Vec<(u64, String)> {
        let records = names.iter().flat_map(|name| records_of(&self.path(name)));
        records.map(|record| (record.seq.unwrap(), record.event)).collect()
    }
}

/// The records of an open log that gets one event.
const ROUND: [&str; 4] = ["log.opened", "a.b", "log.checkpoint", "log.closed"];

fn expected(events: &[&str]) -> Vec<(u64, String)> {
    (0..).zip(events.iter().map(|event| (*event).to_owned())).collect()
}

#[test]
fn ours_begin_beside_todays_file_of_theirs_with_the_first_number() {
    for today in [EARLY, CHAINED, &CHAINED[..CHAINED.len() - 20], "not JSON\n"] {
        let directory = Directory::with(&[(2, EARLY), (1, CHAINED), (0, today)]);
        assert_eq!(directory.run(), 1);
        directory.assert_untouched();
        let ours = "audit-2026-05-28.1.log";
        assert_eq!(directory.records(&[ours]), expected(&ROUND), "{today}");
        // And continue there.
        assert_eq!(directory.run(), ROUND.len() as u64 + 1);
        directory.assert_untouched();
        let names = directory.day_file_names();
        assert_eq!(
            names,
            ["audit-2026-05-26.log", "audit-2026-05-27.log", ours, "audit-2026-05-28.log"],
            "{today}"
        );
        // The next day has a file of our own.
        directory.clock.pass(DAY);
        directory.run();
        let ours = directory.records(&[ours, "audit-2026-05-29.log"]);
        assert_eq!(ours, expected(&[ROUND; 3].concat()));
        directory.assert_untouched();
    }
}

#[test]
fn ours_begin_in_a_file_of_their_own_where_there_is_none_of_today() {
    let directory = Directory::with(&[(1, CHAINED)]);
    assert_eq!(directory.run(), 1);
    directory.assert_untouched();
    assert_eq!(directory.day_file_names(), ["audit-2026-05-27.log", "audit-2026-05-28.log"]);
    assert_eq!(directory.records(&["audit-2026-05-28.log"]), expected(&ROUND));
}

#[test]
fn a_mirror_gets_ours_alone() {
    let torn = format!("{CHAINED}{{\"_schema_version\":\"1\",\"ev");
    let directory = Directory::with(&[(2, EARLY), (1, &torn), (0, CHAINED), (-3, EARLY)]);
    let mirror = TestMirror::new();
    for _ in 0..3 {
        let builder = AuditLayer::builder(directory.log.dir()).catalog(TEST_TYPES);
        let builder = builder.clock(directory.clock.clone()).mirror("test", mirror.clone());
        let (_layer, guard) = builder.open().unwrap();
        guard.handle().append(Record::new("a.b")).result().unwrap();
        guard.shutdown(Duration::from_secs(60)).unwrap();
        directory.clock.pass(DAY);
    }
    directory.assert_untouched();
    let arrived = mirror.records().into_iter().map(|record| (record.seq.unwrap(), record.event));
    assert_eq!(arrived.collect::<Vec<_>>(), expected(&[ROUND; 3].concat()));
    assert_eq!(mirror.repeats(), 0);
}

#[test]
fn a_file_of_theirs_from_a_later_day_changes_nothing() {
    let directory = Directory::with(&[(-1, CHAINED), (-400, EARLY)]);
    assert_eq!(directory.run(), 1);
    directory.clock.pass(DAY);
    assert_eq!(directory.run(), ROUND.len() as u64 + 1);
    directory.assert_untouched();
    let names = directory.day_file_names();
    assert_eq!(names[..3], ["audit-2026-05-28.log", "audit-2026-05-29.1.log", "audit-2026-05-29.log"]);
    assert_eq!(names.len(), 4);
}

#[test]
fn their_files_age_by_the_day_of_the_clock_and_go_like_ours() {
    let directory = Directory::with(&[(400, EARLY), (31, EARLY), (30, CHAINED), (1, CHAINED)]);
    directory.run();
    directory.assert_untouched();
    let names = directory.day_file_names();
    assert_eq!(names, ["audit-2026-04-28.log", "audit-2026-05-27.log", "audit-2026-05-28.log"]);
    let records = records_of(&directory.path("audit-2026-05-28.log"));
    let pruned = records.iter().filter(|record| record.event == "log.pruned").collect::<Vec<_>>();
    let files = pruned.iter().map(|record| record.resource["file"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(files, ["audit-2025-04-23.log", "audit-2026-04-27.log"]);
    for record in pruned {
        let keys = record.resource.iter().map(|(key, _)| key).collect::<Vec<_>>();
        assert_eq!(keys, ["file", "sha256", "kept_from_seq", "pruned_files", "pruned_sha256"]);
    }
    for _ in 0..2 {
        directory.clock.pass(DAY);
        directory.run();
        directory.assert_untouched();
    }
    assert_eq!(directory.day_file_names()[0], "audit-2026-05-27.log");
}

#[test]
fn nothing_is_suspended_and_nobody_is_warned() {
    let directory = Directory::with(&[(400, EARLY), (2, EARLY), (1, CHAINED)]);
    let runtime = RuntimeLog::default();
    let (layer, guard) = directory.open();
    let handle = guard.handle();
    tracing::subscriber::with_default(
        tracing_subscriber::registry().with(layer).with(runtime.clone()),
        || {
            for _ in 0..10 {
                handle.append(Record::new("a.b")).result().unwrap();
            }
            assert!(!handle.stats().pruning_suspended);
            guard.shutdown(Duration::from_secs(60)).unwrap();
        },
    );
    let lines = runtime.lines();
    // The warning that others can read the directory is not counted here.
    let about_files = lines.iter().filter(|line| line.contains(".log")).collect::<Vec<_>>();
    assert!(about_files.is_empty(), "{about_files:?}");
}

#[test]
fn their_torn_last_line_is_left_to_them() {
    let torn = format!("{CHAINED}{{\"_schema_version\":\"1\",\"ev");
    for days_ago in [0, 1, 5] {
        let directory = Directory::with(&[(days_ago, &torn)]);
        directory.run();
        directory.run();
        directory.assert_untouched();
        assert!(!directory.log.dir().join(".state/torn").exists());
    }
}
