//! Why an audit log could not be read.

use crate::record::DecodeError;
use std::io;
use std::path::PathBuf;

/// An audit log could not be read.
#[derive(Debug, thiserror::Error)]
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
    /// A line of a day file is not a record.
    #[error("{} has a line that is not a record", path.display())]
    NoRecord {
        /// The day file.
        path: PathBuf,
        /// The line's number, and the reason.
        source: DecodeError,
    },
}

impl ReadError {
    pub(super) fn unreadable(path: impl Into<PathBuf>, source: io::Error) -> ReadError {
        ReadError::Unreadable { path: path.into(), source }
    }
}
