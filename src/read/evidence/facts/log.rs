//! What is known of one log.

use super::access::Access;
use super::completeness::Completeness;
use super::configuration::Configuration;
use super::copies::Copies;
use super::integrity::Integrity;
use super::interruptions::Interruptions;
use super::personal::Redaction;
use super::retention::Retention;
use super::time::Time;
use crate::read::stats::Place;
use serde::Serialize;

/// What is known of one log in the period.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LogEvidence {
    /// The journal's id, 32 hex digits.
    pub journal: Option<String>,
    /// How many records there are of the period.
    pub records: u64,
    /// The earliest of them, by its time.
    pub first: Option<Place>,
    /// The latest one.
    pub last: Option<Place>,
    /// Whether the lines are as they were sealed.
    pub integrity: Integrity,
    /// Whether every record is there.
    pub completeness: Completeness,
    /// When logging was off or failing.
    pub interruptions: Interruptions,
    /// Whether the times can be relied on.
    pub time: Time,
    /// Whether records are kept as long as they should be.
    pub retention: Retention,
    /// Who can read or change the files.
    pub access: Access,
    /// With which settings it was written.
    pub configuration: Configuration,
    /// Whether there are copies elsewhere.
    pub copies: Copies,
    /// Which values it was set to leave out, each time that became another setting; the one at the begin of the period comes first.
    pub redaction: Vec<Redaction>,
    /// How many records of the log about itself, `log.*`, were not looked at since there are too many.
    pub not_looked_at: u64,
}

impl LogEvidence {
    /// Returns what the log is called: its origin, or its journal's id.
    #[must_use]
    pub fn name(&self) -> &str {
        self.integrity.origin.as_deref().or(self.journal.as_deref()).unwrap_or("a log without a name")
    }
}
