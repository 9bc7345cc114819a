//! Clocks are set ahead and back, machines sleep, boot and stay off: each step is recorded, the order
//! holds, and no record is pruned too early.
//!
//! "Too early" is judged by the true time, which the journal can't know. Nor can it know how long a
//! machine was off whose clock was set before the next boot: from the second opening after that, it
//! trusts the clock for up to a year. An operator who prunes confirms that the clock is right.

mod clocks;
mod support;

use clocks::machine::Machine;
use clocks::script::{Op, Script, Time, script};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::time::Duration;
use support::clock::{DAY, HOUR, SECOND, TestClock};
use support::{TEST_TYPES, TestLog, day_files, records_of};
use tracing_audit::record::Timestamp;
use tracing_audit::testing::Clock;
use tracing_audit::{AuditGuard, AuditLayer, Record};

/// Runs 120 scripts, the same on every machine; a failing one is shrunk and printed.
#[test]
fn no_script_of_clocks_removes_evidence() {
    std::thread::scope(|scope| {
        for lane in 0..4 {
            scope.spawn(move || {
                let cases =
                    std::env::var("CLOCK_SCRIPTS").map_or(120, |scripts| scripts.parse().unwrap()) / 4;
                let config = Config { cases, failure_persistence: None, ..Config::default() };
                let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[lane; 32]);
                let mut runner = TestRunner::new_with_rng(config, rng);
                let result = runner.run(&script(), |script| {
                    Machine::run(&script);
                    Ok(())
                });
                result.unwrap_or_else(|failure| panic!("lane {lane}: {failure}"));
            });
        }
    });
}

fn run(retention_days: u32, ops: &[Op]) {
    Machine::run(&Script { retention_days, ops: ops.to_vec() });
}

fn pass(nanos: i128) -> Op {
    Op::Clock(Time::Pass(nanos))
}

fn step(nanos: i128) -> Op {
    Op::Clock(Time::Step(nanos))
}

#[test]
fn many_restarts_in_a_row_change_nothing() {
    for boots in [false, true] {
        for jump in [DAY, 10 * DAY, 400 * DAY, -10 * DAY] {
            let restart = Op::Restart { boots, closed: Vec::new() };
            let jumping = Op::Restart { boots, closed: vec![Time::Step(jump)] };
            let mut ops = vec![Op::Event, pass(DAY), Op::Event, step(jump), Op::Event];
            ops.extend(std::iter::repeat_n(restart.clone(), 4));
            ops.extend([pass(DAY), Op::Event, jumping]);
            ops.extend(std::iter::repeat_n(restart, 4));
            ops.extend([Op::Event, pass(DAY), Op::Event, Op::Prune, pass(2 * DAY), Op::Event]);
            run(1, &ops);
        }
    }
}

/// A log with a record of its first day, a retention of thirty days, and a clock that the test sets.
struct Aged {
    log: TestLog,
    clock: TestClock,
}

impl Aged {
    fn new() -> Aged {
        let aged = Aged { log: TestLog::new(), clock: TestClock::at("2026-05-28T12:00:00Z") };
        drop(aged.open());
        aged
    }

    fn open(&self) -> (AuditLayer, AuditGuard) {
        let builder = AuditLayer::builder(self.log.dir()).catalog(TEST_TYPES).clock(self.clock.clone());
        // Days pass at once: no file would have its seal yet.
        builder.retention_days(30).unsealed().open().unwrap()
    }

    fn steps(&self) -> Vec<(String, String, f64)> {
        let mut steps = self.log.all_records();
        steps.retain(|record| record.event == "log.clock_step");
        let text = |record: &Record, key: &str| record.resource[key].as_str().unwrap().to_owned();
        let seconds = |record: &Record| record.resource["step_seconds"].as_f64().unwrap();
        steps.iter().map(|step| (text(step, "before"), text(step, "after"), seconds(step))).collect()
    }

    fn first_day_is_there(&self) -> bool {
        self.log.dir().join("audit-2026-05-28.log").exists()
    }
}

fn emit(guard: &AuditGuard) -> Record {
    let mut record = Record::new("a.b");
    record.seq = guard.handle().append(record.clone()).result().unwrap();
    assert!(record.seq.is_some());
    record
}

#[test]
fn time_that_passes_removes_what_is_old_whether_awake_asleep_or_closed() {
    for closed in [false, true] {
        let aged = Aged::new();
        let mut log = Some(aged.open());
        if closed {
            log = None;
        }
        aged.clock.pass(30 * DAY);
        log = log.or_else(|| Some(aged.open()));
        emit(&log.as_ref().unwrap().1);
        assert!(aged.first_day_is_there(), "the file is not older than 30 days");
        if closed {
            log = None;
        }
        aged.clock.pass(DAY);
        let log = log.unwrap_or_else(|| aged.open());
        emit(&log.1);
        drop(log);
        assert!(!aged.first_day_is_there());
        assert_eq!(aged.steps(), []);
    }
}

#[test]
fn a_clock_ten_years_ahead_removes_nothing_until_an_operator_prunes() {
    for (closed, boots) in [(false, false), (true, false), (true, true)] {
        let aged = Aged::new();
        let mut log = aged.open();
        if closed {
            drop(log);
            aged.clock.step(3652 * DAY);
            if boots {
                aged.clock.reboot();
            }
            log = aged.open();
        } else {
            aged.clock.step(3652 * DAY);
        }
        emit(&log.1);
        // Neither days nor restarts resume pruning.
        for _ in 0..3 {
            aged.clock.pass(40 * DAY);
            emit(&log.1);
            assert!(log.1.handle().stats().pruning_suspended);
            drop(log);
            aged.clock.reboot();
            log = aged.open();
            assert!(log.1.handle().stats().pruning_suspended);
        }
        assert!(aged.first_day_is_there());
        assert_eq!(
            aged.steps().len(),
            usize::from(!boots),
            "a step while the machine was off is not detectable"
        );
        let removed = log.1.handle().prune().unwrap();
        assert_eq!(removed[0], "audit-2026-05-28.log");
        assert!(!aged.first_day_is_there());
        assert!(!log.1.handle().stats().pruning_suspended);
        drop(log);
        let log = aged.open();
        assert!(!log.1.handle().stats().pruning_suspended, "pruning was resumed for good");
    }
}

#[test]
fn a_year_off_is_a_pause_and_more_is_a_clock_that_is_wrong() {
    for (days, suspended) in [(366, false), (367, true)] {
        let aged = Aged::new();
        aged.clock.pass(days * DAY);
        aged.clock.reboot();
        let (_layer, guard) = aged.open();
        assert_eq!(guard.handle().stats().pruning_suspended, suspended, "{days}");
        assert_eq!(aged.steps(), []);
    }
}

#[test]
fn half_a_second_is_a_step_and_more_than_one_suspends_pruning() {
    for (nanos, is_told, suspends) in [
        (SECOND / 2 - 1, false, false),
        (SECOND / 2, true, false),
        (SECOND, true, false),
        (SECOND + 1, true, true),
        (HOUR, true, true),
    ] {
        for nanos in [nanos, -nanos] {
            for closed in [false, true] {
                let aged = Aged::new();
                let mut log = aged.open();
                if closed {
                    drop(log);
                    aged.clock.pass(HOUR);
                    aged.clock.step(nanos);
                    log = aged.open();
                } else {
                    aged.clock.pass(HOUR);
                    emit(&log.1);
                    aged.clock.step(nanos);
                }
                emit(&log.1);
                let before = Timestamp::from_unix_nanos(aged.clock.truth()).to_string();
                let steps = aged.steps();
                assert_eq!(steps.len(), usize::from(is_told), "{nanos}, closed: {closed}");
                if let [(told_before, after, seconds)] = &steps[..] {
                    assert_eq!((told_before, after), (&before, &aged.clock.now().to_string()));
                    assert!((seconds - nanos as f64 / 1e9).abs() < 0.001, "{seconds}");
                }
                let stats = log.1.handle().stats();
                assert_eq!(stats.pruning_suspended, suspends, "{nanos}, closed: {closed}");
            }
        }
    }
}

#[test]
fn a_step_is_told_before_the_next_event_even_if_an_operator_prunes_in_between() {
    for prunes in [false, true] {
        let aged = Aged::new();
        let (_layer, guard) = aged.open();
        aged.clock.step(HOUR);
        if prunes {
            guard.handle().prune().unwrap();
        }
        let event = emit(&guard);
        let records = aged.log.all_records();
        let step = records.iter().find(|record| record.event == "log.clock_step").unwrap();
        assert!(step.seq < event.seq);
        assert_eq!(guard.handle().stats().pruning_suspended, !prunes);
        emit(&guard);
        assert_eq!(aged.steps().len(), 1, "once");
    }
}

#[test]
fn a_second_back_is_waited_out_and_more_begins_a_further_file() {
    let aged = Aged::new();
    let (_layer, guard) = aged.open();
    aged.clock.step(-SECOND);
    emit(&guard);
    let files = day_files(&aged.log.dir());
    assert_eq!(files.len(), 1);
    let records = records_of(&files[0]);
    assert_eq!(records[records.len() - 1].ts, records[0].ts, "the last `ts` is repeated");
    aged.clock.step(-SECOND / 2);
    aged.clock.step(-SECOND);
    emit(&guard);
    let files = day_files(&aged.log.dir());
    assert_eq!(files.len(), 2);
    assert!(files[1].ends_with("audit-2026-05-28.1.log"));
    let last = records_of(&files[1]).pop().unwrap();
    assert_eq!(last.ts, Some(aged.clock.now()));
}

/// A wall clock without a monotonic clock beside it.
#[derive(Clone, Debug)]
struct WallAlone(TestClock);

impl Clock for WallAlone {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

#[test]
fn without_a_monotonic_clock_a_step_back_is_noticed() {
    let aged = Aged::new();
    let builder = AuditLayer::builder(aged.log.dir()).catalog(TEST_TYPES).retention_days(30).unsealed();
    let (_layer, guard) = builder.clock(WallAlone(aged.clock.clone())).open().unwrap();
    emit(&guard);
    aged.clock.pass(5 * DAY);
    emit(&guard);
    assert_eq!(aged.steps(), []);
    let before = aged.clock.now().to_string();
    aged.clock.step(-HOUR);
    emit(&guard);
    assert_eq!(aged.steps(), [(before, aged.clock.now().to_string(), -3600.0)]);
    assert!(guard.handle().stats().pruning_suspended);
    guard.shutdown(Duration::from_secs(60)).unwrap();
}

#[test]
fn without_a_monotonic_clock_a_clock_ahead_counts_from_the_last_record() {
    let aged = Aged::new();
    let open = || {
        let builder = AuditLayer::builder(aged.log.dir()).catalog(TEST_TYPES).retention_days(30).unsealed();
        builder.clock(WallAlone(aged.clock.clone())).open().unwrap()
    };
    let log = open();
    aged.clock.step(3652 * DAY);
    emit(&log.1);
    drop(log);
    assert!(aged.first_day_is_there());
}
