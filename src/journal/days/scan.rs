//! Reading a day file's lines, from either end.

use crate::journal::storage::LogFile;
use crate::record::Stamp;
use std::io;

/// How much is read at a time, in bytes.
const CHUNK: usize = 64 * 1024;

/// A line longer than this is no record, in bytes.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// How many lines are near the end.
const NEAR_END: usize = 64;

pub(in crate::journal) enum FirstLine {
    Record(Stamp),
    /// A whole line that is no record with a `seq`.
    Other,
    /// There is something, but no whole line.
    Torn,
    /// The file is empty.
    Nothing,
}

pub(in crate::journal) fn first_line(file: &dyn LogFile) -> io::Result<FirstLine> {
    let mut line = Vec::new();
    let mut chunk = vec![0; 4096];
    loop {
        let read = read_some(file, &mut chunk, line.len() as u64)?;
        let Some(end) = chunk[..read].iter().position(|byte| *byte == b'\n') else {
            line.extend_from_slice(&chunk[..read]);
            match (read, line.is_empty()) {
                (0, true) => return Ok(FirstLine::Nothing),
                (0, false) => return Ok(FirstLine::Torn),
                _ if line.len() as u64 > LONGEST_LINE => return Ok(FirstLine::Other),
                _ => continue,
            }
        };
        line.extend_from_slice(&chunk[..end]);
        return Ok(Stamp::of(&line).map_or(FirstLine::Other, FirstLine::Record));
    }
}

/// The last record among the last lines.
pub(in crate::journal) fn stamp_near_end(file: &dyn LogFile) -> io::Result<Option<Stamp>> {
    let mut end = line_end_before(file, file.len()?)?;
    for _ in 0..NEAR_END {
        if end == 0 {
            break;
        }
        let start = line_end_before(file, end - 1)?;
        if let Some(stamp) = stamp_of(file, start, end - 1)? {
            return Ok(Some(stamp));
        }
        end = start;
    }
    Ok(None)
}

/// The record in these bytes, if there is one.
pub(in crate::journal) fn stamp_of(file: &dyn LogFile, start: u64, end: u64) -> io::Result<Option<Stamp>> {
    if end - start > LONGEST_LINE {
        return Ok(None);
    }
    Ok(Stamp::of(&read_range(file, start, end)?).ok())
}

/// Where the last line before `end` ends, behind its `\n`; 0 if there is none.
pub(in crate::journal) fn line_end_before(file: &dyn LogFile, end: u64) -> io::Result<u64> {
    let mut end = end;
    while end > 0 {
        let start = end.saturating_sub(CHUNK as u64);
        let chunk = read_range(file, start, end)?;
        if let Some(at) = chunk.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// Shows each record, with its line and the line's `\n`, from the beginning on. What is
/// no record is passed over.
pub(in crate::journal) fn for_each_record(
    file: &dyn LogFile,
    mut show: impl FnMut(Stamp, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    for_each_line(file, 0, |_, line| match Stamp::of(line.trim_ascii_end()) {
        Ok(stamp) => show(stamp, line),
        Err(_) => Ok(()),
    })
}

/// Shows each whole line from `offset` on, with its `\n`, and where it ends. Of a line that is
/// longer than any record, only the beginning.
pub(in crate::journal) fn for_each_line(
    file: &dyn LogFile,
    mut offset: u64,
    mut show: impl FnMut(u64, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut chunk = vec![0; 4 * CHUNK];
    let mut line = Vec::new();
    let mut is_too_long = false;
    loop {
        let read = read_some(file, &mut chunk, offset)?;
        if read == 0 {
            return Ok(());
        }
        for piece in chunk[..read].split_inclusive(|byte| *byte == b'\n') {
            offset += piece.len() as u64;
            is_too_long |= (line.len() + piece.len()) as u64 > LONGEST_LINE;
            if !is_too_long {
                line.extend_from_slice(piece);
            }
            if let Some(b'\n') = piece.last() {
                show(offset, &line)?;
                line.clear();
                is_too_long = false;
            }
        }
    }
}

/// Shows all that is in it, a piece at a time.
pub(in crate::journal) fn for_each_piece(
    file: &dyn LogFile,
    mut show: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut chunk = vec![0; 4 * CHUNK];
    let mut offset = 0;
    loop {
        match read_some(file, &mut chunk, offset)? {
            0 => return Ok(()),
            read => {
                show(&chunk[..read])?;
                offset += read as u64;
            }
        }
    }
}

pub(in crate::journal) fn read_range(file: &dyn LogFile, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let len = usize::try_from(end - start).map_err(io::Error::other)?;
    let mut bytes = vec![0; len];
    let mut filled = 0;
    while filled < len {
        match read_some(file, &mut bytes[filled..], start + filled as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => filled += read,
        }
    }
    Ok(bytes)
}

fn read_some(file: &dyn LogFile, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    loop {
        match file.read_at(buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
