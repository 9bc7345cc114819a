//! The numbers in the day files that are still there, and those that no day file has any more.

use crate::journal::days::missing::{SeqRanges, UNKNOWN, file_lost, known_records};
use crate::journal::days::own::ends::own_ends;
use crate::journal::days::scan::{day_files, open_if_readable};
use crate::journal::state::pruned::Pruned;
use crate::journal::storage::Directory;
use crate::record::Record;
use std::collections::BTreeMap;
use std::io;

/// The first and the last number in each day file.
#[derive(Debug)]
pub(super) struct Kept(BTreeMap<String, (u64, u64)>);

impl Kept {
    /// Reads the ends of all day files. Records before `committed` are in them.
    pub(super) fn of(directory: &dyn Directory, committed: u64) -> io::Result<Kept> {
        let mut kept = BTreeMap::new();
        for name in day_files(directory)? {
            if let Some(file) = open_if_readable(directory, name)?
                && let Some((first, last)) = own_ends(&*file, Some(committed))?
            {
                kept.insert(name.to_string(), (first.seq, last.seq));
            }
        }
        Ok(Kept(kept))
    }

    /// Takes note that a day file is pruned.
    pub(super) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Takes note in `pruned` that the records of the day file `name` are pruned. Returns a `log.file_lost`
    /// for each range that no day file has, and that neither was pruned nor is named as lost: another
    /// program has removed it.
    pub(super) fn prune(
        &self,
        directory: &dyn Directory,
        pruned: &mut Pruned,
        name: &str,
        (first, last): (u64, u64),
    ) -> io::Result<Vec<Record>> {
        let mut ranges = std::mem::take(&mut pruned.beyond);
        ranges.push((first, last));
        let end = ranges.iter().map(|(_, last)| last.saturating_add(1)).max().unwrap_or(0);
        let others = self.0.iter().filter(|(other, _)| other.as_str() != name);
        let oldest = others.map(|(_, (first, _))| *first).min();
        let kept_from = oldest.map_or(end, |oldest| oldest.min(end)).max(pruned.kept_from);
        let gone = SeqRanges::of(ranges.clone()).missing_in(pruned.kept_from..kept_from);
        let mut lost = Vec::new();
        if !gone.is_empty() {
            // Before the file is moved: its own records may name them.
            let known = known_records(directory, pruned.kept_from, |_, _| Ok(0))?;
            let unnamed = gone.iter().flat_map(|seqs| known.missing_in(*seqs.start()..*seqs.end() + 1));
            lost.extend(unnamed.map(|seqs| file_lost(UNKNOWN, &seqs, None)));
        }
        ranges.retain(|(_, last)| *last >= kept_from);
        pruned.kept_from = kept_from;
        pruned.beyond = ranges;
        Ok(lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::files::MemoryDirectory;

    fn line(seq: u64, more: &str) -> String {
        format!(
            "{{\"_schema_version\":\"1\",\"ts\":\"2026-05-28T00:00:00.000000000Z\",{more},\"outcome\":\"success\",\"seq\":{seq}}}\n"
        )
    }

    /// A directory with these ranges of records, one a file, each with its name.
    fn directory(files: &[(&str, std::ops::RangeInclusive<u64>)]) -> MemoryDirectory {
        let directory = MemoryDirectory::default();
        for (name, seqs) in files {
            let text =
                seqs.clone().map(|seq| line(seq, "\"event\":\"a.b\",\"actor\":{}")).collect::<String>();
            directory.put(name, text.as_bytes());
        }
        directory
    }

    const A: &str = "audit-2026-05-01.log";
    const A1: &str = "audit-2026-05-01.1.log";
    const B: &str = "audit-2026-05-02.log";
    const C: &str = "audit-2026-05-03.log";

    /// Prunes these files in turn. Returns after each where the kept records begin, and which were lost.
    fn prune(directory: &MemoryDirectory, names: &[&str]) -> Vec<(u64, Vec<(u64, u64)>)> {
        let mut kept = Kept::of(directory, 100).unwrap();
        let mut pruned = Pruned::default();
        let mut after = Vec::new();
        for name in names {
            let ends = kept.0[*name];
            let lost = kept.prune(directory, &mut pruned, name, ends).unwrap();
            kept.remove(name);
            let number = |record: &Record, key: &str| record.resource[key].as_u64().unwrap();
            let lost = lost.iter().map(|record| (number(record, "from_seq"), number(record, "to_seq")));
            after.push((pruned.kept_from, lost.collect()));
        }
        after
    }

    #[test]
    fn files_in_the_order_of_their_records_move_the_beginning_forward() {
        let directory = directory(&[(A, 0..=4), (B, 5..=9), (C, 10..=12)]);
        assert_eq!(prune(&directory, &[A, B]), [(5, vec![]), (10, vec![])]);
    }

    #[test]
    fn while_older_records_are_in_another_file_the_beginning_stays_before_them() {
        let directory = directory(&[(A, 5..=9), (A1, 0..=4), (B, 10..=12)]);
        assert_eq!(prune(&directory, &[A, A1]), [(0, vec![]), (10, vec![])]);
    }

    #[test]
    fn records_that_were_not_pruned_and_that_nothing_names_are_lost() {
        let files = [(A, 0..=4), (B, 7..=9), (C, 15..=20)];
        assert_eq!(prune(&directory(&files), &[A, B]), [(5, vec![]), (10, vec![(5, 6)])]);
        let directory = directory(&files);
        // A later record names them.
        let named = "\"event\":\"log.file_lost\",\"actor\":{},\"resource\":{\"file\":\"x\",\"from_seq\":5,\"to_seq\":6}";
        let text = (15..=20).map(|seq| line(seq, "\"event\":\"a.b\",\"actor\":{}")).collect::<String>();
        directory.put(C, (text + &line(21, named)).as_bytes());
        assert_eq!(prune(&directory, &[A, B]), [(5, vec![]), (10, vec![])]);
    }
}
