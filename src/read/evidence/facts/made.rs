//! How the evidence was collected: what is another each time.

use crate::record::Timestamp;
use serde::Serialize;

/// How the evidence was collected. All else is the same each time for the same logs.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Made {
    /// When.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// With which version of this crate.
    pub version: &'static str,
    /// On which machine, where the system tells it.
    pub host: Option<String>,
    /// As which account: a user id, or a SID on Windows.
    pub account: Option<String>,
    /// The command, if it was a command.
    pub command: Option<String>,
    /// The directories of the logs, as they were given.
    pub directories: Vec<String>,
    /// How many day files were read in all, of whatever period.
    pub files: u64,
    /// How many bytes they have.
    pub bytes: u64,
}
