//! The result: a list of checks.

use super::check::{Check, CheckState};
use crate::published::PublishedStatus;
use serde::{Serialize, Serializer};

/// How a log is doing: a list of checks.
///
/// Serialized, it is a map with `version` 1, for programs.
#[derive(Clone, Debug)]
pub struct Health {
    pub(super) checks: Vec<Check>,
    pub(super) published: Option<PublishedStatus>,
}

impl Health {
    /// Returns all checks, also those with nothing to tell.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Returns the state of the worst check: critical before warning before unknown.
    #[must_use]
    pub fn state(&self) -> CheckState {
        self.checks.iter().map(|check| check.state).max().unwrap_or(CheckState::Unknown)
    }

    /// Returns what the writer has published last, if that can be read.
    #[must_use]
    pub fn published(&self) -> Option<&PublishedStatus> {
        self.published.as_ref()
    }
}

impl Serialize for Health {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &1)?;
        map.serialize_entry("state", &self.state())?;
        map.serialize_entry("exit_status", &self.state().code())?;
        map.serialize_entry("checks", &self.checks)?;
        map.serialize_entry("published", &self.published)?;
        map.end()
    }
}
