//! Why an audit log could not be read.

use crate::error::debug_for_people;
use crate::record::DecodeError;
use std::io;
use std::path::PathBuf;

/// An audit log could not be read.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The directory or a file could not be read.
    #[error("{} can't be read", path.display())]
    Unreadable {
        /// The directory or file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A line is a record by its form, but the log has not written it: its number does not fit those
    /// before and behind it.
    #[error("{}, line {line} (byte {byte}): the log has not written this line, its number {seq} does not fit those around it", path.display())]
    Foreign {
        /// The day file.
        path: PathBuf,
        /// The line's number in the file, from 1 on.
        line: u64,
        /// The offset of its beginning, in bytes.
        byte: u64,
        /// The number of the record that it pretends to be.
        seq: u64,
    },
    /// A line of a day file is not a record.
    #[error("{} has at byte {byte} a line that is not a record", path.display())]
    NoRecord {
        /// The day file.
        path: PathBuf,
        /// The offset of its beginning, in bytes.
        byte: u64,
        /// The line's number, and the reason.
        source: DecodeError,
    },
}

debug_for_people!(ReadError {
    Unreadable { path, source },
    Foreign { path, line, byte, seq },
    NoRecord { path, byte, source },
});

impl ReadError {
    pub(super) fn unreadable(path: impl Into<PathBuf>, source: io::Error) -> ReadError {
        ReadError::Unreadable { path: path.into(), source }
    }
}
