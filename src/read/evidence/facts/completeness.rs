//! Whether every record is there.

use super::super::pass::Pass;
use super::super::pass::control::Control;
use super::super::period::Period;
use crate::record::Timestamp;
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
    /// Records with a lower number were pruned, and some of them were of the period.
    pub pruned_below: Option<u64>,
    /// What is no sound record, as `query` says it; at most 1,000.
    pub troubles: Vec<String>,
    /// How many troubles there are.
    pub trouble_count: u64,
}

/// Numbers that are in no file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Hole {
    /// The first one.
    pub from_seq: u64,
    /// The last one.
    pub to_seq: u64,
    /// The time of the record before them.
    pub after: Timestamp,
    /// The time of the record behind them.
    pub before: Timestamp,
    /// The records that say why.
    pub explained_by: Vec<Said>,
    /// How many of them none explains.
    pub unexplained: u64,
}

/// A record of the log about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Said {
    /// Its event type.
    pub event: String,
    /// Its time.
    pub ts: Timestamp,
    /// Its number.
    pub seq: Option<u64>,
}

impl Said {
    pub(in crate::read::evidence) fn of(control: &Control) -> Said {
        Said { event: control.event.to_string(), ts: control.ts, seq: control.seq }
    }
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
    pub(in crate::read::evidence) fn of(pass: &Pass, records: u64, period: &Period) -> Completeness {
        let holes = holes(pass, period);
        let numbered = records - pass.without_number;
        let (mut dated_outside, mut explained, mut unexplained) = (0, 0, 0);
        let mut reconciles = !pass.numbers.is_cut;
        if let Some((first, last)) = pass.seqs {
            for hole in holes.iter().filter(|hole| first < hole.from_seq && hole.to_seq < last) {
                unexplained += hole.unexplained;
                explained += hole.to_seq - hole.from_seq + 1 - hole.unexplained;
            }
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
            unexplained: unexplained.max(holes.iter().map(|hole| hole.unexplained).sum()),
            reconciles,
            without_number: pass.without_number,
            out_of_order: pass.numbers.out_of_order,
            gap_events: gaps.iter().fold(0, |sum, gap| sum.saturating_add(gap.events)),
            gaps,
            pruned_below: pruned_below(pass, period),
            troubles: pass.troubles.clone(),
            trouble_count: pass.trouble_count,
            holes,
        }
    }
}

/// Returns the numbers that are missing in the period or at its ends.
fn holes(pass: &Pass, period: &Period) -> Vec<Hole> {
    let explaining =
        pass.controls.iter().filter(|control| control.is("log.file_lost") || control.is("log.pruned"));
    let explaining = explaining.filter_map(|control| {
        Some((control.number("from_seq")?, control.number("to_seq")?, Said::of(control)))
    });
    let explaining = explaining.collect::<Vec<_>>();
    let pairs = pass.numbers.runs.windows(2).filter_map(|pair| match pair {
        [before, behind] if period.meets(before.last_ts, Some(behind.first_ts)) => Some((before, behind)),
        _ => None,
    });
    let hole = |(before, behind): (&super::super::pass::numbers::Run, &super::super::pass::numbers::Run)| {
        let (from_seq, to_seq) = (before.last + 1, behind.first - 1);
        let mut said =
            explaining.iter().filter(|(from, to, _)| *from <= to_seq && from_seq <= *to).collect::<Vec<_>>();
        said.sort_by_key(|(from, to, _)| (*from, *to));
        let (mut covered, mut next) = (0, from_seq);
        for (from, to, _) in &said {
            let (from, to) = ((*from).max(next), (*to).min(to_seq));
            if from <= to {
                covered += to - from + 1;
                next = to + 1;
            }
        }
        Hole {
            from_seq,
            to_seq,
            after: before.last_ts,
            before: behind.first_ts,
            explained_by: said.into_iter().map(|(_, _, said)| said.clone()).collect(),
            unexplained: to_seq - from_seq + 1 - covered,
        }
    };
    pairs.map(hole).collect()
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

/// Returns the number below which records were pruned, if some of them may have been of the period.
fn pruned_below(pass: &Pass, period: &Period) -> Option<u64> {
    let first = pass.numbers.runs.first()?;
    let pruned = pass.controls.iter().filter(|control| control.is("log.pruned"));
    let is_of_period = |control: &&Control| {
        let name = control.text("file").and_then(|file| file.rsplit('/').next());
        name.and_then(crate::journal::DayFileName::parse).is_some_and(|name| period.has_day(name.day))
    };
    let was_pruned =
        pruned.filter(|control| control.number("to_seq").is_some()).any(|control| is_of_period(&control));
    (was_pruned && first.first > 0).then_some(first.first)
}
