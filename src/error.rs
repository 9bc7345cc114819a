//! What can go wrong, by operation.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// An audit log could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A setting has a value that it can't have.
    #[error("the setting `{setting}` can't be {value}: {reason}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// The value.
        value: String,
        /// Why not.
        reason: &'static str,
    },
    /// A setting asks for something that this build does not have.
    #[error("the setting `{setting}` asks for {what}, which is not compiled in")]
    NotCompiledIn {
        /// Its name.
        setting: &'static str,
        /// What it asks for, with the crate's feature that has it.
        what: &'static str,
    },
    /// The directory, or one that it needs, could not be made, opened or read.
    #[error("the audit log's directory {} can't be used", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is something else where the directory should be.
    #[error("the audit log's directory {} is not a directory", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// There is a link where the directory should be. It is not followed: whoever
    /// owns the link could send the log elsewhere.
    #[error("the audit log's directory {} is a link, and links are not followed", path.display())]
    Link {
        /// The path.
        path: PathBuf,
    },
    /// The directory belongs neither to this process's user nor to root: its owner
    /// could change what is in it.
    #[error("the audit log's directory {} belongs to somebody else (uid {owner})", path.display())]
    ForeignOwner {
        /// The directory.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// Another writer has the directory.
    #[error("the audit log's directory {} is in use{}; waited {}", directory.display(), by(*holder), humantime::format_duration(*waited))]
    Locked {
        /// The directory.
        directory: PathBuf,
        /// The process that has it, where that is known.
        holder: Option<u32>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// A file of the log's state could not be read or written, or does not make sense.
    #[error("the audit log's file {} can't be used", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A day file could not be read, or put in order after a crash.
    #[error("the day file {} can't be used", path.display())]
    DayFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

fn by(holder: Option<u32>) -> String {
    match holder {
        Some(pid) if pid == std::process::id() => format!(" by this process (id {pid})"),
        Some(pid) => format!(" by process {pid}"),
        None => String::new(),
    }
}

/// An audit event was not recorded.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// There is no audit layer in the current dispatch.
    #[error("there is no audit layer in the current dispatch")]
    NoAuditLayer,
    /// The line could not be written. It was counted, and the log tells of it in
    /// `log.gap` as soon as it can.
    #[error("could not append to {}", path.display())]
    Write {
        /// The day file.
        path: PathBuf,
        /// Why not.
        source: Arc<io::Error>,
    },
    /// A new day file could not be made. The record was counted, as for `Write`.
    #[error("could not begin the day file {}", path.display())]
    DayFile {
        /// The day file.
        path: PathBuf,
        /// Why not.
        source: Arc<io::Error>,
    },
}

/// What was recorded is not known to be on disk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FlushError {
    /// The disk took too long. It may still get there.
    #[error("{} was not on disk after {}", path.display(), humantime::format_duration(*timeout))]
    TimedOut {
        /// The day file.
        path: PathBuf,
        /// How long it was waited for.
        timeout: Duration,
    },
    /// The operating system could not bring it there. What of it is on disk is not
    /// known; the log goes on in another file.
    #[error("could not sync {}", path.display())]
    Sync {
        /// The day file.
        path: PathBuf,
        /// Why not.
        source: Arc<io::Error>,
    },
}

/// The log was not shut down in order.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShutdownError {
    /// The log's last record, `log.closed`, could not be appended, nor, if there was
    /// one, the `log.gap` before it.
    #[error("`log.closed` could not be recorded, and {unrecorded} events before it were not")]
    NotClosed {
        /// How many events the log could not record since it was opened.
        unrecorded: u64,
        /// Why not.
        source: AppendError,
    },
    /// All is recorded, but not known to be on disk.
    #[error("the audit log is not known to be on disk")]
    NotFlushed {
        /// Why not.
        source: FlushError,
    },
}
