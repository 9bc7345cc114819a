//! What the log may believe of the time, and what it has to tell.

use crate::clocks::witness::{Seen, SeenFile};
use crate::support::clock::{DAY, SECOND};
use tracing_audit::Record;
use tracing_audit::record::Timestamp;

const HALF: i128 = SECOND / 2;
const MILLISECOND: i128 = SECOND / 1000;
const LONGEST_PAUSE: i128 = 366 * DAY;

/// A `log.clock_step`, in nanoseconds.
#[derive(Clone, Copy, Debug)]
struct Told {
    before: i128,
    after: i128,
}

impl Told {
    fn of(record: &Record) -> Told {
        let time =
            |key: &str| record.resource[key].as_str().unwrap().parse::<Timestamp>().unwrap().unix_nanos();
        let told = Told { before: time("before"), after: time("after") };
        let seconds = record.resource["step_seconds"].as_f64().unwrap();
        let off = seconds * 1e9 - told.nanos() as f64;
        // A number of ten years has not more digits than that.
        assert!(off.abs() < 1e6, "not the step that its times make: {record}");
        told
    }

    fn nanos(self) -> i128 {
        self.after - self.before
    }
}

/// How the log stands, as far as it can know.
#[derive(Debug)]
pub(crate) struct Judge {
    retention: i128,
    /// The clock against what it should show, since the log told of it last: between
    /// these two. Steps of less than half a second add up, or are forgotten.
    unnoticed: (i128, i128),
    /// How often the clock was set since the last event.
    steps: u32,
    /// What the clock has shown since then.
    walls: Vec<i128>,
    told: Vec<Told>,
    /// Whether the clock was set since an operator said that it is right.
    step_since_pruned: bool,
    pub(crate) suspended: bool,
    /// Whether something may have been pruned since the log was opened.
    may_prune: bool,
    /// How far ahead of the true time the log may take it to be, at the most, since it
    /// was opened.
    ahead: i128,
    /// Steps that are too small to matter, all in all.
    small: i128,
}

impl Judge {
    pub(crate) fn new(retention_days: u32) -> Judge {
        Judge {
            retention: i128::from(retention_days) * DAY,
            unnoticed: (0, 0),
            steps: 0,
            walls: Vec::new(),
            told: Vec::new(),
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

    /// What the log says.
    pub(crate) fn hear(&mut self, news: &[Record]) {
        for record in news.iter().filter(|record| record.event == "log.clock_step") {
            let told = Told::of(record);
            assert!(self.walls.contains(&told.after), "the clock never showed that: {record}");
            assert!(told.nanos().abs() >= HALF, "not a step: {record}");
            self.told.push(told);
            self.suspended |= told.nanos().abs() > SECOND && self.step_since_pruned;
        }
    }

    /// Whether the clock shows what it showed a moment ago, since it was set back by just
    /// as much as has passed: then it may be looked at a quarter of a second later.
    fn is_hidden(&self) -> bool {
        let Some((wall, before)) = self.walls.split_last() else { return false };
        before.iter().any(|before| (0..SECOND / 4).contains(&(wall - before)))
    }

    /// The log has told of all steps before this event.
    pub(crate) fn event(&mut self) {
        if self.is_hidden() {
            let sum = self.told.drain(..).map(Told::nanos).sum::<i128>();
            self.unnoticed = (self.unnoticed.0 - sum, self.unnoticed.1 - sum);
        } else {
            self.steps_are_told();
        }
    }

    /// The log has told of all steps.
    pub(crate) fn steps_are_told(&mut self) {
        let (least, most) = self.unnoticed;
        let told = std::mem::take(&mut self.told);
        let sum = told.iter().copied().map(Told::nanos).sum::<i128>();
        if told.is_empty() {
            assert!(least < HALF && most > -HALF, "a step of {least} to {most} ns was not told");
        } else {
            assert!(self.steps > 0, "nobody set the clock: {told:?}");
            let is_small = least > -HALF && most < HALF;
            assert!(self.steps > 1 || !is_small, "a step of {least} to {most} ns is none: {told:?}");
            // Where there were several, some may have been seen one by one.
            let tolerance = if self.steps > 1 { HALF } else { 0 };
            assert!(
                (least - tolerance..=most + tolerance).contains(&sum),
                "a step of {least} to {most} ns was told as {told:?}"
            );
        }
        let left = |nanos: i128| (nanos - sum).clamp(-HALF, HALF);
        self.unnoticed = if told.is_empty() || self.steps > 1 { (left(least), left(most)) } else { (0, 0) };
        self.events_go_on();
    }

    fn events_go_on(&mut self) {
        self.steps = 0;
        if self.walls.len() > 1 {
            self.walls.drain(..self.walls.len() - 1);
        }
    }

    /// Steps that were too small to be told may be forgotten.
    fn may_forget(&mut self) {
        self.unnoticed = (self.unnoticed.0.min(0), self.unnoticed.1.max(0));
    }

    pub(crate) fn closed(&mut self) {
        self.may_forget();
    }

    /// The log was opened at this time, `last` being its last record before.
    pub(crate) fn opened(&mut self, last: Option<Seen>, same_boot: bool, truth: i128, wall: i128) {
        if let Some(last) = last.filter(|_| !same_boot) {
            // Nobody can know how long the machine was off, but for this.
            if wall - last.ts > LONGEST_PAUSE {
                self.suspended = true;
            }
            if wall <= last.ts - SECOND - MILLISECOND {
                assert!(!self.told.is_empty(), "a clock that is behind the last record was not told");
            }
            for told in self.told.drain(..) {
                let is_behind = told.before >= last.ts && told.after == wall && wall < last.ts;
                assert!(is_behind, "{told:?} after {last:?}");
            }
            self.unnoticed = (0, 0);
            self.events_go_on();
        } else {
            self.steps = self.steps.min(1);
            self.steps_are_told();
            self.may_forget();
        }
        let believed = last.map_or(wall, |last| match same_boot {
            true => (last.ts + truth - last.truth).min(wall),
            false => last.ts.min(wall),
        });
        self.ahead = believed - truth;
        self.may_prune = !self.suspended;
    }

    /// The operator has pruned.
    pub(crate) fn pruned(&mut self, truth: i128, wall: i128) {
        self.steps_are_told();
        self.may_forget();
        self.suspended = false;
        self.step_since_pruned = false;
        self.may_prune = true;
        self.ahead = self.ahead.max(wall - truth);
    }

    /// A file was removed, and not by the operator.
    pub(crate) fn removed(&self, name: &str, file: &SeenFile, truth: i128) {
        assert!(self.may_prune, "{name} was removed while pruning was suspended");
        for record in &file.records {
            let age = truth - record.truth;
            // What the log can't know, or was told by the operator.
            let excuse = (self.ahead - (record.ts - record.truth)).max(0) + self.small;
            assert!(
                age + excuse > self.retention,
                "{name} was removed: {record:?} was {} s old, and may have looked {} s older",
                age / SECOND,
                excuse / SECOND
            );
        }
    }
}
