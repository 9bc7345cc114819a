//! Whether every record is there: `holes` finds the numbers that are missing, `pruned` whether that is since they were deleted.

mod beyond;
mod holes;
mod pruned;
mod said;

use super::super::pass::Pass;
use super::super::period::Period;
use crate::record::Timestamp;
pub(in crate::read::evidence) use beyond::Beyond;
pub use holes::Hole;
pub use said::Said;
use serde::Serialize;

/// Whether every record of the period is there, as the numbers show.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Completeness {
    /// The least number of the period.
    pub first_seq: Option<u64>,
    /// The greatest one.
    pub last_seq: Option<u64>,
    /// How many records of the period have a number.
    pub numbered: u64,
    /// How many records have a number in this range and a time outside of the period: the clock was set.
    pub dated_outside: u64,
    /// How many numbers of this range are in no file, and the log says why.
    pub explained: u64,
    /// How many are in no file, and the log does not say why.
    pub unexplained: u64,
    /// How many numbers between this range and the records beside it are in no file, and the log says why. They may have been of the
    /// period.
    pub explained_beside: u64,
    /// How many of these are in no file, and the log does not say why.
    pub unexplained_beside: u64,
    /// Where numbers are missing: in this range, and between it and the records beside it.
    pub holes: Vec<Hole>,
    /// Whether `last_seq` - `first_seq` + 1 is the sum of `numbered`, `dated_outside`, `explained` and `unexplained`.
    pub reconciles: bool,
    /// How many records have no number: lines of the product that this crate replaces.
    pub without_number: u64,
    /// How many lines have a number that was there before, or less than the one before.
    pub out_of_order: u64,
    /// Events that could not be recorded.
    pub gaps: Vec<Gap>,
    /// How many these are.
    pub gap_events: u64,
    /// Records with a lower number were pruned, and some of them were of the period, or may have been.
    pub pruned_below: Option<u64>,
    /// How many day files of the period were pruned that had no record with a number: of the product that was used before.
    pub pruned_without_number: u64,
    /// How many day files of the period were left out of the bundle that this was made of.
    pub left_out: u64,
    /// What is no sound record, as `query` says it; at most 1,000.
    pub troubles: Vec<String>,
    /// How many troubles there are.
    pub trouble_count: u64,
}

/// A `log.gap`: events that could not be recorded.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Gap {
    /// The record that says so.
    #[serde(flatten)]
    pub said: Said,
    /// How many events.
    pub events: u64,
    /// The time of the first one.
    pub first_ts: Option<Timestamp>,
    /// The time of the last one.
    pub last_ts: Option<Timestamp>,
}

impl Completeness {
    pub(in crate::read::evidence) fn of(
        pass: &Pass,
        records: u64,
        period: &Period,
        beyond: &Beyond,
    ) -> Completeness {
        let pruned = pruned::Pruned::of(pass, period);
        let holes = holes::holes(pass, period, beyond, &pruned);
        let numbered = records - pass.without_number;
        let (mut dated_outside, mut explained, mut unexplained) = (0, 0, 0);
        let mut reconciles = !pass.numbers.is_cut;
        let sum = |of: fn(&Hole) -> u64, holes: &[&Hole]| holes.iter().map(|hole| of(hole)).sum::<u64>();
        let is_within =
            |hole: &&Hole| pass.seqs.is_some_and(|(first, last)| first < hole.from_seq && hole.to_seq < last);
        let (within, beside) = holes.iter().partition::<Vec<_>, _>(is_within);
        if let Some((first, last)) = pass.seqs {
            (explained, unexplained) = (sum(Hole::explained, &within), sum(|hole| hole.unexplained, &within));
            dated_outside = pass.numbers.count(first, last).saturating_sub(numbered);
            let sum = [numbered, dated_outside, explained, unexplained].map(u128::from).iter().sum::<u128>();
            reconciles &= u128::from(last - first) + 1 == sum;
        }
        let gaps = gaps(pass, period);
        Completeness {
            first_seq: pass.seqs.map(|(first, _)| first),
            last_seq: pass.seqs.map(|(_, last)| last),
            numbered,
            dated_outside,
            explained,
            unexplained,
            explained_beside: sum(Hole::explained, &beside),
            unexplained_beside: sum(|hole| hole.unexplained, &beside),
            reconciles,
            without_number: pass.without_number,
            out_of_order: pass.numbers.out_of_order,
            gap_events: gaps.iter().fold(0, |sum, gap| sum.saturating_add(gap.events)),
            gaps,
            pruned_below: pruned.is_of_period.then_some(pruned.below),
            pruned_without_number: pruned.without_number,
            left_out: beyond.left_out_of(period),
            troubles: pass.troubles.clone(),
            trouble_count: pass.trouble_count,
            holes,
        }
    }

    /// Returns how many numbers of the period or beside it are missing without a word.
    pub(in crate::read::evidence) fn all_unexplained(&self) -> u64 {
        self.unexplained + self.unexplained_beside
    }

    /// Returns how many the log says are missing.
    pub(in crate::read::evidence) fn all_explained(&self) -> u64 {
        self.explained + self.explained_beside
    }

    /// Returns whether records of the period were pruned, or may have been.
    pub(in crate::read::evidence) fn is_pruned(&self) -> bool {
        self.pruned_below.is_some() || self.pruned_without_number > 0
    }
}

fn gaps(pass: &Pass, period: &Period) -> Vec<Gap> {
    let gaps = pass.controls.iter().filter(|control| control.is("log.gap"));
    let gaps = gaps.map(|control| Gap {
        said: Said::of(control),
        events: control.number("count").unwrap_or_default(),
        first_ts: control.time("first_ts"),
        last_ts: control.time("last_ts"),
    });
    // It is told when events can be recorded again.
    gaps.filter(|gap| period.meets(gap.first_ts.unwrap_or(gap.said.ts), Some(gap.said.ts))).collect()
}
