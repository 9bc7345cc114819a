//! Steps of the system's clock, and the day from which retention counts.
//!
//! The wall clock can be set. The monotonic clock can't, but it does not know the day, and begins anew
//! with each boot of the machine. Together they tell a step from time that has passed. The checkpoint
//! keeps both over a restart.
//!
//! A step by half a second or more is recorded as `log.clock_step`. A step by more than a second
//! suspends pruning until an operator prunes: from then on the name of a day file and its age may not
//! agree.

use crate::journal::clock::{Reading, nanos};
use crate::record::{Record, Timestamp};

/// A step of no more than this, in nanoseconds, does not suspend pruning; after one back, records
/// repeat the last time until the clock has caught up.
pub(in crate::journal) const SMALL_STEP: i128 = 1_000_000_000;

/// A smaller difference, in nanoseconds, is not a step: the clocks are not read at the same instant.
const STEP: i128 = 500_000_000;

/// How far the clock may be ahead of the last record after a boot, in nanoseconds. A clock that is
/// further ahead is taken to be wrong.
const LONGEST_PAUSE: i128 = 366 * 86_400 * 1_000_000_000;

/// How far a correct wall clock may drift from the monotonic one: at most at once, in nanoseconds, and
/// in parts per million. Where both are disciplined together, it can't.
const SLEW: i128 = 1_000_000_000;
const SLEW_PPM: i128 = if cfg!(any(target_os = "linux", target_os = "android")) { 0 } else { 500 };

/// A change of the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::journal) struct Step {
    /// The time that the clock should have shown.
    before: Timestamp,
    after: Timestamp,
}

impl Step {
    fn nanos(self) -> i128 {
        self.after.unix_nanos() - self.before.unix_nanos()
    }

    fn between(before: Timestamp, after: Timestamp) -> Option<Step> {
        let step = Step { before, after };
        (step.nanos().abs() >= STEP).then_some(step)
    }

    /// Returns the `log.clock_step`.
    pub(in crate::journal) fn record(self) -> Record {
        // Milliseconds are enough, and have an exact number.
        let seconds = (self.nanos() / 1_000_000) as f64 / 1000.0;
        Record::new("log.clock_step")
            .resource("before", self.before.to_string())
            .resource("after", self.after.to_string())
            .resource("step_seconds", seconds)
    }

    pub(in crate::journal) fn describe(self) -> String {
        format!("the system's clock was set from {} to {}", self.before, self.after)
    }
}

/// The time before the journal was opened, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(in crate::journal) struct Past {
    /// The time of the last record.
    pub(in crate::journal) last: Option<Timestamp>,
    /// Both clocks at that time, if the machine was not booted since.
    pub(in crate::journal) same_boot: Option<Reading>,
    /// Why nothing is pruned.
    pub(in crate::journal) suspended: Option<String>,
}

/// Compares both clocks.
#[derive(Debug)]
pub(in crate::journal) struct Timeline {
    /// The reading that later ones are compared with.
    anchor: Reading,
    /// The reading from which days are counted: no later than the true time.
    trusted: Reading,
    /// Why nothing is pruned.
    suspended: Option<String>,
}

impl Timeline {
    /// Continues from the past. Returns the step that was made in between, if it can be told.
    pub(in crate::journal) fn begin(past: Past, now: Reading) -> (Timeline, Option<Step>) {
        let same_boot = past.same_boot.filter(|_| now.monotonic.is_some());
        let expected = same_boot.zip(now.monotonic).map(|(before, monotonic)| before.at(monotonic));
        let last = past.last.unwrap_or(now.wall);
        let step = match expected {
            Some(expected) => Step::between(expected, now.wall),
            None => Step::between(last, now.wall).filter(|step| step.nanos() < 0),
        };
        let trusted = Reading { wall: expected.unwrap_or(last).min(now.wall), ..now };
        let mut timeline = Timeline { anchor: now, trusted, suspended: past.suspended };
        if let Some(step) = step {
            timeline.suspend_after(step);
        } else if expected.is_none() && now.wall.unix_nanos() - last.unix_nanos() > LONGEST_PAUSE {
            timeline.suspend(format!("the clock shows {}, more than a year after the last record", now.wall));
        }
        (timeline, step)
    }

    /// Returns the step that was made since the last check. `seen` is the last time that the wall
    /// clock has shown since then.
    pub(in crate::journal) fn check(&mut self, now: Reading, seen: Timestamp) -> Option<Step> {
        let step = match (self.anchor.monotonic, now.monotonic) {
            (Some(begun), Some(monotonic)) => {
                let expected = self.anchor.at(monotonic).unix_nanos();
                let since = nanos(monotonic.saturating_sub(begun));
                let slew = (since * SLEW_PPM / 1_000_000).min(SLEW);
                let ahead = now.wall.unix_nanos() - expected;
                let step = Step::between(Timestamp::from_unix_nanos(expected), now.wall)
                    .filter(|step| step.nanos().abs() > slew);
                if step.is_none() && slew > 0 {
                    // The drift is within what a correct clock may have.
                    let right = expected + ahead.clamp(-slew, slew);
                    self.anchor =
                        Reading { wall: Timestamp::from_unix_nanos(right), monotonic: now.monotonic };
                }
                step
            }
            _ => Step::between(seen, now.wall).filter(|step| step.nanos() < 0),
        };
        if let Some(step) = step {
            self.anchor = now;
            self.suspend_after(step);
        }
        step
    }

    fn suspend_after(&mut self, step: Step) {
        if step.nanos().abs() > SMALL_STEP {
            self.suspend(step.describe());
        }
    }

    fn suspend(&mut self, why: String) {
        self.suspended.get_or_insert(why);
    }

    /// Returns why nothing is pruned; `None` if pruning is not suspended.
    pub(in crate::journal) fn suspended(&self) -> Option<&str> {
        self.suspended.as_deref()
    }

    /// Takes the clock to be right from now on, and resumes pruning.
    pub(in crate::journal) fn trust(&mut self, now: Reading) {
        (self.anchor, self.trusted, self.suspended) = (now, now, None);
    }

    /// Returns the time from which retention counts: no later than the true time, and no later than
    /// the clock shows.
    pub(in crate::journal) fn time_for_retention(&self, now: Reading) -> Timestamp {
        now.monotonic.map_or(self.trusted.wall, |monotonic| self.trusted.at(monotonic)).min(now.wall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const DAY: i64 = 86_400;

    fn reading(wall: i64, monotonic: Option<i64>) -> Reading {
        Reading {
            wall: Timestamp::from_unix_nanos(i128::from(wall) * 1_000_000_000),
            monotonic: monotonic.map(|seconds| Duration::from_secs(seconds.unsigned_abs())),
        }
    }

    fn begun(wall: i64, monotonic: i64) -> Timeline {
        Timeline::begin(Past::default(), reading(wall, Some(monotonic))).0
    }

    fn seconds(step: Option<Step>) -> Option<i128> {
        step.map(|step| step.nanos() / 1_000_000_000)
    }

    #[test]
    fn time_that_passes_is_no_step_and_a_clock_that_was_set_is() {
        let mut timeline = begun(1000, 10);
        let seen = reading(1000, None).wall;
        assert_eq!(timeline.check(reading(1000 + 9 * DAY, Some(10 + 9 * DAY)), seen), None);
        assert!(timeline.suspended().is_none());
        let step = timeline.check(reading(1000 + 9 * DAY + 3600, Some(10 + 9 * DAY)), seen);
        assert_eq!(seconds(step), Some(3600));
        assert!(timeline.suspended().is_some());
        // It is reported once, and setting the clock back is another step.
        let back = timeline.check(reading(1001 + 9 * DAY, Some(11 + 9 * DAY)), seen);
        assert_eq!(seconds(back), Some(-3600));
        assert_eq!(timeline.check(reading(1002 + 9 * DAY, Some(12 + 9 * DAY)), seen), None);
    }

    #[test]
    fn a_small_step_is_told_but_suspends_nothing() {
        let mut timeline = begun(1000, 10);
        let step = timeline.check(reading(1002, Some(11)), reading(1000, None).wall);
        assert_eq!(seconds(step), Some(1));
        assert!(timeline.suspended().is_none());
    }

    #[test]
    fn without_a_monotonic_clock_a_step_back_shows() {
        let (mut timeline, _) = Timeline::begin(Past::default(), reading(1000, None));
        let seen = reading(5000, None).wall;
        assert_eq!(timeline.check(reading(9000, None), seen), None);
        assert_eq!(seconds(timeline.check(reading(2000, None), reading(9000, None).wall)), Some(-7000));
    }

    #[test]
    fn over_a_restart_the_same_boot_tells_a_step_from_a_pause() {
        let past = Past { same_boot: Some(reading(1000, Some(10))), ..Past::default() };
        let later = reading(1000 + 5 * DAY, Some(10 + 5 * DAY));
        let (timeline, step) = Timeline::begin(past.clone(), later);
        assert_eq!((step, timeline.suspended()), (None, None));
        assert_eq!(timeline.time_for_retention(later), later.wall);
        let (timeline, step) = Timeline::begin(past, reading(1000 + 5 * DAY, Some(20)));
        assert_eq!(seconds(step), Some(5 * i128::from(DAY) - 10));
        assert!(timeline.suspended().is_some());
    }

    #[test]
    fn after_another_boot_days_count_from_the_last_record() {
        let past = Past { last: Some(reading(1000, None).wall), ..Past::default() };
        let (timeline, step) = Timeline::begin(past.clone(), reading(1000 + 5 * DAY, Some(1)));
        assert_eq!(step, None);
        let later = reading(1000 + 7 * DAY, Some(1 + 2 * DAY));
        assert_eq!(timeline.time_for_retention(later), reading(1000 + 2 * DAY, None).wall);
        assert!(timeline.suspended().is_none());
        // Ten years are not a pause.
        let (timeline, step) = Timeline::begin(past.clone(), reading(1000 + 3650 * DAY, Some(1)));
        assert_eq!(step, None);
        assert!(timeline.suspended().is_some());
        // A time before the last record is a step back.
        let (timeline, step) = Timeline::begin(past, reading(100, Some(1)));
        assert_eq!(seconds(step), Some(-900));
        assert!(timeline.suspended().is_some());
    }

    #[test]
    fn an_operator_s_word_counts() {
        let mut timeline = begun(1000, 10);
        timeline.check(reading(1000 + 100 * DAY, Some(10)), reading(1000, None).wall);
        let now = reading(1000 + 100 * DAY, Some(10));
        assert_eq!(timeline.time_for_retention(now), reading(1000, None).wall);
        timeline.trust(now);
        assert_eq!(timeline.time_for_retention(now), now.wall);
        assert!(timeline.suspended().is_none());
    }
}
