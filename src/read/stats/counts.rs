//! How many records there are of each name.

use super::names::Seed;
use crate::record::prefix;
use serde::Serialize;
use std::collections::HashMap;

/// So many different names are counted.
const MOST: usize = 100_000;

/// Names are no longer altogether, in bytes.
const LONGEST: usize = 16 << 20;

/// So many names have their room for what is counted next, and so many bytes.
const MOST_KEPT: usize = 8 << 10;
const LONGEST_KEPT: usize = 512 << 10;

/// A longer name is cut, in bytes.
const LONGEST_NAME: usize = 1024;

/// How many records there are of each name.
///
/// 100,000 different names are counted, or fewer if they take more than 16 MiB. Further ones count as
/// [`others`](Counts::others) together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    counts: HashMap<Box<str>, u64, Seed>,
    bytes: usize,
    others: u64,
}

/// How many records there are of one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Count {
    /// The name; its first 1,024 bytes, if it is longer.
    pub name: String,
    /// How many records.
    pub records: u64,
}

impl Counts {
    /// Returns the names with the most records, at most so many. Names with as many are in alphabetical order.
    #[must_use]
    pub fn top(&self, names: usize) -> Vec<Count> {
        let mut top = self.counts.iter().map(|(name, records)| (&**name, *records)).collect::<Vec<_>>();
        let order = |one: &(&str, u64), other: &(&str, u64)| other.1.cmp(&one.1).then(one.0.cmp(other.0));
        if names < top.len() {
            top.select_nth_unstable_by(names, order);
            top.truncate(names);
        }
        top.sort_unstable_by(order);
        top.into_iter().map(|(name, records)| Count { name: name.to_owned(), records }).collect()
    }

    /// Returns how many records there are of a name.
    #[must_use]
    pub fn of(&self, name: &str) -> u64 {
        self.counts.get(name).copied().unwrap_or_default()
    }

    /// Returns how many different names were counted.
    #[must_use]
    pub fn different(&self) -> usize {
        self.counts.len()
    }

    /// Returns how many records there are of names beyond the first 100,000.
    #[must_use]
    pub fn others(&self) -> u64 {
        self.others
    }

    /// Returns whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    pub(super) fn add(&mut self, name: &str, records: u64) {
        let name = if name.len() <= LONGEST_NAME { name } else { prefix(name, LONGEST_NAME) };
        if let Some(count) = self.counts.get_mut(name) {
            *count += records;
        } else if self.counts.len() < MOST && self.bytes + name.len() <= LONGEST {
            self.bytes += name.len();
            self.counts.insert(name.into(), records);
        } else {
            self.others += records;
        }
    }

    /// Adds what was counted behind it. The names stay there with no record, and so with their room, for what is counted next.
    pub(super) fn append(&mut self, other: &mut Counts) {
        self.others += std::mem::take(&mut other.others);
        let taken = other.counts.iter_mut().filter(|(_, records)| **records > 0);
        let taken = taken.map(|(name, records)| (name, std::mem::take(records)));
        if self.counts.len() + taken.size_hint().1.unwrap_or(MOST) > MOST
            || self.bytes + other.bytes > LONGEST
        {
            // Those that have room are the same each time.
            let mut taken = taken.collect::<Vec<_>>();
            taken.sort_unstable();
            taken.into_iter().for_each(|(name, records)| self.add(name, records));
        } else {
            taken.for_each(|(name, records)| self.add(name, records));
        }
        if other.counts.len() > MOST_KEPT || other.bytes > LONGEST_KEPT {
            *other = Counts::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_with_the_most_records_come_first() {
        let mut counts = Counts::default();
        for (name, records) in [("b", 2), ("a", 2), ("c", 5), ("d", 1), ("c", 1)] {
            counts.add(name, records);
        }
        let top = |names| {
            counts.top(names).into_iter().map(|count| (count.name, count.records)).collect::<Vec<_>>()
        };
        assert_eq!(top(3), [("c".into(), 6), ("a".into(), 2), ("b".into(), 2)]);
        assert_eq!((top(0).len(), top(100).len(), counts.different(), counts.of("d")), (0, 4, 4, 1));
    }

    #[test]
    fn what_was_added_is_counted_from_nothing_again() {
        let (mut counts, mut piece) = (Counts::default(), Counts::default());
        for (name, records) in [("a", 1), ("b", 2), ("b", 3)] {
            piece.add(name, records);
            counts.append(&mut piece);
        }
        assert_eq!((counts.of("a"), counts.of("b"), counts.different()), (1, 5, 2));
        for at in 0..=MOST_KEPT {
            piece.add(&at.to_string(), 1);
        }
        counts.append(&mut piece);
        assert_eq!((counts.different(), piece.different()), (MOST_KEPT + 3, 0));
    }

    #[test]
    fn memory_is_bounded_and_no_record_is_lost() {
        let mut counts = Counts::default();
        for at in 0..MOST as u64 + 10 {
            let mut batch = Counts::default();
            batch.add(&at.to_string(), 2);
            counts.append(&mut batch);
        }
        assert_eq!((counts.different(), counts.others()), (MOST, 20));
        let mut counts = Counts::default();
        for at in 0..20_000 {
            counts.add(&format!("{at}{}", "é".repeat(5000)), 1);
        }
        assert!(counts.bytes <= LONGEST);
        assert_eq!(counts.different() as u64 + counts.others(), 20_000);
    }
}
