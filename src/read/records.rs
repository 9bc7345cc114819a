//! The records of the day files.

use super::day_files::DayFiles;
use super::error::ReadError;
use crate::journal::LineReader;
use crate::record::{DecodeError, Record};
use std::fs::File;
use std::path::PathBuf;

/// An iterator over the records of an audit log: see [`Reader::records`](super::Reader::records).
#[derive(Debug)]
pub struct Records<'a> {
    paths: std::slice::Iter<'a, PathBuf>,
    open: Option<OpenFile<'a>>,
    /// The number after the last record's.
    next_seq: u64,
}

#[derive(Debug)]
struct OpenFile<'a> {
    path: &'a PathBuf,
    file: File,
    lines: LineReader,
    line: u64,
}

impl<'a> Records<'a> {
    pub(super) fn new(files: &'a DayFiles) -> Records<'a> {
        Records { paths: files.paths.iter(), open: None, next_seq: 0 }
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
            if line.is_too_long {
                let source = DecodeError::too_long(open.line, line.bytes.len());
                return Some(Err(ReadError::NoRecord { path: open.path.clone(), source }));
            }
            match Record::from_line(line.text()) {
                // An earlier file has this record, too.
                Ok(record) if record.seq.is_some_and(|seq| seq < self.next_seq) => {}
                Ok(record) => {
                    self.next_seq = record.seq.map_or(self.next_seq, |seq| seq.saturating_add(1));
                    return Some(Ok(record));
                }
                Err(error) => {
                    let source = error.in_line(open.line);
                    return Some(Err(ReadError::NoRecord { path: open.path.clone(), source }));
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
            match File::open(path) {
                Ok(file) => self.open = Some(OpenFile { path, file, lines: LineReader::default(), line: 0 }),
                Err(source) => return Some(Err(ReadError::unreadable(path, source))),
            }
        }
    }
}
