//! What a verification is to compare a log with.

use crate::seal::{VerifierKey, WitnessKey};
use std::path::PathBuf;
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
    pub(in crate::read) as_of: Option<SystemTime>,
    /// How long a `log.pruned` that is not sealed is waited for; `None` is the default. Tests set it.
    pub(in crate::read) patience: Option<Duration>,
}
