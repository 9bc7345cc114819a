//! The records that a mirror is handed.

use crate::record::{DecodeError, Record, Timestamp};

/// Consecutive records of one journal, to be delivered together.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    journal: &'a str,
    lines: &'a [Line<'a>],
}

impl<'a> Batch<'a> {
    pub(crate) fn new(journal: &'a str, lines: &'a [Line<'a>]) -> Batch<'a> {
        Batch { journal, lines }
    }

    /// Returns the id of the journal: 32 hex digits.
    #[must_use]
    pub fn journal(&self) -> &'a str {
        self.journal
    }

    /// Returns the records in the order of their numbers; at least one.
    #[must_use]
    pub fn lines(&self) -> &'a [Line<'a>] {
        self.lines
    }
}

/// A record, as it is in its day file.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    journal: &'a str,
    seq: u64,
    ts: Timestamp,
    text: &'a str,
}

impl<'a> Line<'a> {
    pub(crate) fn new(journal: &'a str, seq: u64, ts: Timestamp, text: &'a str) -> Line<'a> {
        Line { journal, seq, ts, text }
    }

    /// Returns the number of the record in its journal.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Returns the time at which the record was recorded.
    #[must_use]
    pub fn ts(&self) -> Timestamp {
        self.ts
    }

    /// Returns an id that no other record has, in any log: `<journal id>-<seq>`.
    #[must_use]
    pub fn uid(&self) -> String {
        format!("{}-{}", self.journal, self.seq)
    }

    /// Returns the line without its `\n`: one JSON object.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Decodes the record.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the line is not a record of this schema version: another program, or a
    /// later version of this crate, has written to the day file.
    pub fn record(&self) -> Result<Record, DecodeError> {
        Record::from_line(self.text.as_bytes())
    }
}
