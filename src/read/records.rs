//! The records of the day files.

use super::day_files::DayFiles;
use super::error::ReadError;
use super::regular_file;
use crate::journal::{Judge, LineReader, OwnRuns};
use crate::record::{DecodeError, Record};
use std::fs::File;
use std::io;
use std::path::PathBuf;

/// An iterator over the records of an audit log: see [`Reader::records`](super::Reader::records).
#[derive(Debug)]
pub struct Records<'a> {
    paths: std::slice::Iter<'a, PathBuf>,
    open: Option<OpenFile<'a>>,
    /// The number after the last record's.
    next_seq: u64,
    /// The number before which there were records, if it is known.
    reached: Option<u64>,
}

#[derive(Debug)]
struct OpenFile<'a> {
    path: &'a PathBuf,
    file: File,
    lines: LineReader,
    judge: Judge,
    line: u64,
    /// The offset behind the last line.
    byte: u64,
}

impl<'a> Records<'a> {
    pub(super) fn new(files: &'a DayFiles) -> Records<'a> {
        Records { paths: files.paths.iter(), open: None, next_seq: 0, reached: files.reached }
    }

    fn open(&self, path: &'a PathBuf) -> io::Result<OpenFile<'a>> {
        let file = regular_file::open(path)?;
        let own = OwnRuns::of(&file, self.reached.map(|reached| reached.max(self.next_seq)))?;
        Ok(OpenFile { path, file, lines: LineReader::default(), judge: own.judge(), line: 0, byte: 0 })
    }

    /// Returns the next record of the open file, or the error in its place; `None` at its last whole
    /// line.
    fn next_in_file(&mut self) -> Option<Result<Record, ReadError>> {
        let open = self.open.as_mut()?;
        loop {
            open.line += 1;
            let line = match open.lines.next(&open.file) {
                Ok(Some(line)) => line,
                Ok(None) => {
                    self.open = None;
                    return None;
                }
                Err(source) => {
                    let error = ReadError::unreadable(open.path, source);
                    self.open = None;
                    return Some(Err(error));
                }
            };
            let byte = std::mem::replace(&mut open.byte, line.end);
            if line.is_too_long {
                let source = DecodeError::too_long(open.line, line.bytes.len());
                return Some(Err(ReadError::NoRecord { path: open.path.clone(), byte, source }));
            }
            match Record::from_line(line.text()) {
                Ok(Record { seq: Some(seq), .. }) if !open.judge.is_own(byte, seq) => {
                    let (path, line) = (open.path.clone(), open.line);
                    return Some(Err(ReadError::Foreign { path, line, byte, seq }));
                }
                // An earlier file has this record, too.
                Ok(record) if record.seq.is_some_and(|seq| seq < self.next_seq) => {}
                Ok(record) => {
                    self.next_seq = record.seq.map_or(self.next_seq, |seq| seq.saturating_add(1));
                    return Some(Ok(record));
                }
                Err(error) => {
                    let source = error.in_line(open.line);
                    return Some(Err(ReadError::NoRecord { path: open.path.clone(), byte, source }));
                }
            }
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Result<Record, ReadError>> {
        loop {
            if let Some(next) = self.next_in_file() {
                return Some(next);
            }
            let path = self.paths.next()?;
            match self.open(path) {
                Ok(open) => self.open = Some(open),
                Err(source) => return Some(Err(ReadError::unreadable(path, source))),
            }
        }
    }
}
