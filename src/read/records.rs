//! The records of the day files.

use super::day_files::DayFiles;
use super::error::ReadError;
use super::in_order::{Decode, InOrder};
use crate::record::{DecodeError, Record};

/// An iterator over the records of an audit log: see [`Reader::records`](super::Reader::records).
#[derive(Debug)]
pub struct Records<'a>(InOrder<'a, Record>);

impl<'a> Records<'a> {
    pub(super) fn new(files: &'a DayFiles) -> Records<'a> {
        Records(InOrder::new(files))
    }
}

impl Decode for Record {
    fn decode(line: &[u8]) -> Result<Record, DecodeError> {
        Record::from_newer_line(line)
    }

    fn seq(&self) -> Option<u64> {
        self.seq
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Result<Record, ReadError>> {
        Some(self.0.next()?.map(|placed| placed.value))
    }
}
