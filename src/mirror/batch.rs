//! The records that a mirror is handed.

use crate::record::{DecodeError, Record, Timestamp, hex};
use sha2::{Digest as _, Sha256};

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

    /// Returns an id by which a receiver recognises a repeated record:
    /// `<journal id>-<seq>-<first eight hex digits of the SHA-256 of text()>`.
    ///
    /// A repeat has the same id. Another record has another one, also if it has the same number in a
    /// journal of the same id: a restored backup or a cloned disk image continues the journal's
    /// numbers a second time.
    #[must_use]
    pub fn uid(&self) -> String {
        let digest = Sha256::digest(self.text);
        format!("{}-{}-{}", self.journal, self.seq, hex(&digest[..4]))
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
        Record::from_newer_line(self.text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_that_of_one_line_alone() {
        let ts = "2026-05-28T09:30:00.123456789Z".parse().unwrap();
        let uid = |seq, text| Line::new("5f", seq, ts, text).uid();
        // printf abc | sha256sum
        assert_eq!(uid(7, "abc"), "5f-7-ba7816bf");
        assert_eq!(uid(7, "abc"), uid(7, "abc"));
        assert_ne!(uid(7, "abd"), uid(7, "abc"));
        assert_ne!(uid(8, "abc"), uid(7, "abc"));
    }
}
