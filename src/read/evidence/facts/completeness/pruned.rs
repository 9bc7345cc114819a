//! Whether records are missing since they were pruned.

use super::super::super::pass::Pass;
use super::super::super::period::Period;
use super::said::Said;
use crate::journal::DayFileName;
use crate::record::Day;

/// What the log says of pruned records. A `log.pruned` is pruned itself one day; each later `log.opened` and `log.pruned` says below which
/// number there are no records any more.
#[derive(Clone, Debug, Default)]
pub(super) struct Pruned {
    /// No record below this number is kept.
    pub(super) below: u64,
    /// The record that says so.
    pub(super) said: Option<Said>,
    /// Whether some of them were of the period, or may have been.
    pub(super) is_of_period: bool,
    /// How many pruned files of the period had no record with a number.
    pub(super) without_number: u64,
}

/// A pruned day file.
struct File {
    day: Day,
    seqs: Option<(u64, u64)>,
}

impl Pruned {
    pub(super) fn of(pass: &Pass, period: &Period) -> Pruned {
        let mut pruned = Pruned::default();
        let mut files = Vec::new();
        for control in &pass.controls {
            // No record says this of those behind it.
            let kept_from =
                control.number("kept_from_seq").filter(|kept_from| Some(*kept_from) <= control.seq);
            if let Some(kept_from) = kept_from.filter(|kept_from| *kept_from > pruned.below) {
                (pruned.below, pruned.said) = (kept_from, Some(Said::of(control)));
            }
            if control.is("log.pruned")
                // Others, in `.state`, were set aside: no records.
                && let Some(name) = control.text("file").and_then(DayFileName::parse)
            {
                let seqs = control.number("from_seq").zip(control.number("to_seq"));
                files.push(File { day: name.day, seqs });
            }
        }
        let of_period = |file: &&File| period.has_day(file.day);
        pruned.without_number =
            files.iter().filter(of_period).filter(|file| file.seqs.is_none()).count() as u64;
        pruned.is_of_period = pruned.below > 0
            && (files.iter().filter(of_period).any(|file| file.seqs.is_some())
                || pruned.may_be_of(pass, period, files));
        pruned
    }

    /// Returns whether records may be of the period whose deletion is told by no record that is left.
    fn may_be_of(&self, pass: &Pass, period: &Period, mut files: Vec<File>) -> bool {
        files.retain(|file| file.seqs.is_some_and(|(first, _)| first < self.below));
        files.sort_by_key(|file| file.seqs);
        // They are of no later day than what follows on them.
        let mut later = pass.numbers.runs.first().map(|run| run.first_ts.day());
        let mut next = self.below;
        for file in files.iter().rev() {
            let Some((first, last)) = file.seqs else {
                continue;
            };
            if last.saturating_add(1) < next {
                break;
            }
            next = next.min(first);
            later = Some(file.day);
        }
        next > 0 && later.is_none_or(|later| period.has_day_before(later))
    }
}
