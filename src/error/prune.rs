//! The errors of removing old day files.

use super::append::AppendError;
use super::debug::debug_for_people;
use std::io;
use std::path::PathBuf;

/// Some or all old day files could not be removed.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum PruneError {
    /// There is a legal hold.
    #[error("not pruned: {} exists (legal hold)", path.display())]
    Held {
        /// The `HOLD` file.
        path: PathBuf,
    },
    /// The system's clock was set, and no operator has said since that it is right.
    #[error("not pruned: {why}, and it was not said since that the clock is right")]
    Suspended {
        /// What has suspended pruning.
        why: String,
    },
    /// The log keeps its day files longer than an operator wants to.
    #[error(
        "not pruned: the log keeps day files for {retention_days} days, which are more than {older_than}"
    )]
    WithinRetention {
        /// For how many days the operator wants to keep them.
        older_than: u32,
        /// For how many days the log does.
        retention_days: u32,
    },
    /// This process was forked off the one that opened the log, which continues to write it. A
    /// process opens a log of its own, in a directory of its own, after the fork.
    #[error("the audit log belongs to the process that this one was forked off")]
    Forked,
    /// Some files could not be removed.
    #[error("{} old files were removed, {} could not be removed{}", removed.len(), others.len() + 1, listed(others))]
    Partly {
        /// The files that were removed, as paths relative to the directory.
        removed: Vec<String>,
        /// Why the first of the other files was not removed.
        source: Box<PruneError>,
        /// Why the rest of the other files were not removed.
        others: Vec<String>,
    },
    /// A directory could not be read.
    #[error("could not look for old files in {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why it could not be read.
        source: io::Error,
    },
    /// A file could not be read, so that `log.pruned` could not describe it.
    #[error("not pruned: {} can't be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why it could not be read.
        source: io::Error,
    },
    /// A day file is not what was sealed. It stays, as evidence of the change.
    #[error("not pruned: {} is not as it was when it was sealed: {reason}", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// What differs.
        reason: String,
    },
    /// A file could not be removed.
    #[error("{} is old enough, but can't be removed", path.display())]
    Remove {
        /// The file.
        path: PathBuf,
        /// Why it could not be removed.
        source: io::Error,
    },
    /// `log.pruned` could not be written. The file stays where it is.
    #[error("not pruned: `log.pruned` could not be written for {}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Why the record could not be written.
        source: AppendError,
    },
    /// `log.pruned` is not known to be on disk. The file stays in `.state/pruned/`.
    #[error("a file was not removed: `log.pruned` could not be synced")]
    Sync {
        /// Why the sync failed.
        source: io::Error,
    },
}

debug_for_people!(PruneError {
    Held { path },
    Suspended { why },
    WithinRetention { older_than, retention_days },
    Forked {},
    Partly { removed, source, others },
    Directory { path, source },
    Read { path, source },
    Changed { path, reason },
    Remove { path, source },
    Record { path, source },
    Sync { source },
});

fn listed(others: &[String]) -> String {
    if others.is_empty() { String::new() } else { format!(" (besides the first: {})", others.join("; ")) }
}
