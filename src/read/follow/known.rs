//! The numbers of the records that were shown, or were there before.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// So many of the last lines are compared when their numbers come again.
const COMPARED: usize = 1 << 16;

/// Numbers of records that were shown, or were there before.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Ranges, by their first number, each with its last one. No two touch.
    ranges: BTreeMap<u64, u64>,
    /// The hashes of the last lines.
    hashes: HashMap<u64, u64>,
    in_order: VecDeque<u64>,
    hasher: RandomState,
}

/// What is known of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    New,
    /// It was there before, the same as far as that is known.
    Known,
    /// Another record with this number was there before.
    Another,
}

impl Known {
    /// Adds the numbers from `first` to `last`.
    pub(super) fn add(&mut self, mut first: u64, mut last: u64) {
        if let Some((&start, &end)) = self.ranges.range(..=first).next_back()
            && end.saturating_add(1) >= first
        {
            (first, last) = (start, last.max(end));
        }
        while let Some((&start, &end)) = self.ranges.range(first..=last.saturating_add(1)).next() {
            self.ranges.remove(&start);
            last = last.max(end);
        }
        self.ranges.insert(first, last);
    }

    /// Forgets the numbers from one on.
    pub(super) fn forget_from(&mut self, seq: u64) {
        let mut behind = self.ranges.split_off(&seq);
        behind.clear();
        if let Some((_, last)) = self.ranges.range_mut(..seq).next_back() {
            *last = (*last).min(seq.saturating_sub(1));
        }
    }

    /// Adds a record with its line.
    pub(super) fn add_line(&mut self, seq: u64, line: &[u8]) {
        self.add(seq, seq);
        if self.hashes.insert(seq, self.hasher.hash_one(line)).is_none() {
            self.in_order.push_back(seq);
            if self.in_order.len() > COMPARED
                && let Some(oldest) = self.in_order.pop_front()
            {
                self.hashes.remove(&oldest);
            }
        }
    }

    /// Returns what is known of a record.
    pub(super) fn of(&self, seq: u64, line: &[u8]) -> Is {
        match self.ranges.range(..=seq).next_back() {
            Some((_, &last)) if seq <= last => {}
            _ => return Is::New,
        }
        match self.hashes.get(&seq) {
            Some(hash) if *hash != self.hasher.hash_one(line) => Is::Another,
            _ => Is::Known,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        #[test]
        fn a_number_is_known_exactly_if_it_was_added(ranges in prop::collection::vec((0_u64..60, 0_u64..6), 0..20)) {
            let (mut known, mut all) = (Known::default(), HashSet::new());
            for (first, more) in ranges {
                known.add(first, first + more);
                all.extend(first..=first + more);
            }
            for seq in 0..80 {
                let is = if all.contains(&seq) { Is::Known } else { Is::New };
                prop_assert_eq!(known.of(seq, b""), is, "{}", seq);
            }
            let ends = known.ranges.iter().collect::<Vec<_>>();
            prop_assert!(ends.windows(2).all(|two| two[0].1 + 1 < *two[1].0), "{:?}", ends);
        }
    }

    #[test]
    fn the_last_number_of_all_is_one() {
        let mut known = Known::default();
        known.add_line(u64::MAX, b"a");
        known.add_line(0, b"b");
        let is = [(u64::MAX, &b"a"[..]), (u64::MAX, b"b"), (u64::MAX - 1, b""), (0, b"b"), (1, b"")];
        let expected = [Is::Known, Is::Another, Is::New, Is::Known, Is::New];
        assert_eq!(is.map(|(seq, line)| known.of(seq, line)), expected);
    }

    #[test]
    fn memory_is_bounded() {
        let mut known = Known::default();
        for seq in 0..2 * COMPARED as u64 {
            known.add_line(seq, b"x");
        }
        assert_eq!((known.ranges.len(), known.hashes.len(), known.in_order.len()), (1, COMPARED, COMPARED));
    }
}
