//! Which numbers there are.

use crate::record::Timestamp;

/// So many runs are kept.
const MOST: usize = 10_000;

/// Records whose numbers follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::read::evidence) struct Run {
    pub(in crate::read::evidence) first: u64,
    pub(in crate::read::evidence) last: u64,
    /// The times of these two.
    pub(in crate::read::evidence) first_ts: Timestamp,
    pub(in crate::read::evidence) last_ts: Timestamp,
}

/// The numbers of a log's records, in the order in which they are read.
#[derive(Clone, Debug, Default)]
pub(in crate::read::evidence) struct Numbers {
    pub(in crate::read::evidence) runs: Vec<Run>,
    /// How many records have a number that was there before, or that is less than the one before.
    pub(in crate::read::evidence) out_of_order: u64,
    /// Whether there are more runs than are kept.
    pub(in crate::read::evidence) is_cut: bool,
}

impl Numbers {
    pub(super) fn add(&mut self, seq: u64, ts: Timestamp) {
        self.add_run(Run { first: seq, last: seq, first_ts: ts, last_ts: ts });
    }

    pub(super) fn append(&mut self, other: Numbers) {
        self.out_of_order += other.out_of_order;
        self.is_cut |= other.is_cut;
        other.runs.into_iter().for_each(|run| self.add_run(run));
    }

    fn add_run(&mut self, run: Run) {
        let is_full = self.runs.len() == MOST;
        match self.runs.last_mut() {
            Some(last) if run.first <= last.last => self.out_of_order += run.last - run.first + 1,
            Some(last) if run.first == last.last + 1 => (last.last, last.last_ts) = (run.last, run.last_ts),
            // The hole before it is seen all the same, only not where it is.
            Some(last) if is_full => {
                self.is_cut = true;
                (last.last, last.last_ts) = (run.last, run.last_ts);
            }
            _ => self.runs.push(run),
        }
    }

    /// Returns how many of the numbers from `first` to `last` are there.
    pub(in crate::read::evidence) fn count(&self, first: u64, last: u64) -> u64 {
        let of_run = |run: &Run| {
            let (first, last) = (run.first.max(first), run.last.min(last));
            if first <= last { (last - first).saturating_add(1) } else { 0 }
        };
        self.runs.iter().map(of_run).sum()
    }
}

/// Returns the range of numbers that has these, too.
pub(super) fn widened(seqs: Option<(u64, u64)>, (first, last): (u64, u64)) -> Option<(u64, u64)> {
    let (least, most) = seqs.unwrap_or((first, last));
    Some((least.min(first), most.max(last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(seqs: impl IntoIterator<Item = u64>) -> Numbers {
        let mut numbers = Numbers::default();
        seqs.into_iter().for_each(|seq| numbers.add(seq, Timestamp::from_unix_nanos(i128::from(seq))));
        numbers
    }

    #[test]
    fn runs_are_the_same_however_they_were_read() {
        let all = [3, 4, 5, 9, 10, 20, 4, 21];
        let whole = numbers(all);
        for at in 0..all.len() {
            let mut both = numbers(all[..at].iter().copied());
            both.append(numbers(all[at..].iter().copied()));
            assert_eq!((&both.runs, both.out_of_order), (&whole.runs, 1), "{at}");
        }
        let ends = whole.runs.iter().map(|run| (run.first, run.last)).collect::<Vec<_>>();
        assert_eq!(ends, [(3, 5), (9, 10), (20, 21)]);
        assert_eq!((whole.count(0, 100), whole.count(4, 9), whole.count(6, 8)), (7, 3, 0));
    }

    #[test]
    fn as_many_runs_are_kept_as_have_room() {
        let many = numbers((0..MOST as u64 + 10).map(|at| at * 2));
        assert_eq!((many.runs.len(), many.is_cut), (MOST, true));
    }
}
