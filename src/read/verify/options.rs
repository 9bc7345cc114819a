//! What a verification is to compare a log with.

use crate::read::archive::Limits;
use crate::read::days::Days;
use crate::seal::{VerifierKey, WitnessKey};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The settings of a [`Verify`](crate::read::Verify), which explains them.
#[derive(Clone, Debug, Default)]
pub(in crate::read) struct Options {
    pub(in crate::read) dir: PathBuf,
    pub(in crate::read) keys: Vec<VerifierKey>,
    pub(in crate::read) signers: Vec<VerifierKey>,
    pub(in crate::read) anchors: Vec<String>,
    pub(in crate::read) against: Vec<PathBuf>,
    pub(in crate::read) witnesses: Vec<WitnessKey>,
    pub(in crate::read) max_age: Option<Duration>,
    pub(in crate::read) is_strict: bool,
    pub(in crate::read) is_copy: bool,
    /// The first and the last day that are asked for, as they were given.
    pub(in crate::read) period: (Option<String>, Option<String>),
    pub(in crate::read) days: Days,
    pub(in crate::read) as_of: Option<SystemTime>,
    /// How long a `log.pruned` that is not sealed is waited for; `None` is the default. Tests set it.
    pub(in crate::read) patience: Option<Duration>,
    pub(in crate::read) limits: Limits,
    /// Whether the day files are hashed as wholes, too.
    pub(in crate::read) has_hashes: bool,
    pub(in crate::read) progress: Progress,
}

/// What is told how many bytes of how many were read.
#[derive(Clone, Default)]
pub(in crate::read) struct Progress(pub(in crate::read) Option<Arc<dyn Fn(u64, u64) + Send + Sync>>);

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Progress(..)" } else { "Progress(None)" })
    }
}

impl Progress {
    pub(in crate::read) fn set(&self, done: u64, of: u64) {
        if let Some(progress) = &self.0 {
            progress(done, of);
        }
    }
}
