//! The errors of waiting for the disk.

use super::append::AppendError;
use super::debug::debug_for_people;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Recorded events are not known to be on disk.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum FlushError {
    /// The sync took too long. The records may still get to disk.
    #[error("{} was not on disk after {}", path.display(), humantime::format_duration(*timeout))]
    TimedOut {
        /// The day file.
        path: PathBuf,
        /// How long the caller waited.
        timeout: Duration,
    },
    /// This process was forked off the one that opened the log, which continues to write it. A
    /// process opens a log of its own, in a directory of its own, after the fork.
    #[error("the audit log belongs to the process that this one was forked off")]
    Forked,
    /// The committer could not write all records to a day file in time. They are in the intake,
    /// where they survive the death of the process; the committer tries again.
    #[error("not all records are in a day file after {}", humantime::format_duration(*timeout))]
    NotWritten {
        /// How long the caller waited.
        timeout: Duration,
        /// Why the last attempt failed.
        source: AppendError,
    },
    /// The operating system could not sync a day file. It is not known how much of it is on
    /// disk; the log writes it again, into another file.
    #[error("could not sync {}", path.display())]
    Sync {
        /// The day file.
        path: PathBuf,
        /// Why the sync failed.
        source: Arc<io::Error>,
    },
}

debug_for_people!(FlushError {
    TimedOut { path, timeout },
    Forked {},
    NotWritten { timeout, source },
    Sync { path, source },
});
