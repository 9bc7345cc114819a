//! Why a record is not known to be on disk.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A sync that failed.
#[derive(Clone, Debug)]
pub(crate) struct SyncFailure {
    /// The day file.
    pub(crate) path: PathBuf,
    pub(crate) source: Arc<io::Error>,
    /// Records before this number, and not on disk before, are concerned.
    pub(crate) before: u64,
}

/// Why a record is not known to be on disk.
#[derive(Clone, Debug)]
pub(crate) enum NotSynced {
    /// It is not synced yet.
    NotYet,
    /// The sync failed.
    Failed(SyncFailure),
}

impl NotSynced {
    pub(super) fn into_io_error(self) -> io::Error {
        match self {
            NotSynced::NotYet => io::ErrorKind::TimedOut.into(),
            NotSynced::Failed(failure) => io::Error::new(failure.source.kind(), failure.source),
        }
    }
}

/// Returns the instant after `time`, or one decades away if that can't be represented.
pub(super) fn deadline_after(time: Duration) -> Instant {
    const LONGEST: Duration = Duration::from_secs(1 << 30);
    Instant::now() + time.min(LONGEST)
}
