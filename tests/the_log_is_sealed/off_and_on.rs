//! Sealing is turned off, and on again.

use super::{LONG, append, builder, is_intact, lines};
use crate::support::clock::{DAY, TestClock};
use crate::support::{RuntimeLog, TestLog};
use std::fs;
use tracing_audit::read::{FindingKind, Status, Verification, verify};
use tracing_subscriber::prelude::*;

fn run(log: &TestLog, clock: &TestClock, is_sealed: bool) {
    let mut builder = builder(log).clock(clock.clone());
    if !is_sealed {
        builder = builder.unsealed();
    }
    let (_layer, guard) = builder.open().unwrap();
    append(&guard, 10);
    guard.shutdown(LONG).unwrap();
}

fn kinds(verification: &Verification) -> Vec<FindingKind> {
    verification.findings().iter().map(|finding| finding.kind).collect()
}

/// On the same day, and over some: `log.opened` says that the log is not sealed, what was recorded then is the unsealed tail, and
/// nothing else is found; once the log is sealed again, the tree has those lines, and each change of them is found.
#[test]
fn what_is_recorded_while_sealing_is_off_is_the_unsealed_tail_until_it_is_on_again() {
    for runs in [1, 4] {
        let log = TestLog::new();
        let clock = TestClock::at("2026-05-28T12:00:00Z");
        (0..2).for_each(|_| {
            run(&log, &clock, true);
            clock.pass(DAY);
        });
        let sealed = lines(&log.dir()).len() as u64;
        is_intact(&log.dir());
        for _ in 0..runs {
            run(&log, &clock, false);
            let opened = log.all_records().into_iter().rfind(|record| record.event == "log.opened").unwrap();
            let settings = opened.resource["settings"].as_object().unwrap();
            assert_eq!(settings.get("seal").and_then(|seal| seal.as_bool()), Some(false), "{opened}");
            let all = lines(&log.dir()).len() as u64;
            let verification = verify(log.dir()).run().unwrap();
            assert_eq!(kinds(&verification), [FindingKind::UnsealedTail], "{verification}");
            assert_eq!(verification.status(), Status::Incomplete);
            assert_eq!(verification.findings()[0].seqs, Some(sealed..=all - 1), "{verification}");
            assert_eq!(verification.facts().size, sealed);
            clock.pass(DAY);
        }
        run(&log, &clock, true);
        is_intact(&log.dir());
        assert_eq!(verify(log.dir()).run().unwrap().facts().size, lines(&log.dir()).len() as u64);
        // A line of the time when sealing was off.
        let path = log.dir().join("audit-2026-05-30.log");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen(r#""number":3"#, r#""number":4"#, 1)).unwrap();
        let verification = verify(log.dir()).run().unwrap();
        assert_eq!(kinds(&verification), [FindingKind::Changed], "{verification}");
        assert_eq!(verification.findings()[0].file.as_deref(), Some("audit-2026-05-30.log"));
    }
}

/// Days that retention removes while sealing is off, sealed ones and others: the others are named as lost before they
/// were sealed, once the log is sealed again.
#[test]
fn what_is_pruned_while_sealing_is_off_raises_no_alarm() {
    let log = TestLog::new();
    let clock = TestClock::at("2026-05-28T12:00:00Z");
    let run = |is_sealed: bool| {
        let mut builder = builder(&log).clock(clock.clone()).retention_days(2).undelivered_days(1);
        if !is_sealed {
            builder = builder.unsealed();
        }
        let (_layer, guard) = builder.open().unwrap();
        append(&guard, 3);
        guard.handle().prune().unwrap();
        guard.shutdown(LONG).unwrap();
        clock.pass(DAY);
    };
    (0..3).for_each(|_| run(true));
    for _ in 0..8 {
        run(false);
        let verification = verify(log.dir()).run().unwrap();
        assert_ne!(verification.status(), Status::Tampered, "{verification}");
    }
    assert!(!log.dir().join("audit-2026-06-01.log").exists());
    for _ in 0..3 {
        run(true);
        is_intact(&log.dir());
    }
}

/// The key could not be made in the first run, whose records are sealed by the next one.
#[test]
fn a_log_that_could_not_be_sealed_at_first_is_sealed_from_its_first_record_on() {
    let log = TestLog::new();
    let folder = log.dir().parent().unwrap().join("keys");
    fs::write(&folder, "no folder").unwrap();
    for is_possible in [false, true] {
        let runtime_log = RuntimeLog::default();
        let (layer, guard) = builder(&log).seal_key(folder.join("of/the/log")).open().unwrap();
        let stack = tracing_subscriber::registry().with(runtime_log.clone()).with(layer);
        let _default = tracing::subscriber::set_default(stack);
        append(&guard, 10);
        guard.shutdown(LONG).unwrap();
        let is_told = |line: &String| line.starts_with("ERROR") && line.contains("can't be sealed");
        assert_eq!(runtime_log.all_lines().iter().any(is_told), !is_possible);
        if !is_possible {
            fs::remove_file(&folder).unwrap();
        }
    }
    is_intact(&log.dir());
    let verification = verify(log.dir()).run().unwrap();
    assert_eq!((verification.facts().base, verification.facts().size), (0, lines(&log.dir()).len() as u64));
}

/// The folder of the key is on a disk that is not mounted: no other key takes its place.
#[test]
fn a_log_whose_keys_folder_is_missing_waits_for_it() {
    let log = TestLog::new();
    let (folder, away) = (log.dir().with_file_name("keys"), log.dir().with_file_name("away"));
    let run = || {
        let (_layer, guard) = builder(&log).seal_key(folder.join("key")).open().unwrap();
        append(&guard, 10);
        guard.shutdown(LONG).unwrap();
    };
    run();
    fs::rename(&folder, &away).unwrap();
    run();
    assert!(!folder.exists());
    fs::rename(&away, &folder).unwrap();
    run();
    is_intact(&log.dir());
    assert!(!log.all_records().iter().any(|record| record.event == "log.seal_restarted"));
    assert_eq!(verify(log.dir()).run().unwrap().facts().size, lines(&log.dir()).len() as u64);
}
