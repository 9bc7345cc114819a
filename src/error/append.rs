//! The errors of recording an event.

use super::debug::debug_for_people;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// An audit event was not recorded, was recorded but is not on disk, or violates its catalog
/// entry.
///
/// After [`NotSynced`](AppendError::NotSynced), [`SyncFailed`](AppendError::SyncFailed) and
/// [`Violations`](AppendError::Violations) the event is recorded, under the number `seq`. After
/// all others it is not.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// There is no audit layer in the current dispatch.
    #[error("there is no audit layer in the current dispatch")]
    NoAuditLayer,
    /// The line could not be written. The event was counted, and the log appends `log.gap` as
    /// soon as it can.
    #[error("could not append to {}", path.display())]
    Write {
        /// The day file.
        path: PathBuf,
        /// Why the write failed.
        source: Arc<io::Error>,
    },
    /// A new day file could not be created. The event was counted, as for `Write`.
    #[error("could not begin the day file {}", path.display())]
    DayFile {
        /// The day file.
        path: PathBuf,
        /// Why it could not be created.
        source: Arc<io::Error>,
    },
    /// The intake was full, or the disk held up another thread of the log, for as long as a caller waits
    /// ([`append_deadline`](crate::AuditLayerBuilder::append_deadline)): the disk is full, too slow or
    /// frozen. The event was counted, as for `Write`.
    #[error("the audit log is behind with its disk: there was no room for the event within {}", humantime::format_duration(*waited))]
    Backlogged {
        /// How long the caller waited.
        waited: Duration,
        /// Why the committer could not write to the day file, if it could not.
        source: Option<Box<AppendError>>,
    },
    /// This process was forked off the one that opened the log, which continues to write it. A
    /// process opens a log of its own, in a directory of its own, after the fork.
    #[error("the audit log belongs to the process that this one was forked off")]
    Forked,
    /// Another process has taken the log's lock, after its file was removed or its directory moved.
    /// This log records nothing more, and changes nothing in the directory. Open it again once the
    /// other process has ended.
    #[error("another process{} has taken the lock of the audit log in {}", ProcessId(*holder), directory.display())]
    LockLost {
        /// The log's directory.
        directory: PathBuf,
        /// The id of the other process, if it is known.
        holder: Option<u32>,
    },
    /// The line is longer than the intake.
    #[error("the line has {bytes} bytes, more than the audit log's intake can hold")]
    TooLong {
        /// The length of the line, in bytes.
        bytes: usize,
    },
    /// The event was recorded, but was not on disk in time. It may still get there.
    #[error("the audit event was recorded as number {seq}, but was not on disk within {}", humantime::format_duration(*waited))]
    NotSynced {
        /// The record's number.
        seq: u64,
        /// How long the caller waited.
        waited: Duration,
    },
    /// The event was recorded, but the operating system could not sync its day file. It is not
    /// known how much of the file is on disk; the log writes it again, into another file.
    #[error("the audit event was recorded as number {seq}, but {} could not be synced", path.display())]
    SyncFailed {
        /// The record's number.
        seq: u64,
        /// The day file.
        path: PathBuf,
        /// Why the sync failed.
        source: Arc<io::Error>,
    },
    /// The event was recorded and flagged, since it violates its catalog entry. Only in a log
    /// that is [`strict`](crate::AuditLayerBuilder::strict).
    #[error("the audit event was recorded as number {seq}, but: {}", violations.join("; "))]
    Violations {
        /// The record's number.
        seq: u64,
        /// What is wrong with the event, as in `resource._violations`.
        violations: Vec<String>,
    },
}

debug_for_people!(AppendError {
    NoAuditLayer {},
    Write { path, source },
    DayFile { path, source },
    Backlogged { waited, source },
    Forked {},
    LockLost { directory, holder },
    TooLong { bytes },
    NotSynced { seq, waited },
    SyncFailed { seq, path, source },
    Violations { seq, violations },
});

/// The id of a process, in parentheses, if it is known.
struct ProcessId(Option<u32>);

impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |id| write!(f, " (process {id})"))
    }
}
