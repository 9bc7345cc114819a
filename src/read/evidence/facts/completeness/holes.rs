//! The numbers that are missing, in the period or at its ends.

use super::super::super::pass::Pass;
use super::super::super::pass::numbers::Run;
use super::super::super::period::Period;
use super::beyond::Beyond;
use super::pruned::Pruned;
use super::said::Said;
use crate::record::Timestamp;
use serde::Serialize;

/// Numbers that are in no file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Hole {
    /// The first one.
    pub from_seq: u64,
    /// The last one.
    pub to_seq: u64,
    /// The time of the record before them; `None` if there is none.
    pub after: Option<Timestamp>,
    /// The time of the record behind them; `None` if there is none: the log is known to have had more.
    pub before: Option<Timestamp>,
    /// The records that say why.
    pub explained_by: Vec<Said>,
    /// How many of them none explains.
    pub unexplained: u64,
}

impl Hole {
    pub(super) fn explained(&self) -> u64 {
        self.to_seq - self.from_seq + 1 - self.unexplained
    }
}

/// Numbers of which a record says that they are gone.
struct Explained {
    from: u64,
    to: u64,
    said: Said,
}

/// Returns the numbers that are missing: between records, before the first one as far as they were not pruned, and behind the last one as
/// far as the log is known to have come.
pub(super) fn holes(pass: &Pass, period: &Period, beyond: &Beyond, pruned: &Pruned) -> Vec<Hole> {
    let explained = explained(pass, pruned);
    let runs = &pass.numbers.runs;
    let (first, last) = (runs.first(), runs.last());
    let mut holes = Vec::new();
    let mut add = |before: Option<&Run>, behind: Option<&Run>| {
        let from = before.map_or(pruned.below, |run| run.last.saturating_add(1));
        let behind_it = behind.map_or(beyond.until, |run| run.first);
        if from < behind_it && is_asked(pass, period, before, behind) {
            holes.push(hole(&explained, (from, behind_it - 1), before, behind));
        }
    };
    if !first.is_some_and(|first| beyond.is_left_out_before(first.first_ts.day())) {
        add(None, first);
    }
    for pair in runs.windows(2) {
        add(pair.first(), pair.last());
    }
    if last.is_some_and(|last| !beyond.is_left_out_behind(last.last_ts.day())) {
        add(last, None);
    }
    holes
}

/// Returns whether numbers between two records are of the period, or may be.
fn is_asked(pass: &Pass, period: &Period, before: Option<&Run>, behind: Option<&Run>) -> bool {
    let times = (before.map(|run| run.last_ts), behind.map(|run| run.first_ts));
    let may_be_of = match times {
        // The clock may have been set back between them.
        (Some(before), Some(behind)) => period.meets(before.min(behind), Some(before.max(behind))),
        (None, Some(behind)) => !period.is_behind(behind.day()),
        (Some(before), None) => period.meets(before, None),
        (None, None) => true,
    };
    let is_within = pass
        .seqs
        .zip(before.zip(behind))
        .is_some_and(|((first, last), (before, behind))| first <= before.last && behind.first <= last);
    may_be_of || is_within
}

fn explained(pass: &Pass, pruned: &Pruned) -> Vec<Explained> {
    let controls = pass.controls.iter().filter(|one| one.is("log.file_lost") || one.is("log.pruned"));
    let ranges = controls.filter_map(|one| {
        let (from, to) = one.number("from_seq").zip(one.number("to_seq"))?;
        Some(Explained { from, to, said: Said::of(one) })
    });
    let below = pruned.said.iter().filter(|_| pruned.below > 0);
    let below = below.map(|said| Explained { from: 0, to: pruned.below - 1, said: said.clone() });
    let mut explained = ranges.chain(below).collect::<Vec<_>>();
    explained.sort_by_key(|one| (one.from, one.to));
    explained
}

fn hole(explained: &[Explained], seqs: (u64, u64), before: Option<&Run>, behind: Option<&Run>) -> Hole {
    let (from_seq, to_seq) = seqs;
    let said = explained.iter().filter(|one| one.from <= to_seq && from_seq <= one.to).collect::<Vec<_>>();
    let (mut covered, mut next) = (0, from_seq);
    for one in &said {
        let (from, to) = (one.from.max(next), one.to.min(to_seq));
        if from <= to {
            covered += to - from + 1;
            next = to + 1;
        }
    }
    Hole {
        from_seq,
        to_seq,
        after: before.map(|run| run.last_ts),
        before: behind.map(|run| run.first_ts),
        explained_by: said.into_iter().map(|one| one.said.clone()).collect(),
        unexplained: to_seq - from_seq + 1 - covered,
    }
}
