//! A record that was found.

use super::plan::DayFile;
use crate::record::{DecodeError, Record, Timestamp};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// A record that matches a query.
#[derive(Clone, Debug)]
pub struct Match {
    pub(super) file: Arc<DayFile>,
    pub(super) byte: u64,
    /// Its line's number in the file, from 1 on, if that is known.
    pub(super) line_number: Option<u64>,
    pub(super) line: Box<[u8]>,
    pub(super) seq: Option<u64>,
    pub(super) ts: Timestamp,
}

impl Match {
    /// Returns a record of a file that is followed.
    pub(in crate::read) fn of_followed(
        file: &Arc<DayFile>,
        byte: u64,
        line_number: Option<u64>,
        line: &[u8],
        seq: Option<u64>,
        ts: Timestamp,
    ) -> Match {
        Match { file: Arc::clone(file), byte, line_number, line: line.into(), seq, ts }
    }

    /// Returns the line as it is written, without its `\n`. It is a JSON object in UTF-8.
    #[must_use]
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// Returns the journal's id, or the directory's path if only the log's owner may read the id.
    #[must_use]
    pub fn journal(&self) -> &str {
        &self.file.journal
    }

    /// Returns the day file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Returns the offset of the line's beginning in the file, in bytes.
    #[must_use]
    pub fn byte(&self) -> u64 {
        self.byte
    }

    /// Returns the line's number in the file, from 1 on. If the file was not searched from its beginning, it is
    /// read for this, once for all of its matches.
    ///
    /// # Errors
    ///
    /// The file can't be read any more.
    pub fn line_number(&self) -> io::Result<u64> {
        match self.line_number {
            Some(number) => Ok(number),
            None => self.file.lines_before(self.byte).map(|lines| lines + 1),
        }
    }

    /// Returns the record's number. Lines of the product that this crate replaces have none.
    #[must_use]
    pub fn seq(&self) -> Option<u64> {
        self.seq
    }

    /// Returns the record's time.
    #[must_use]
    pub fn ts(&self) -> Timestamp {
        self.ts
    }

    /// Decodes the record, as [`Record::from_newer_line`] does.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]: a line of another schema version, or one that the log has not written like this, is found
    /// by its JSON, and is no record of this version.
    pub fn record(&self) -> Result<Record, DecodeError> {
        Record::from_newer_line(&self.line)
    }
}
