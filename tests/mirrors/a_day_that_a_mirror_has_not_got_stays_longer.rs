//! Retention waits for mirrors, up to a limit; records that are removed undelivered are reported.

use crate::support::clock::{DAY, TestClock, day_file_of};
use crate::support::mirrors::{Answer, TestMirror};
use crate::support::{TEST_TYPES, TestLog, eventually, until_committed};
use std::time::Duration;
use tracing_audit::{AuditGuard, AuditLayer, Record};

const RETENTION: u32 = 3;

struct Aging {
    log: TestLog,
    clock: TestClock,
    mirror: TestMirror,
}

impl Aging {
    /// Creates a journal with a day file for each of several days; a mirror has delivered the first ones.
    fn new(days: usize, delivered: usize) -> Aging {
        let aging = Aging {
            log: TestLog::new(),
            clock: TestClock::at("2026-05-28T12:00:00Z"),
            mirror: TestMirror::new(),
        };
        for day in 0..days {
            if day > 0 {
                aging.clock.pass(DAY);
            }
            if day == delivered {
                aging.mirror.behaves(|_| Answer::Fail);
            }
            let guard = aging.open(30, 0);
            guard.handle().append(Record::new("a.b")).result().unwrap();
            // A failing mirror is not waited for.
            drop(guard);
        }
        aging
    }

    fn open(&self, retention_days: u32, undelivered_days: u32) -> AuditGuard {
        let builder = AuditLayer::builder(self.log.dir()).catalog(TEST_TYPES).clock(self.clock.clone());
        let builder = builder.retention_days(retention_days).undelivered_days(undelivered_days);
        builder.sync_interval(Duration::from_millis(5)).mirror("test", self.mirror.clone()).open().unwrap().1
    }

    /// Returns the ages of the day files in days, the oldest first.
    fn ages(&self) -> Vec<i128> {
        until_committed(&self.log.dir());
        let file = |age: i128| self.log.dir().join(day_file_of(self.clock.wall() - age * DAY));
        (0..40).rev().filter(|age| file(*age).exists()).collect()
    }

    fn pruned(&self) -> Vec<Record> {
        let mut records = self.log.all_records();
        records.retain(|record| record.event == "log.pruned");
        records
    }
}

#[test]
fn a_day_that_was_delivered_goes_when_it_is_old() {
    let aging = Aging::new(8, 8);
    drop(aging.open(RETENTION, 2));
    assert_eq!(aging.ages(), [3, 2, 1, 0]);
    assert!(aging.pruned().iter().all(|record| record.resource.get("undelivered").is_none()));
}

#[test]
fn a_day_that_was_not_delivered_stays_longer_and_then_the_log_tells() {
    // The first three days are delivered, the others are not.
    let aging = Aging::new(8, 3);
    assert_eq!(aging.ages(), [7, 6, 5, 4, 3, 2, 1, 0]);
    let behind = aging.mirror.count() as u64;
    drop(aging.open(RETENTION, 2));
    assert_eq!(aging.ages(), [4, 3, 2, 1, 0], "delivered days are removed, undelivered ones are kept");
    assert!(aging.pruned().iter().all(|record| record.resource.get("undelivered").is_none()));

    // A day later they are still kept; two days later the oldest one is removed.
    aging.clock.pass(DAY);
    drop(aging.open(RETENTION, 2));
    assert_eq!(aging.ages(), [5, 4, 3, 2, 1, 0]);
    aging.clock.pass(DAY);
    drop(aging.open(RETENTION, 2));
    assert_eq!(aging.ages(), [5, 4, 3, 2, 1, 0]);
    let last = aging.pruned().pop().unwrap();
    let missed = &last.resource["undelivered"].as_array().unwrap()[0];
    let field = |key: &str| missed.as_object().unwrap().get(key).unwrap().clone();
    assert_eq!(field("mirror"), "test");
    assert_eq!(field("from_seq"), behind);
    assert_eq!(field("to_seq"), last.resource["to_seq"].as_u64().unwrap());

    // The mirror continues behind it.
    aging.mirror.behaves(|_| Answer::Take);
    let guard = aging.open(RETENTION, 2);
    let next = last.resource["to_seq"].as_u64().unwrap() + 1;
    eventually("the mirror continues", || aging.mirror.seqs().last().is_some_and(|seq| *seq > next));
    guard.shutdown(Duration::from_secs(10)).unwrap();
    let seqs = aging.mirror.seqs();
    assert!(seqs.contains(&next) && seqs.is_sorted());
    assert_eq!(seqs.iter().filter(|seq| **seq >= behind && **seq < next).count(), 0);
}

#[test]
fn a_mirror_that_is_no_more_keeps_nothing() {
    let aging = Aging::new(8, 3);
    let builder = AuditLayer::builder(aging.log.dir()).clock(aging.clock.clone()).retention_days(RETENTION);
    drop(builder.open().unwrap());
    assert_eq!(aging.ages(), [3, 2, 1, 0]);
}

#[test]
fn a_mirror_that_is_new_gets_what_is_there_before_it_goes() {
    let aging = Aging::new(8, 8);
    std::fs::remove_file(aging.log.dir().join(".state/cursors/test.json")).unwrap();
    let guard = aging.open(RETENTION, 7);
    assert_eq!(aging.ages(), [7, 6, 5, 4, 3, 2, 1, 0]);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    drop(aging.open(RETENTION, 7));
    assert_eq!(aging.ages(), [3, 2, 1, 0]);
}

#[test]
fn what_was_put_aside_goes_with_its_day() {
    let aging = Aging::new(2, 2);
    let letter = |age: i128| {
        let day = day_file_of(aging.clock.wall() - age * DAY);
        aging.log.dir().join(format!(".state/dead_letters/{day}.7"))
    };
    std::fs::create_dir(aging.log.dir().join(".state/dead_letters")).unwrap();
    for age in [10, 1] {
        std::fs::write(letter(age), "{}\n").unwrap();
    }
    drop(aging.open(RETENTION, 2));
    assert!(!letter(10).exists() && letter(1).exists());
    let told = aging
        .pruned()
        .iter()
        .filter(|record| record.resource["file"].to_string().contains("dead_letters"))
        .count();
    assert_eq!(told, 1);
}
