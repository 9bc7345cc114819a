//! How far a search has come.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is told how many bytes are searched, and of how many.
#[derive(Clone)]
pub(in crate::read::query) struct Progress(pub(in crate::read::query) Arc<dyn Fn(u64, u64) + Send + Sync>);

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Progress")
    }
}

/// How far a search has come.
#[derive(Debug)]
pub(in crate::read::query) struct Advance {
    progress: Progress,
    done: AtomicU64,
    of: u64,
}

impl Advance {
    pub(in crate::read::query) fn new(progress: Progress, of: u64) -> Advance {
        (progress.0)(0, of);
        Advance { progress, done: AtomicU64::new(0), of }
    }

    /// Tells that so many more bytes are searched.
    pub(in crate::read::query) fn by(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        (self.progress.0)(done.min(self.of), self.of);
    }
}
