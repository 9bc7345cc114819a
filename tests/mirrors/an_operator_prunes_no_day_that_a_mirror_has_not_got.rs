//! Undelivered day files are kept up to the limit, also when an operator prunes, and after a legal
//! hold.

use crate::support::clock::{DAY, TestClock, day_file_of};
use crate::support::mirrors::{Answer, TestMirror};
use crate::support::{TEST_TYPES, TestLog, eventually, until_committed};
use std::fs;
use std::time::Duration;
use tracing_audit::{AuditGuard, AuditLayer, PruneError, Record};

const LONG: Duration = Duration::from_secs(20);
const RETENTION: u32 = 3;
const UNDELIVERED: u32 = 2;

struct Aging {
    log: TestLog,
    clock: TestClock,
    mirror: TestMirror,
}

impl Aging {
    /// Creates a journal with eight days, none of which a mirror has delivered, and opens the log on
    /// the last one.
    fn open() -> (Aging, AuditGuard) {
        let aging = Aging {
            log: TestLog::new(),
            clock: TestClock::at("2026-05-28T12:00:00Z"),
            mirror: TestMirror::new(),
        };
        aging.mirror.behaves(|_| Answer::Fail);
        for _ in 0..7 {
            let builder = AuditLayer::builder(aging.log.dir()).clock(aging.clock.clone()).unsealed();
            drop(builder.open().unwrap());
            aging.clock.pass(DAY);
        }
        fs::write(aging.log.dir().join("HOLD"), "").unwrap();
        let guard = aging.reopen();
        (aging, guard)
    }

    fn reopen(&self) -> AuditGuard {
        let builder =
            AuditLayer::builder(self.log.dir()).catalog(TEST_TYPES).clock(self.clock.clone()).unsealed();
        let builder = builder.retention_days(RETENTION).undelivered_days(UNDELIVERED);
        builder.sync_interval(Duration::from_millis(5)).mirror("test", self.mirror.clone()).open().unwrap().1
    }

    /// Returns the ages of the day files in days, the oldest first.
    fn ages(&self) -> Vec<i128> {
        until_committed(&self.log.dir());
        let file = |age: i128| self.log.dir().join(day_file_of(self.clock.wall() - age * DAY));
        (0..40).rev().filter(|age| file(*age).exists()).collect()
    }
}

#[test]
fn a_hold_keeps_all_and_a_prune_what_may_still_be_delivered() {
    let (aging, guard) = Aging::open();
    assert!(matches!(guard.handle().prune(), Err(PruneError::Held { .. })));
    assert_eq!(aging.ages(), [7, 6, 5, 4, 3, 2, 1, 0]);

    fs::remove_file(aging.log.dir().join("HOLD")).unwrap();
    assert_eq!(guard.handle().prune().unwrap(), ["audit-2026-05-28.log", "audit-2026-05-29.log"]);
    assert_eq!(aging.ages(), [5, 4, 3, 2, 1, 0]);
    assert_eq!(guard.handle().prune().unwrap(), [""; 0]);

    aging.mirror.behaves(|_| Answer::Take);
    eventually("all records are delivered", || guard.handle().stats().mirrors[0].behind_records == 0);
    // The mirror may have got records that were read before the first two days were removed.
    let mut seqs = aging.mirror.seqs();
    seqs.retain(|seq| *seq >= 4);
    let there = aging.log.all_records().into_iter().filter_map(|record| record.seq);
    assert!(there.take_while(|seq| Some(seq) <= seqs.last()).eq(seqs.iter().copied()), "{seqs:?}");
    // Retention knows it once the cursor is saved.
    eventually("no mirror keeps them any more", || {
        guard.handle().prune().unwrap();
        aging.ages() == [3, 2, 1, 0]
    });
    guard.shutdown(LONG).unwrap();
    let all = aging.log.all_records();
    let undelivered = all.iter().filter(|record| record.resource.get("undelivered").is_some()).count();
    assert_eq!(undelivered, 2);
}

#[test]
fn under_a_hold_all_is_delivered_however_old() {
    let (aging, guard) = Aging::open();
    aging.mirror.behaves(|_| Answer::Take);
    guard.shutdown(LONG).unwrap();
    assert_eq!(aging.ages(), [7, 6, 5, 4, 3, 2, 1, 0]);
    assert_eq!(aging.mirror.records(), aging.log.all_records());
}

#[test]
fn a_mirror_that_has_been_taken_away_keeps_nothing() {
    let (aging, guard) = Aging::open();
    drop(guard);
    fs::remove_file(aging.log.dir().join("HOLD")).unwrap();
    let builder = AuditLayer::builder(aging.log.dir()).clock(aging.clock.clone()).retention_days(RETENTION);
    let guard = builder.open().unwrap().1;
    guard.handle().append(Record::new("a.b")).result().unwrap();
    guard.handle().prune().unwrap();
    assert_eq!(aging.ages(), [3, 2, 1, 0]);
}
