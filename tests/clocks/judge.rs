//! The judge: what the log may assume about the time, and which steps it must record.

use crate::clocks::witness::{Seen, SeenFile};
use crate::support::clock::{DAY, SECOND};
use tracing_audit::Record;
use tracing_audit::record::Timestamp;

const HALF: i128 = SECOND / 2;
const MILLISECOND: i128 = SECOND / 1000;
const LONGEST_PAUSE: i128 = 366 * DAY;

/// A `log.clock_step`, in nanoseconds.
#[derive(Clone, Copy, Debug)]
struct RecordedStep {
    before: i128,
    after: i128,
}

impl RecordedStep {
    fn of(record: &Record) -> RecordedStep {
        let time =
            |key: &str| record.resource[key].as_str().unwrap().parse::<Timestamp>().unwrap().unix_nanos();
        let recorded = RecordedStep { before: time("before"), after: time("after") };
        let seconds = record.resource["step_seconds"].as_f64().unwrap();
        let off = seconds * 1e9 - recorded.nanos() as f64;
        // The digits of a number of ten years have this precision.
        assert!(off.abs() < 1e6, "the step is not the difference of its times: {record}");
        recorded
    }

    fn nanos(self) -> i128 {
        self.after - self.before
    }
}

/// The state of the log, as far as it can know.
#[derive(Debug)]
pub(crate) struct Judge {
    retention: i128,
    /// Bounds of the clock's deviation since the last recorded step. Steps of less than half a second
    /// add up or are forgotten.
    unnoticed: (i128, i128),
    /// The number of steps since the last event.
    steps: u32,
    /// The times that the clock has shown since then.
    walls: Vec<i128>,
    recorded: Vec<RecordedStep>,
    /// Whether the clock was set since an operator confirmed it.
    step_since_pruned: bool,
    pub(crate) suspended: bool,
    /// Whether something may have been pruned since the log was opened.
    may_prune: bool,
    /// By how much the log may overestimate the time since it was opened.
    ahead: i128,
    /// The sum of the steps that are too small to be recorded.
    small: i128,
}

impl Judge {
    pub(crate) fn new(retention_days: u32) -> Judge {
        Judge {
            retention: i128::from(retention_days) * DAY,
            unnoticed: (0, 0),
            steps: 0,
            walls: Vec::new(),
            recorded: Vec::new(),
            step_since_pruned: false,
            suspended: false,
            may_prune: false,
            ahead: 0,
            small: 0,
        }
    }

    pub(crate) fn step(&mut self, nanos: i128) {
        self.unnoticed = (self.unnoticed.0 + nanos, self.unnoticed.1 + nanos);
        self.steps += 1;
        self.step_since_pruned = true;
        if nanos.abs() <= SECOND {
            self.small += nanos.abs();
        }
    }

    pub(crate) fn shows(&mut self, wall: i128) {
        self.walls.push(wall);
    }

    /// Takes in a record of the log.
    pub(crate) fn hear(&mut self, news: &[Record]) {
        for record in news.iter().filter(|record| record.event == "log.clock_step") {
            let recorded = RecordedStep::of(record);
            assert!(self.walls.contains(&recorded.after), "the clock never showed this time: {record}");
            assert!(recorded.nanos().abs() >= HALF, "too small for a step: {record}");
            self.recorded.push(recorded);
            self.suspended |= recorded.nanos().abs() > SECOND && self.step_since_pruned;
        }
    }

    /// Returns whether the clock was set back by exactly the time that has passed: then the log may check it a
    /// quarter of a second later.
    fn is_hidden(&self) -> bool {
        let Some((wall, before)) = self.walls.split_last() else { return false };
        before.iter().any(|before| (0..SECOND / 4).contains(&(wall - before)))
    }

    /// Asserts that all steps before this event are recorded.
    pub(crate) fn event(&mut self) {
        if self.is_hidden() {
            let sum = self.recorded.drain(..).map(RecordedStep::nanos).sum::<i128>();
            self.unnoticed = (self.unnoticed.0 - sum, self.unnoticed.1 - sum);
        } else {
            self.steps_are_recorded();
        }
    }

    /// Asserts that all steps are recorded.
    pub(crate) fn steps_are_recorded(&mut self) {
        let (least, most) = self.unnoticed;
        let recorded = std::mem::take(&mut self.recorded);
        let sum = recorded.iter().copied().map(RecordedStep::nanos).sum::<i128>();
        if recorded.is_empty() {
            assert!(least < HALF && most > -HALF, "a step of {least} to {most} ns was not recorded");
        } else {
            assert!(self.steps > 0, "the clock was not set: {recorded:?}");
            let is_small = least > -HALF && most < HALF;
            assert!(
                self.steps > 1 || !is_small,
                "{least} to {most} ns are too small for a step: {recorded:?}"
            );
            // Of several steps, some may have been recorded one by one.
            let tolerance = if self.steps > 1 { HALF } else { 0 };
            assert!(
                (least - tolerance..=most + tolerance).contains(&sum),
                "a step of {least} to {most} ns was recorded as {recorded:?}"
            );
        }
        let left = |nanos: i128| (nanos - sum).clamp(-HALF, HALF);
        self.unnoticed =
            if recorded.is_empty() || self.steps > 1 { (left(least), left(most)) } else { (0, 0) };
        self.events_go_on();
    }

    fn events_go_on(&mut self) {
        self.steps = 0;
        if self.walls.len() > 1 {
            self.walls.drain(..self.walls.len() - 1);
        }
    }

    /// Steps that were too small to be recorded may be forgotten.
    fn may_forget(&mut self) {
        self.unnoticed = (self.unnoticed.0.min(0), self.unnoticed.1.max(0));
    }

    pub(crate) fn closed(&mut self) {
        self.may_forget();
    }

    /// Notes that the log was opened at this time; `last` is its last record before.
    pub(crate) fn opened(&mut self, last: Option<Seen>, same_boot: bool, truth: i128, wall: i128) {
        if let Some(last) = last.filter(|_| !same_boot) {
            // The only clue to how long the machine was off.
            if wall - last.ts > LONGEST_PAUSE {
                self.suspended = true;
            }
            if wall <= last.ts - SECOND - MILLISECOND {
                assert!(!self.recorded.is_empty(), "a clock behind the last record was not recorded");
            }
            for recorded in self.recorded.drain(..) {
                let is_behind = recorded.before >= last.ts && recorded.after == wall && wall < last.ts;
                assert!(is_behind, "{recorded:?} after {last:?}");
            }
            self.unnoticed = (0, 0);
            self.events_go_on();
        } else {
            self.steps = self.steps.min(1);
            self.steps_are_recorded();
            self.may_forget();
        }
        let believed = last.map_or(wall, |last| match same_boot {
            true => (last.ts + truth - last.truth).min(wall),
            false => last.ts.min(wall),
        });
        self.ahead = believed - truth;
        self.may_prune = !self.suspended;
    }

    /// Notes that the operator has pruned.
    pub(crate) fn pruned(&mut self, truth: i128, wall: i128) {
        self.steps_are_recorded();
        self.may_forget();
        self.suspended = false;
        self.step_since_pruned = false;
        self.may_prune = true;
        self.ahead = self.ahead.max(wall - truth);
    }

    /// Notes that the log removed a file.
    pub(crate) fn removed(&self, name: &str, file: &SeenFile, truth: i128) {
        assert!(self.may_prune, "{name} was removed while pruning was suspended");
        for record in &file.records {
            let age = truth - record.truth;
            // Exempt: the log could not know, or the operator confirmed the clock.
            let excuse = (self.ahead - (record.ts - record.truth)).max(0) + self.small;
            assert!(
                age + excuse > self.retention,
                "{name} was removed: {record:?} was {} s old; its age may be overestimated by {} s",
                age / SECOND,
                excuse / SECOND
            );
        }
    }
}
