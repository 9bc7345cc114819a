//! What an export has written.

use super::entry::millis;
use crate::record::{Timestamp, hex};
use sha2::{Digest as _, Sha256};

/// What an export has written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// The number of records.
    pub records: u64,
    /// How many times something was damaged, missing or unreadable, so that the export may be incomplete. Notes, as
    /// [`Trouble::is_note`](crate::read::Trouble::is_note) calls them, do not count.
    pub warnings: u64,
    /// The number of bytes, with the end.
    pub bytes: u64,
    /// The SHA-256 of all bytes, with the end, in hex.
    pub sha256: String,
}

/// How far an export has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) records: u64,
    pub(super) warnings: u64,
    pub(super) bytes: u64,
    hasher: Sha256,
}

impl Tally {
    /// Counts bytes that are written.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hasher.update(bytes);
    }

    /// Returns the SHA-256 of the bytes that were counted.
    pub(super) fn sha256(&self) -> String {
        hex(&self.hasher.clone().finalize())
    }

    pub(super) fn result(&self) -> Exported {
        Exported { records: self.records, warnings: self.warnings, bytes: self.bytes, sha256: self.sha256() }
    }
}

/// The end of an export, as formats write it.
#[derive(Debug)]
pub(super) struct End {
    pub(super) now: Timestamp,
    pub(super) records: u64,
    pub(super) warnings: u64,
    /// The SHA-256 of all bytes before.
    pub(super) sha256: String,
}

impl End {
    /// The name of the event.
    pub(super) const EVENT: &str = "export.ended";

    pub(super) fn millis(&self) -> i128 {
        millis(self.now)
    }

    /// Returns the end as a sentence.
    pub(super) fn message(&self) -> String {
        let records =
            if self.records == 1 { "1 record".to_owned() } else { format!("{} records", self.records) };
        match self.warnings {
            0 => format!("The export has ended: {records}"),
            1 => format!("The export has ended: {records}; 1 warning, it may be incomplete"),
            more => format!("The export has ended: {records}; {more} warnings, it may be incomplete"),
        }
    }
}
