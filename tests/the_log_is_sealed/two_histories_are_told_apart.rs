//! Two directories that have signed two histories with one key are told from a log and its older copy.
#![cfg(feature = "seal")]

use crate::support::clock::{DAY, TestClock};
use crate::support::{TEST_TYPES, TestLog};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tracing_audit::read::{FindingKind, verify};
use tracing_audit::seal::VerifierKey;
use tracing_audit::{AuditLayer, Record};

const LONG: Duration = Duration::from_secs(60);

/// A directory was cloned with its key, and both go on: each is perfect by itself.
#[test]
fn a_clone_that_goes_on_with_the_same_key_is_a_fork() {
    let (log, clock) = (TestLog::new(), TestClock::at("2026-05-28T12:00:00Z"));
    let run = |log: &TestLog| {
        let (_layer, guard) =
            AuditLayer::builder(log.dir()).catalog(TEST_TYPES).clock(clock.clone()).open().unwrap();
        for number in 0..5 {
            guard.handle().append(Record::new("a.b").resource("number", number));
        }
        guard.shutdown(LONG).unwrap();
    };
    (0..3).for_each(|_| {
        run(&log);
        clock.pass(DAY);
    });
    let clone = TestLog::new();
    copy(&log.dir(), &clone.dir());
    let older = TestLog::new();
    copy(&log.dir(), &older.dir());
    for days in 0..3 {
        for log in [&log, &clone] {
            run(log);
        }
        let key =
            fs::read_to_string(log.dir().join("seal/log.vkey")).unwrap().parse::<VerifierKey>().unwrap();
        for (own, other) in [(&log, &clone), (&clone, &log)] {
            let alone = verify(own.dir()).key(key.clone());
            assert_eq!(alone.clone().run().unwrap().findings(), []);
            let older = alone.clone().against(older.dir()).run().unwrap();
            assert_eq!(older.findings(), [], "{older}");
            let found = alone.against(other.dir()).run().unwrap();
            let finding = &found.findings()[0];
            assert_eq!((finding.kind, found.findings().len()), (FindingKind::Fork, 1), "{days}: {found}");
            let counterpart = finding.counterpart.as_ref().unwrap();
            assert_eq!((&finding.file, finding.line), (&counterpart.file, counterpart.line), "{found}");
            assert_eq!(finding.seqs, Some(counterpart.common..=counterpart.common));
            assert!(counterpart.common < counterpart.own_size.min(counterpart.size), "{found}");
        }
        clock.pass(DAY);
    }
    let another = TestLog::new();
    run(&another);
    let found = verify(log.dir()).against(another.dir()).run().unwrap();
    assert_eq!(found.findings()[0].kind, FindingKind::NotComparable, "{found}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (source, target) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        match source.is_dir() {
            true => copy(&source, &target),
            false => drop(fs::copy(&source, &target).unwrap()),
        }
    }
}
