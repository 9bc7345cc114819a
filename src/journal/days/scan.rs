//! What the ends of day files tell: which day files there are, and the first and the last record
//! of each.

use crate::journal::days::lines::{LONGEST_LINE, LineReader, ReadAt, read_range};
use crate::journal::storage::layout::{DayFileName, Folder};
use crate::journal::storage::{Directory, LogFile};
use crate::record::Stamp;
use std::io;

/// How much is read at a time, in bytes.
const CHUNK: u64 = 64 * 1024;

/// How many lines from the end of a file are looked at for its last record.
const NEAR_END: usize = 64;

/// Returns the names of the day files, by day and index.
pub(in crate::journal) fn day_files(directory: &dyn Directory) -> io::Result<Vec<DayFileName>> {
    let names = directory.names(Folder::Days)?;
    let mut names = names.iter().filter_map(|name| DayFileName::parse(name)).collect::<Vec<_>>();
    names.sort_unstable();
    Ok(names)
}

/// Opens a day file to read it; `None` if there is no such file, or none that may be read: it has
/// no records for the journal. With any other error it is unknown which records it has.
pub(in crate::journal) fn open_if_readable(
    directory: &dyn Directory,
    name: DayFileName,
) -> io::Result<Option<Box<dyn LogFile>>> {
    use io::ErrorKind::{IsADirectory, NotFound, PermissionDenied};
    match directory.open_to_read(Folder::Days, &name.to_string()) {
        Ok(file) => Ok(Some(file)),
        Err(error) if matches!(error.kind(), IsADirectory | NotFound | PermissionDenied) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The first line of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FirstLine {
    Record(Stamp),
    /// A whole line that is not a record with a `seq`.
    Other,
    /// The file has bytes, but no whole line.
    Torn,
    /// The file is empty.
    Missing,
}

impl FirstLine {
    /// Returns the number of the record.
    pub(crate) fn seq(self) -> Option<u64> {
        match self {
            FirstLine::Record(stamp) => Some(stamp.seq),
            FirstLine::Other | FirstLine::Torn | FirstLine::Missing => None,
        }
    }
}

/// Reads the first line of a file.
pub(crate) fn first_line<F: ReadAt + ?Sized>(file: &F) -> io::Result<FirstLine> {
    let mut lines = LineReader::new(0);
    if let Some(line) = lines.next(file)? {
        return Ok(line.stamp().map_or(FirstLine::Other, FirstLine::Record));
    }
    Ok(if lines.torn_bytes() > 0 { FirstLine::Torn } else { FirstLine::Missing })
}

/// Returns the last record among the last lines of a file.
pub(in crate::journal) fn last_record(file: &dyn LogFile) -> io::Result<Option<Stamp>> {
    let end = line_end_before(file, file.byte_len()?)?;
    Ok(last_record_before(file, end, NEAR_END)?.0)
}

/// Returns the last record among the last `count` lines before `end`, where a line ends, and how
/// many lines behind it are not records.
pub(in crate::journal) fn last_record_before<F: ReadAt + ?Sized>(
    file: &F,
    mut end: u64,
    count: usize,
) -> io::Result<(Option<Stamp>, u64)> {
    let mut others = 0;
    for _ in 0..count {
        if end == 0 {
            break;
        }
        let start = line_end_before(file, end - 1)?;
        if let Some(stamp) = stamp_between(file, start, end)? {
            return Ok((Some(stamp), others));
        }
        others += 1;
        end = start;
    }
    Ok((None, others))
}

/// Returns the stamp of the line between these offsets, if it is a record.
pub(in crate::journal) fn stamp_between<F: ReadAt + ?Sized>(
    file: &F,
    start: u64,
    end: u64,
) -> io::Result<Option<Stamp>> {
    // A line that is too long is not read.
    if start >= end || end - start > LONGEST_LINE as u64 {
        return Ok(None);
    }
    Ok(Stamp::of(&read_range(file, start, end - 1)?).ok())
}

/// Returns whether a line ends at `offset`, and is the record before the number `next_seq`. A file whose name another
/// one had before may be shorter.
pub(in crate::journal) fn has_record_before<F: ReadAt + ?Sized>(
    file: &F,
    offset: u64,
    next_seq: u64,
) -> io::Result<bool> {
    if offset > file.byte_len()? || line_end_before(file, offset)? != offset {
        return Ok(false);
    }
    let last = last_record_before(file, offset, 1)?.0;
    Ok(last.and_then(|last| last.seq.checked_add(1)) == Some(next_seq))
}

/// Returns where the last line before `end` ends, behind its `\n`; 0 if there is none.
pub(in crate::journal) fn line_end_before<F: ReadAt + ?Sized>(file: &F, end: u64) -> io::Result<u64> {
    let mut end = end;
    while end > 0 {
        let start = end.saturating_sub(CHUNK);
        let chunk = read_range(file, start, end)?;
        if let Some(at) = memchr::memrchr(b'\n', &chunk) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}
