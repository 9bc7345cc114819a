//! `status.json`: what the process that writes a log publishes of its state, for those who can't ask it.
//!
//! The file is beside the day files, and all who may read these may read it. It is a JSON object in one line, whose `version` is
//! 1; a later build may add keys. The writer replaces it when the state has changed, at most once a second; while nothing happens,
//! nothing is written, so its age says nothing. `handle` writes it, `read` reads it.

use crate::host::process::ProcessIdentity;
use crate::record::Timestamp;
use serde::{Deserialize, Serialize};

/// The name of the file.
pub(crate) const STATUS: &str = "status.json";

/// The state of a log, as the process that writes it has published it in `status.json`.
///
/// The numbers are those of [`Stats`](crate::Stats), which explains them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublishedStatus {
    /// 1.
    pub version: u64,
    /// When it was written.
    pub written: Timestamp,
    /// Whether the log was closed since: its process has ended as it should.
    pub closed: bool,
    /// The process that writes the log.
    pub process: ProcessIdentity,
    /// The journal's id, 32 hex digits.
    pub journal: String,
    /// The name of the application, if it is set.
    pub application: Option<String>,
    /// The number of events that were recorded since the log was opened.
    pub recorded: u64,
    /// The number of events that were refused since then.
    pub refused: u64,
    /// The number of `log.gap` records since then.
    pub gaps: u64,
    /// The number of bytes that were appended since then.
    pub bytes: u64,
    /// The number of the last record.
    pub last_seq: Option<u64>,
    /// The number of the last record that is in a day file.
    pub committed_seq: Option<u64>,
    /// The number of the last record that is on disk.
    pub synced_seq: Option<u64>,
    /// The number before which all records were pruned.
    pub kept_from_seq: u64,
    /// How many bytes the intake holds; `None` without one.
    pub intake_fill: Option<u64>,
    /// How many it has room for.
    pub intake_bytes: u64,
    /// When an event was refused last, and why.
    pub last_error: Option<PublishedError>,
    /// Whether nothing is pruned since the clock was set.
    pub pruning_suspended: bool,
    /// The free bytes on the log's disk, when it was written.
    pub disk_free: Option<u64>,
    /// How full the disk is: `fine`, `low`, `critical` or `full`.
    pub disk_level: String,
    /// The setting `disk_low_bytes`.
    pub disk_low_bytes: u64,
    /// The setting `disk_critical_bytes`.
    pub disk_critical_bytes: u64,
    /// The setting `retention_days`.
    pub retention_days: u32,
    /// Each mirror.
    pub mirrors: Vec<PublishedMirror>,
    /// The seals; `None` if the log is not sealed.
    pub seal: Option<PublishedSeal>,
    /// The last errors and warnings for the runtime log since the log was opened, the oldest first, at most ten.
    pub reports: Vec<PublishedReport>,
}

/// An error, as `status.json` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublishedError {
    /// When.
    pub at: Timestamp,
    /// The message, with its causes.
    pub error: String,
}

/// A mirror, as `status.json` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublishedMirror {
    /// Its name.
    pub name: String,
    /// The number of the last record that it has acknowledged.
    pub delivered_seq: Option<u64>,
    /// The number of records that it has not acknowledged.
    pub behind_records: u64,
    /// The time of the first of these, if it is known.
    pub behind_since: Option<Timestamp>,
    /// The number of records that the receiver has discarded.
    pub rejected: u64,
    /// The number of records in `.state/dead_letters/`.
    pub dead_letters: u64,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// Its last error.
    pub last_error: Option<PublishedError>,
}

/// The state of the seals, as `status.json` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublishedSeal {
    /// The name under which the log is sealed.
    pub origin: String,
    /// The number of the last record that a signed checkpoint covers.
    pub sealed_seq: Option<u64>,
    /// Since when nothing could be sealed.
    pub failing_since: Option<Timestamp>,
    /// Why, the last time.
    pub last_error: Option<String>,
    /// Since when the signer has not signed.
    pub signer_failing_since: Option<Timestamp>,
    /// Why, the last time.
    pub signer_last_error: Option<String>,
    /// When the log has last verified itself, if that is known.
    pub verified_at: Option<Timestamp>,
    /// How many changed or missing things it has found then.
    pub verified_findings: Option<u64>,
}

/// An error or a warning for the runtime log, as `status.json` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublishedReport {
    /// When.
    pub at: Timestamp,
    /// `ERROR` or `WARN`.
    pub level: String,
    /// The text.
    pub text: String,
}
