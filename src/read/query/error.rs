//! Why a query can't be made.

use crate::error::debug_for_people;
use std::io;
use std::path::PathBuf;

/// A query can't be made.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// No directory is named.
    #[error("no directory is named")]
    NoDirectory,
    /// A directory can't be listed.
    #[error("the directory {} can't be read", path.display())]
    Unreadable {
        /// The directory.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// How far the log is on disk can't be read: only its owner may.
    #[error("{} can't be read, which says how far the log is on disk", path.display())]
    NotSynced {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// Records around a number are asked for in several directories. Each has its own numbers.
    #[error(
        "records around the number {seq} are of one directory, and {directories} are named: each has its own numbers"
    )]
    AroundInSeveral {
        /// The number.
        seq: u64,
        /// How many directories are named.
        directories: usize,
    },
}

debug_for_people!(QueryError {
    NoDirectory {},
    Unreadable { path, source },
    NotSynced { path, source },
    AroundInSeveral { seq, directories },
});
