//! Holes that a loss of power has left in the newest day file, in what was not known to be on disk:
//! pages may be missing there, whatever is behind them.

use crate::journal::days::lines::LineReader;
use crate::journal::days::scan::{first_line, has_record_before};
use crate::journal::state::synced::Synced;
use crate::journal::storage::LogFile;
use crate::journal::storage::layout::DayFileName;
use std::io;
use std::ops::RangeInclusive;

/// The records behind a place where records are missing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Behind {
    /// Where the consecutive records end.
    pub(super) from: u64,
    /// How many records are behind it.
    pub(super) strays: u64,
    /// The numbers that are missing before each of these.
    pub(super) holes: Vec<RangeInclusive<u64>>,
}

/// Returns what is in the newest day file behind missing records, if records are missing behind
/// what is known to be on disk. Returns `None` if the file is not as it was:
/// what other programs have done to it is left as it is.
pub(super) fn behind_a_hole(
    file: &dyn LogFile,
    name: DayFileName,
    synced: Option<&Synced>,
) -> io::Result<Option<Behind>> {
    match synced {
        Some(synced) if synced.file == name && !is_begun_since(file, synced)? => {
            let is_as_it_was = synced.offset == 0 || has_record_before(file, synced.offset, synced.next_seq)?;
            // A file that was begun again, because it had no whole line, may begin with a later number.
            let next_seq = (synced.offset > 0).then_some(synced.next_seq);
            if is_as_it_was { find(file, synced.offset, next_seq) } else { Ok(None) }
        }
        // The file was begun after all that is known to be on disk, or nothing is known, since `.state` is gone: no
        // sync of the file has succeeded since a page was written that is lost.
        Some(_) | None => find(file, 0, None),
    }
}

/// Returns whether the file was begun after all that is known to be on disk: another program had removed the
/// one that had its name before.
fn is_begun_since(file: &dyn LogFile, synced: &Synced) -> io::Result<bool> {
    Ok(synced.offset > 0 && first_line(file)?.seq().is_some_and(|first| first >= synced.next_seq))
}

/// Reads the records from `from` on, of which the first has the number `next_seq`, if it is known.
fn find(file: &dyn LogFile, from: u64, next_seq: Option<u64>) -> io::Result<Option<Behind>> {
    let mut next_seq = next_seq;
    let mut behind = Behind { from, strays: 0, holes: Vec::new() };
    // Lost pages are 0, which no program writes.
    let mut is_zeroed = false;
    let mut lines = LineReader::new(from);
    while let Some(line) = lines.next(file)? {
        match line.stamp() {
            Some(stamp) => {
                // In front of the first record is a lost page, or nothing.
                let first = if is_zeroed { stamp.seq.saturating_sub(1) } else { stamp.seq };
                let expected = next_seq.unwrap_or(first);
                if stamp.seq > expected && !is_zeroed && behind.holes.is_empty() {
                    // No page is missing before it: another program has put the line there.
                    continue;
                }
                if stamp.seq > expected {
                    behind.holes.push(expected..=stamp.seq - 1);
                }
                if stamp.seq >= expected {
                    next_seq = Some(stamp.seq.saturating_add(1));
                    if behind.holes.is_empty() {
                        (behind.from, is_zeroed) = (line.end, false);
                    } else {
                        behind.strays += 1;
                    }
                }
            }
            None => is_zeroed |= line.bytes.contains(&0),
        }
    }
    Ok((is_zeroed || !behind.holes.is_empty()).then_some(behind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::storage::Directory as _;
    use crate::journal::tests::files::MemoryDirectory;
    use crate::record::Day;

    fn line(seq: u64) -> String {
        format!("{{\"ts\":\"2026-05-28T00:00:00.000000000Z\",\"seq\":{seq}}}\n")
    }

    fn lines(seqs: &[u64]) -> String {
        seqs.iter().map(|seq| line(*seq)).collect()
    }

    fn look_at(
        text: &str,
        synced: Option<(u32, usize, u64)>,
    ) -> Option<(usize, u64, Vec<RangeInclusive<u64>>)> {
        let directory = MemoryDirectory::default();
        let day = Day::parse("2026-05-28").unwrap();
        let name = DayFileName { day, index: 0 };
        directory.put(&name.to_string(), text.as_bytes());
        let file = directory.open(&name.to_string()).unwrap();
        let synced = synced
            .map(|(index, offset, next_seq)| Synced::at(DayFileName { day, index }, offset as u64, next_seq));
        let behind = behind_a_hole(&*file, name, synced.as_ref()).unwrap()?;
        Some((behind.from as usize, behind.strays, behind.holes))
    }

    #[test]
    fn records_that_follow_one_another_have_no_hole() {
        let len = line(0).len();
        for text in [lines(&[0, 1, 2, 3]), lines(&[0, 1, 2, 3]) + "{\"torn"] {
            for offset in 0..=3 {
                assert_eq!(look_at(&text, Some((0, offset * len, offset as u64))), None);
            }
            assert_eq!(look_at(&text, Some((7, 1000, 7))), None);
        }
        // Lines of other programs are not holes, either.
        assert_eq!(look_at(&(line(0) + "a line\n" + &line(1) + "\n"), Some((0, 0, 0))), None);
    }

    #[test]
    fn a_missing_record_is_a_hole_and_so_is_a_lost_page() {
        let len = line(0).len();
        let lost = "\0".repeat(100) + "\"seq\":2}\n";
        let behind = lines(&[0, 1]) + &lost + &lines(&[3, 4]);
        assert_eq!(look_at(&behind, Some((0, len, 1))), Some((2 * len, 2, vec![2..=2])));
        let behind = lines(&[5]) + &lost + &lines(&[8, 9, 11]);
        assert_eq!(look_at(&behind, Some((7, 0, 3))), Some((len, 3, vec![6..=7, 10..=10])));
        assert_eq!(look_at(&(lost.clone() + &lines(&[3, 4])), Some((0, 0, 0))), Some((0, 2, vec![2..=2])));
        assert_eq!(look_at(&(lost.clone() + &lines(&[3])), Some((7, 0, 0))), Some((0, 1, vec![2..=2])));
        assert_eq!(look_at(&(lines(&[0, 1]) + &lost), Some((0, len, 1))), Some((2 * len, 0, vec![])));
        assert_eq!(look_at(&(lines(&[0]) + &lost + &line(1)), Some((0, len, 1))), None);
    }

    #[test]
    fn a_file_that_has_the_name_of_a_removed_one_is_looked_at_from_its_beginning() {
        let len = line(0).len();
        let behind = lines(&[6, 7]) + &"\0".repeat(100) + "\"seq\":8}\n" + &line(9);
        for offset in [len, 3 * len, 100 * len] {
            assert_eq!(look_at(&behind, Some((0, offset, 4))), Some((2 * len, 1, vec![8..=8])));
        }
    }

    #[test]
    fn what_is_on_disk_or_was_altered_is_not_looked_at() {
        let len = line(0).len();
        let text = lines(&[0, 2, 3, 7]);
        assert_eq!(look_at(&text, None), None);
        // Without `.state/synced` a lost page alone tells of a loss of power.
        let lost = lines(&[0, 1]) + &"\0".repeat(100) + "\"seq\":2}\n" + &line(3);
        assert_eq!(look_at(&lost, None), Some((2 * len, 1, vec![2..=2])));
        // A number that does not follow, without a page that is missing.
        assert_eq!(look_at(&text, Some((0, 3 * len, 4))), None);
        assert_eq!(look_at(&lines(&[0, u64::MAX, 1]), Some((0, len, 1))), None);
        assert_eq!(look_at(&text, Some((0, 4 * len, 8))), None);
        // `.state/synced` may be older than the file.
        assert_eq!(look_at(&lines(&[3, 4]), Some((0, 0, 0))), None);
        for altered in [(0, len + 1, 1), (0, len, 2), (0, 5 * len, 1)] {
            assert_eq!(look_at(&text, Some(altered)), None, "{altered:?}");
        }
    }
}
