//! What is not known to be on disk, for good.

use crate::error::FlushError;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// The first sync that failed. What of its file is on disk nobody knows from then on:
/// the operating system reports an error once.
#[derive(Debug, Default)]
pub(super) struct Unsynced(Mutex<Option<(PathBuf, Arc<io::Error>)>>);

impl Unsynced {
    pub(super) fn note(&self, path: PathBuf, source: io::Error) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert((path, Arc::new(source)));
    }

    pub(super) fn first(&self) -> Option<FlushError> {
        let first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        first
            .as_ref()
            .map(|(path, source)| FlushError::Sync { path: path.clone(), source: Arc::clone(source) })
    }
}
