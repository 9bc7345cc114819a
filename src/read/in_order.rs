//! The lines of several day files in the order of their numbers, each once.

use super::day_files::{DayFile, DayFiles};
use super::error::ReadError;
use super::regular_file;
use crate::journal::{Judge, LineReader, OwnRuns};
use crate::record::DecodeError;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// What a line is decoded to.
pub(super) trait Decode: Sized {
    /// Decodes a line, without its `\n`.
    fn decode(line: &[u8]) -> Result<Self, DecodeError>;

    /// Returns the record's number.
    fn seq(&self) -> Option<u64>;
}

/// A line, and where it is.
#[derive(Debug)]
pub(super) struct Placed<'a, T> {
    pub(super) path: &'a Path,
    /// The offset of its beginning, in bytes.
    pub(super) byte: u64,
    /// The offset behind it.
    pub(super) end: u64,
    pub(super) value: T,
}

/// An iterator over the lines of day files: see [`Reader::records`](super::Reader::records).
#[derive(Debug)]
pub(super) struct InOrder<'a, T> {
    files: std::iter::Peekable<std::slice::Iter<'a, DayFile>>,
    /// The files that are being read. Each but the last has records missing that the one behind it may
    /// have: a copy of a file that could not be synced.
    open: Vec<OpenFile<'a, T>>,
    /// The number after the last record's.
    next_seq: u64,
    /// The number before which there were records, if it is known.
    reached: Option<u64>,
}

#[derive(Debug)]
struct OpenFile<'a, T> {
    path: &'a PathBuf,
    file: File,
    lines: LineReader,
    judge: Judge,
    line: u64,
    /// The offset behind the last line.
    byte: u64,
    /// The next line, if it was read already.
    held: Option<Placed<'a, T>>,
}

impl<'a, T: Decode> InOrder<'a, T> {
    pub(super) fn new(files: &'a DayFiles) -> InOrder<'a, T> {
        let reached = files.reached;
        InOrder { files: files.files.iter().peekable(), open: Vec::new(), next_seq: 0, reached }
    }

    fn open(&self, path: &'a PathBuf) -> io::Result<OpenFile<'a, T>> {
        let file = regular_file::open(path)?;
        let own = OwnRuns::of(&file, self.reached.map(|reached| reached.max(self.next_seq)))?;
        let (lines, judge) = (LineReader::default(), own.judge());
        Ok(OpenFile { path, file, lines, judge, line: 0, byte: 0, held: None })
    }

    /// Opens the next file. Returns `None` if there is none.
    fn open_next(&mut self) -> Option<Result<(), ReadError>> {
        let DayFile { path, .. } = self.files.next()?;
        Some(match self.open(path) {
            Ok(open) => {
                self.open.push(open);
                Ok(())
            }
            Err(source) => Err(ReadError::unreadable(path, source)),
        })
    }

    /// Returns whether a file that is not open yet begins before the record of this number, and at or before
    /// one that is missing.
    fn may_be_in_the_next(&mut self, seq: u64) -> bool {
        seq > self.next_seq
            && self.files.peek().is_some_and(|file| file.first_seq.is_some_and(|first| first < seq))
    }
}

impl<'a, T: Decode> OpenFile<'a, T> {
    /// Returns the next line, or the error in its place; `None` at the last whole line.
    fn next(&mut self) -> Option<Result<Placed<'a, T>, ReadError>> {
        if let Some(held) = self.held.take() {
            return Some(Ok(held));
        }
        self.line += 1;
        let line = match self.lines.next(&self.file).transpose()? {
            Ok(line) => line,
            Err(source) => return Some(Err(ReadError::unreadable(self.path, source))),
        };
        let byte = std::mem::replace(&mut self.byte, line.end);
        let no_record = |source| ReadError::NoRecord { path: self.path.clone(), byte, source };
        if line.is_too_long {
            return Some(Err(no_record(DecodeError::too_long(self.line, line.bytes.len()))));
        }
        let value = match T::decode(line.text()) {
            Ok(value) => value,
            Err(error) => return Some(Err(no_record(error.in_line(self.line)))),
        };
        if let Some(seq) = value.seq()
            && !self.judge.is_own(byte, seq)
        {
            return Some(Err(ReadError::Foreign { path: self.path.clone(), line: self.line, byte, seq }));
        }
        Some(Ok(Placed { path: self.path, byte, end: line.end, value }))
    }
}

impl<'a, T: Decode> Iterator for InOrder<'a, T> {
    type Item = Result<Placed<'a, T>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(open) = self.open.last_mut() else {
                match self.open_next()? {
                    Ok(()) => continue,
                    Err(error) => return Some(Err(error)),
                }
            };
            let placed = match open.next() {
                Some(Ok(placed)) => placed,
                Some(Err(error)) => {
                    if matches!(error, ReadError::Unreadable { .. }) {
                        self.open.pop();
                    }
                    return Some(Err(error));
                }
                None => {
                    self.open.pop();
                    continue;
                }
            };
            let Some(seq) = placed.value.seq() else {
                return Some(Ok(placed));
            };
            if seq < self.next_seq {
                // Another file has this record, too.
                continue;
            }
            if self.may_be_in_the_next(seq) {
                if let Some(open) = self.open.last_mut() {
                    open.held = Some(placed);
                }
                if let Some(Err(error)) = self.open_next() {
                    return Some(Err(error));
                }
                continue;
            }
            self.next_seq = seq.saturating_add(1);
            return Some(Ok(placed));
        }
    }
}
