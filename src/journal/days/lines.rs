//! Reading the lines of a day file from any offset on: the one line reader of the journal, of
//! followers and of [`read`](crate::read).

use crate::journal::storage::LogFile;
use crate::record::{Stamp, hex};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::ops::Range;

/// A line with more bytes than this is not a record.
pub(crate) const LONGEST_LINE: usize = 64 * 1024 * 1024;

/// How much is read at first and at most at a time, in bytes.
const FIRST_CHUNK: usize = 4 * 1024;
const CHUNK: usize = 256 * 1024;

/// A file that is read at offsets.
pub(crate) trait ReadAt {
    /// Reads from `offset` on; returns 0 at the end of the file.
    fn read_some(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Returns the length of the file in bytes.
    fn byte_len(&self) -> io::Result<u64>;
}

impl ReadAt for dyn LogFile + '_ {
    fn read_some(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        uninterrupted(|| self.read_at(buffer, offset))
    }

    fn byte_len(&self) -> io::Result<u64> {
        self.len()
    }
}

impl ReadAt for File {
    fn read_some(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut file = self;
        file.seek(SeekFrom::Start(offset))?;
        uninterrupted(|| file.read(buffer))
    }

    fn byte_len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Reads the whole lines of a file in order.
#[derive(Debug)]
pub(crate) struct LineReader {
    /// A line with more bytes than this is too long.
    longest: usize,
    buffer: Vec<u8>,
    /// What of the buffer is not returned yet, and up to where it has no `\n`.
    start: usize,
    filled: usize,
    searched: usize,
    /// Where `start` stands in the file.
    offset: u64,
    /// Whether the rest of a line that is too long comes next.
    is_in_long_line: bool,
}

/// A line of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// The line with its `\n`; only the beginning of a line that is too long.
    pub(crate) bytes: &'a [u8],
    /// The offset in the file behind these bytes.
    pub(crate) end: u64,
    /// Whether the line is longer than the reader takes. Its rest is skipped.
    pub(crate) is_too_long: bool,
}

impl<'a> Line<'a> {
    /// Returns the line without its `\n`.
    pub(crate) fn text(&self) -> &'a [u8] {
        self.bytes.strip_suffix(b"\n").unwrap_or(self.bytes)
    }

    /// Returns the number and the time of the record, if the line is one.
    pub(crate) fn stamp(&self) -> Option<Stamp> {
        if self.is_too_long { None } else { Stamp::of(self.bytes.trim_ascii_end()).ok() }
    }
}

impl Default for LineReader {
    fn default() -> LineReader {
        LineReader {
            longest: LONGEST_LINE,
            buffer: Vec::new(),
            start: 0,
            filled: 0,
            searched: 0,
            offset: 0,
            is_in_long_line: false,
        }
    }
}

impl LineReader {
    /// Begins at `offset`, where a line begins.
    pub(crate) fn new(offset: u64) -> LineReader {
        LineReader { offset, ..LineReader::default() }
    }

    /// Takes no line with more bytes than this, instead of [`LONGEST_LINE`].
    pub(crate) fn at_most(self, longest: usize) -> LineReader {
        LineReader { longest, ..self }
    }

    /// Begins in a line that is too long, whose rest is skipped.
    pub(crate) fn in_long_line(self, is_in_long_line: bool) -> LineReader {
        LineReader { is_in_long_line, ..self }
    }

    /// Returns whether the rest of a line that is too long comes next.
    pub(crate) fn is_in_long_line(&self) -> bool {
        self.is_in_long_line
    }

    /// Returns the offset in the file behind what was returned or skipped.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Goes on at `offset`, of this file as it is now or of another one.
    pub(crate) fn restart(&mut self, offset: u64) {
        let (longest, buffer) = (self.longest, std::mem::take(&mut self.buffer));
        *self = LineReader { longest, buffer, offset, ..LineReader::default() };
    }

    /// Returns how many bytes follow the last line and are not a whole line, as far as they were
    /// read.
    pub(crate) fn torn_bytes(&self) -> usize {
        self.filled - self.start
    }

    /// Returns the next whole line; `None` if there is none yet.
    pub(crate) fn next<F: ReadAt + ?Sized>(&mut self, file: &F) -> io::Result<Option<Line<'_>>> {
        loop {
            let start = self.start;
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[self.searched..self.filled]) {
                self.pass_to(self.searched + at + 1);
                if !std::mem::take(&mut self.is_in_long_line) {
                    let bytes = &self.buffer[start..self.start];
                    return Ok(Some(Line { bytes, end: self.offset, is_too_long: false }));
                }
            } else if self.is_in_long_line {
                self.pass_to(self.filled);
                if self.fill(file)? == 0 {
                    return Ok(None);
                }
            } else if self.torn_bytes() > self.longest {
                self.pass_to(self.filled);
                self.is_in_long_line = true;
                let bytes = &self.buffer[start..self.start];
                return Ok(Some(Line { bytes, end: self.offset, is_too_long: true }));
            } else {
                self.searched = self.filled;
                if self.fill(file)? == 0 {
                    return Ok(None);
                }
            }
        }
    }

    fn pass_to(&mut self, position: usize) {
        self.offset += (position - self.start) as u64;
        (self.start, self.searched) = (position, position);
    }

    /// Reads on behind what is in the buffer; returns how many bytes.
    fn fill<F: ReadAt + ?Sized>(&mut self, file: &F) -> io::Result<usize> {
        self.buffer.copy_within(self.start..self.filled, 0);
        self.filled -= self.start;
        self.searched -= self.start;
        self.start = 0;
        let chunk = (2 * self.buffer.len()).clamp(FIRST_CHUNK, CHUNK);
        if self.buffer.len() < self.filled + chunk {
            self.buffer.resize(self.filled + chunk, 0);
        }
        let read = file.read_some(&mut self.buffer[self.filled..], self.offset + self.filled as u64)?;
        self.filled += read;
        Ok(read)
    }
}

/// Returns the bytes from `start` to `end`.
pub(crate) fn read_range<F: ReadAt + ?Sized>(file: &F, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let len = usize::try_from(end - start).map_err(io::Error::other)?;
    let mut bytes = vec![0; len];
    let mut filled = 0;
    while filled < len {
        match file.read_some(&mut bytes[filled..], start + filled as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => filled += read,
        }
    }
    Ok(bytes)
}

/// Reads a range of a file from its start on, and hashes what it reads.
pub(in crate::journal) struct RangeReader<'a> {
    file: &'a dyn LogFile,
    rest: Range<u64>,
    sha256: Sha256,
}

impl<'a> RangeReader<'a> {
    pub(in crate::journal) fn new(file: &'a dyn LogFile, range: Range<u64>) -> RangeReader<'a> {
        RangeReader { file, rest: range, sha256: Sha256::new() }
    }

    /// Returns the SHA-256 of what was read, in hex digits.
    pub(in crate::journal) fn sha256(self) -> String {
        hex(&self.sha256.finalize())
    }
}

/// A file that ends before the range does is an error.
impl Read for RangeReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.rest.end - self.rest.start).unwrap_or(usize::MAX);
        let len = buffer.len().min(left);
        if len == 0 {
            return Ok(0);
        }
        let read = self.file.read_some(&mut buffer[..len], self.rest.start)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.rest.start += read as u64;
        self.sha256.update(&buffer[..read]);
        Ok(read)
    }
}

/// Returns whether a range of a file has the contents of another file.
pub(in crate::journal) fn is_copy(
    file: &dyn LogFile,
    range: Range<u64>,
    other: &dyn LogFile,
) -> io::Result<bool> {
    let len = range.end - range.start;
    if other.len()? != len {
        return Ok(false);
    }
    let (mut one, mut other) = (RangeReader::new(file, range), RangeReader::new(other, 0..len));
    let (mut piece, mut other_piece) = (Vec::new(), Vec::new());
    loop {
        piece.clear();
        other_piece.clear();
        let read = (&mut one).take(CHUNK as u64).read_to_end(&mut piece)?;
        (&mut other).take(CHUNK as u64).read_to_end(&mut other_piece)?;
        if read == 0 || piece != other_piece {
            return Ok(piece == other_piece);
        }
    }
}

/// Shows the contents of a file, a piece at a time.
pub(in crate::journal) fn for_each_piece(
    file: &dyn LogFile,
    mut show: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    let mut offset = 0;
    loop {
        match file.read_some(&mut chunk, offset)? {
            0 => return Ok(()),
            read => {
                show(&chunk[..read])?;
                offset += read as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn file(contents: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(contents).unwrap();
        file
    }

    fn lines(file: &File, offset: u64) -> Vec<(Vec<u8>, u64)> {
        let mut reader = LineReader::new(offset);
        let mut lines = Vec::new();
        while let Some(line) = reader.next(file).unwrap() {
            lines.push((line.text().to_vec(), line.end));
        }
        lines
    }

    #[test]
    fn every_whole_line_is_read_however_long_and_wherever_chunks_end() {
        for len in [0, 1, FIRST_CHUNK - 1, FIRST_CHUNK, 3 * CHUNK + 7] {
            let long = vec![b'x'; len];
            let file = file(&[b"a\n", &long[..], b"\n\nb\ntorn"].concat());
            let end = 2 + len as u64 + 1;
            let all = [(b"a".to_vec(), 2), (long, end), (Vec::new(), end + 1), (b"b".to_vec(), end + 3)];
            assert_eq!(lines(&file, 0), all, "{len}");
            assert_eq!(lines(&file, 2), all[1..], "{len}");
        }
    }

    #[test]
    fn a_line_that_was_torn_is_read_once_it_is_whole() {
        let mut file = file(b"a\nto");
        let mut reader = LineReader::new(0);
        assert_eq!(reader.next(&file).unwrap().unwrap().text(), b"a");
        assert!(reader.next(&file).unwrap().is_none());
        assert_eq!(reader.torn_bytes(), 2);
        file.seek(SeekFrom::End(0)).unwrap();
        file.write_all(b"rn\n").unwrap();
        assert_eq!(reader.next(&file).unwrap().unwrap().text(), b"torn");
        reader.restart(0);
        assert_eq!(reader.next(&file).unwrap().unwrap().text(), b"a");
    }

    #[test]
    fn a_line_that_is_too_long_is_named_once_and_passed_over() {
        let file = file(&[&vec![b'x'; LONGEST_LINE + 2 * CHUNK][..], b"\nb\n"].concat());
        let mut reader = LineReader::new(0);
        assert!(reader.next(&file).unwrap().unwrap().is_too_long);
        let next = reader.next(&file).unwrap().unwrap();
        assert_eq!((next.text(), next.is_too_long), (&b"b"[..], false));
        assert!(reader.next(&file).unwrap().is_none());
    }
}
