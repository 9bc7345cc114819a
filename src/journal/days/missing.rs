//! Records that are missing from the day files, and `log.file_lost`, which names them.

use crate::journal::days::lines::LineReader;
use crate::journal::days::own::ends::own_ends;
use crate::journal::days::scan::{day_files, has_record_before, open_if_readable};
use crate::journal::state::synced::Synced;
use crate::journal::storage::layout::DayFileName;
use crate::journal::storage::{Directory, LogFile};
use crate::record::{Outcome, Record, VIOLATIONS, Value};
use std::io;
use std::ops::{Range, RangeInclusive};

/// The name of a file in `log.file_lost` if its name is not known.
pub(in crate::journal) const UNKNOWN: &str = "unknown";

/// Returns the `log.file_lost` of missing records.
pub(in crate::journal) fn file_lost(name: &str, seqs: &RangeInclusive<u64>, kept_in: Option<&str>) -> Record {
    Record::new("log.file_lost")
        .resource("file", name)
        .resource("from_seq", seqs.start())
        .resource("to_seq", seqs.end())
        .resource("kept_in", kept_in)
        .outcome(Outcome::Failure)
}

/// Returns the `log.sync_failed` of records in a file that could not be synced.
pub(super) fn sync_failed(name: &str, seqs: &Range<u64>, error: &io::Error) -> Record {
    Record::new("log.sync_failed")
        .resource("file", name)
        .resource("from_seq", seqs.start)
        .resource("to_seq", seqs.end.saturating_sub(1))
        .resource("error", error.to_string())
        .outcome(Outcome::Failure)
}

/// Returns the records in all day files except one, according to the first and the last record of
/// each file; a file that `may_lack_pages` is read whole.
pub(super) fn present(
    directory: &dyn Directory,
    except: Option<DayFileName>,
    may_lack_pages: impl Fn(DayFileName) -> bool,
) -> io::Result<SeqRanges> {
    let mut ranges = Vec::new();
    for name in day_files(directory)?.into_iter().filter(|name| Some(*name) != except) {
        let Some(file) = open_if_readable(directory, name)? else {
            continue;
        };
        if may_lack_pages(name) {
            let mut lines = LineReader::default();
            while let Some(line) = lines.next(&*file)? {
                line.stamp().into_iter().for_each(|stamp| add(&mut ranges, stamp.seq));
            }
        } else if let Some((first, last)) = own_ends(&*file, None)? {
            ranges.push((first.seq, last.seq));
        }
    }
    Ok(SeqRanges::of(ranges))
}

/// Returns a `log.file_lost` for each range before a number that is in no day file and not `elsewhere`. Records before
/// `kept_from` were pruned, the last of them perhaps while the files were looked at.
pub(super) fn missing_records(
    directory: &dyn Directory,
    kept_from: impl FnOnce() -> u64,
    end: u64,
    elsewhere: &SeqRanges,
) -> io::Result<Vec<Record>> {
    let present = present(directory, None, |_| false)?;
    let missing = present.missing_in(kept_from()..end);
    let missing = missing.iter().flat_map(|seqs| elsewhere.missing_in(*seqs.start()..*seqs.end() + 1));
    Ok(missing.map(|seqs| file_lost(UNKNOWN, &seqs, None)).collect())
}

/// Returns a `log.file_lost` for each range among these numbers that is in no day file, and that no
/// `log.file_lost` or `log.pruned` there names. What is known to be on disk is not read; where that is not known, the
/// files before the newest are not. If the last writer `was_cut_off`, records may be missing that were on disk in a
/// file which another program had removed: the ends of all files are looked at, and all of them are read only if that
/// shows a hole. Files behind the last one that is known to be on disk, if one is, are read whole for that: one may be a
/// copy of what was removed, and lack pages.
pub(in crate::journal) fn unnamed_missing_records(
    directory: &dyn Directory,
    kept: Range<u64>,
    synced: Option<&Synced>,
    was_cut_off: bool,
) -> io::Result<Vec<Record>> {
    let from = match synced {
        Some(synced) => synced.next_seq,
        // `.state` is gone, and a loss of power may have taken pages of the last file.
        None => newest_begin(directory)?.unwrap_or(kept.end),
    };
    let mut seqs = from.max(kept.start)..kept.end;
    let mut read_from = synced.map_or(0, |synced| synced.offset);
    if was_cut_off {
        let present = present(directory, None, |name| synced.is_some_and(|synced| name > synced.file))?;
        if !present.missing_in(kept.start..seqs.start).is_empty() {
            (seqs.start, read_from) = (kept.start, 0);
        }
    }
    if seqs.is_empty() {
        return Ok(Vec::new());
    }
    let begin = |name: DayFileName, file: &dyn LogFile| {
        let Some(synced) = synced.filter(|synced| synced.file == name && read_from > 0) else {
            return Ok(0);
        };
        // Another file may have the name by now.
        let is_as_it_was = has_record_before(file, read_from, synced.next_seq)?;
        Ok(if is_as_it_was { read_from } else { 0 })
    };
    let missing = known_records(directory, seqs.start, begin)?.missing_in(seqs);
    Ok(missing.iter().map(|seqs| file_lost(UNKNOWN, seqs, None)).collect())
}

/// Returns the number of the first record in the newest day file.
fn newest_begin(directory: &dyn Directory) -> io::Result<Option<u64>> {
    let mut newest = None;
    for name in day_files(directory)? {
        if let Some(file) = open_if_readable(directory, name)?
            && let Some((first, _)) = own_ends(&*file, None)?
        {
            newest = newest.max(Some(first.seq));
        }
    }
    Ok(newest)
}

/// Returns the records from `from_seq` on that are in day files, and those that a `log.file_lost` there
/// names. Each file is read from the offset that `begin` returns.
pub(in crate::journal) fn known_records(
    directory: &dyn Directory,
    from_seq: u64,
    begin: impl Fn(DayFileName, &dyn LogFile) -> io::Result<u64>,
) -> io::Result<SeqRanges> {
    let mut known = Vec::<(u64, u64)>::new();
    for name in day_files(directory)? {
        let Some(file) = open_if_readable(directory, name)? else {
            continue;
        };
        if own_ends(&*file, None)?.is_none_or(|(_, last)| last.seq < from_seq) {
            continue;
        }
        let mut lines = LineReader::new(begin(name, &*file)?);
        while let Some(line) = lines.next(&*file)? {
            if let Some(stamp) = line.stamp() {
                add(&mut known, stamp.seq);
                known.extend(named_by(line.bytes));
            }
        }
    }
    Ok(SeqRanges::of(known))
}

/// Adds a number to ranges: to the last one if it follows that.
fn add(ranges: &mut Vec<(u64, u64)>, seq: u64) {
    match ranges.last_mut() {
        Some((_, last)) if last.checked_add(1) == Some(seq) => *last = seq,
        _ => ranges.push((seq, seq)),
    }
}

/// Returns the first and the last number that a line names, if it is a `log.file_lost` or a `log.pruned`.
fn named_by(line: &[u8]) -> Option<(u64, u64)> {
    let record = control_record(line.trim_ascii_end(), &["log.file_lost", "log.pruned"])?;
    let number = |key: &str| record.resource.get(key).and_then(Value::as_u64);
    number("from_seq").zip(number("to_seq"))
}

/// Returns the record of a line, if it is a control record of one of these event types.
pub(super) fn control_record(line: &[u8], events: &[&str]) -> Option<Record> {
    // The event type stands behind the time. Most lines are others, and are not parsed.
    let beginning = &line[..line.len().min(96)];
    let has = |event: &&str| memchr::memmem::find(beginning, event.as_bytes()).is_some();
    if !events.iter().any(has) {
        return None;
    }
    let record = Record::from_newer_line(line).ok()?;
    // One with violations is an event of the application's that has this name.
    let is_control = events.contains(&&*record.event) && record.resource.get(VIOLATIONS).is_none();
    is_control.then_some(record)
}

/// How many missing ranges are named one by one. Those behind them count as one.
const NAMED: usize = 32;

/// Ranges of consecutive sequence numbers, in order.
#[derive(Debug, Default)]
pub(in crate::journal) struct SeqRanges(Vec<RangeInclusive<u64>>);

impl SeqRanges {
    /// Collects ranges in any order, each given by its first and last number.
    pub(in crate::journal) fn of(mut ranges: Vec<(u64, u64)>) -> SeqRanges {
        ranges.sort_unstable();
        let mut sorted = SeqRanges::default();
        for (first, last) in ranges {
            sorted.append(SeqRanges(vec![first..=last.max(first)]));
        }
        sorted
    }

    /// Returns the first number.
    pub(super) fn first(&self) -> Option<u64> {
        self.0.first().map(|range| *range.start())
    }

    /// Returns how many numbers there are.
    pub(super) fn count(&self) -> u64 {
        self.0.iter().map(|range| range.end() - range.start() + 1).sum()
    }

    /// Adds a number behind the last.
    pub(super) fn add(&mut self, seq: u64) {
        match self.0.last_mut() {
            Some(range) if range.end().checked_add(1) == Some(seq) => *range = *range.start()..=seq,
            _ => self.0.push(seq..=seq),
        }
    }

    /// Adds ranges behind the last number.
    pub(super) fn append(&mut self, other: SeqRanges) {
        for range in other.0 {
            match self.0.last_mut() {
                Some(last) if last.end().checked_add(1) == Some(*range.start()) => {
                    *last = *last.start()..=*range.end()
                }
                _ => self.0.push(range),
            }
        }
    }

    /// Returns the ranges among `seqs` that are not in these.
    pub(in crate::journal) fn missing_in(&self, seqs: Range<u64>) -> Vec<RangeInclusive<u64>> {
        let mut missing = Vec::new();
        let mut from = seqs.start;
        for (start, next) in self
            .0
            .iter()
            .map(|range| (*range.start(), range.end().saturating_add(1)))
            .chain([(seqs.end, seqs.end)])
        {
            let start = start.min(seqs.end);
            if from < start {
                missing.push(from..=start - 1);
            }
            from = from.max(next);
        }
        if let Some(last) = missing.last().map(|range| *range.end())
            && missing.len() > NAMED
        {
            missing.truncate(NAMED);
            missing[NAMED - 1] = *missing[NAMED - 1].start()..=last;
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::files::MemoryDirectory;
    use crate::record::{Day, Timestamp};

    /// A file of the same name was removed, and what was known to be on disk was in that one.
    #[test]
    fn missing_records_are_named_where_the_name_of_a_longer_file_is_used_again() {
        let directory = MemoryDirectory::default();
        let (day, line) = (Day::parse("2026-05-28").unwrap(), |seq: u64| {
            format!("{{\"ts\":\"2026-05-28T00:00:00.000000000Z\",\"seq\":{seq}}}\n")
        });
        let lines = |seqs: Range<u64>| seqs.map(line).collect::<String>();
        directory.put("audit-2026-05-28.1.log", lines(0..10).as_bytes());
        directory.put("audit-2026-05-28.log", lines(12..14).as_bytes());
        for offset in [1, line(12).len(), 2 * line(12).len(), 1000, 1_000_000] {
            let synced = Synced::at(DayFileName { day, index: 0 }, offset as u64, 5);
            let missing = unnamed_missing_records(&directory, 0..14, Some(&synced), true).unwrap();
            assert_eq!(missing, [file_lost(UNKNOWN, &(10..=11), None)], "{offset}");
        }
    }

    /// The file that was known to be on disk was removed, and a loss of power has left a part of its copy.
    #[test]
    fn records_on_lost_pages_of_a_copy_are_named() {
        let line = |seq: u64| {
            let mut record = Record::new("a.b");
            (record.ts, record.seq) = (Some(Timestamp::from_unix_nanos(0)), Some(seq));
            format!("{record}\n").into_bytes()
        };
        let lines = |seqs: Range<u64>| seqs.flat_map(line).collect::<Vec<_>>();
        // From within the record 2 on, up to within that behind the page.
        let lost = |behind: u64| {
            let (page, end) = ([0; 300], line(behind));
            [&lines(0..2), &line(2)[..40], &page, &end[end.len() - 20..]].concat()
        };
        for (copy, rest) in [(lost(7), 3..7), ([lost(5), lines(6..8)].concat(), 3..6)] {
            let directory = MemoryDirectory::default();
            let name = DayFileName { day: Day::parse("2026-05-28").unwrap(), index: 1 };
            directory.put("audit-2026-05-28.1.log", &lines(rest.clone()));
            directory.put("audit-2026-05-28.2.log", &copy);
            let synced = Synced::at(name, 0, 3);
            let missing = unnamed_missing_records(&directory, 0..8, Some(&synced), true).unwrap();
            let also = (rest.end == 7).then(|| file_lost(UNKNOWN, &(7..=7), None));
            assert_eq!(
                missing,
                [file_lost(UNKNOWN, &(2..=2), None)].into_iter().chain(also).collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn what_is_not_in_the_ranges_is_missing() {
        let mut ranges = SeqRanges::default();
        [2, 3, 5, 8, 9].into_iter().for_each(|seq| ranges.add(seq));
        assert_eq!(ranges.missing_in(0..12), [0..=1, 4..=4, 6..=7, 10..=11]);
        assert_eq!(ranges.missing_in(2..4), []);
        assert_eq!(SeqRanges::default().missing_in(7..9), [7..=8]);
        assert_eq!(SeqRanges::default().missing_in(7..7), []);
        let mut odd = SeqRanges::default();
        (0..100).for_each(|number| odd.add(2 * number + 1));
        let missing = odd.missing_in(0..200);
        assert_eq!((missing.len(), missing.last()), (32, Some(&(62..=198))));
    }
}
