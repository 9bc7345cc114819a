//! One check, and its state.

use serde::Serialize;
use std::fmt;

/// The state of a check, in the order of their weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckState {
    /// All is well.
    Ok,
    /// It could not be found out.
    Unknown,
    /// Someone should look at it in the next days.
    Warning,
    /// Records are being lost, or may be soon, or are not what they were.
    Critical,
}

impl CheckState {
    /// Returns the exit status that monitoring plugins have for it: 0 for OK, 1 for a warning, 2 for critical, 3 for
    /// unknown.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            CheckState::Ok => 0,
            CheckState::Warning => 1,
            CheckState::Critical => 2,
            CheckState::Unknown => 3,
        }
    }

    /// Returns the word that monitoring plugins have for it: `OK`, `WARNING`, `CRITICAL` or `UNKNOWN`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            CheckState::Ok => "OK",
            CheckState::Warning => "WARNING",
            CheckState::Critical => "CRITICAL",
            CheckState::Unknown => "UNKNOWN",
        }
    }
}

impl fmt::Display for CheckState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// What was looked at: `writer`, `disk`, `mirror:otlp` and so on.
    pub name: String,
    /// How it is.
    pub state: CheckState,
    /// What was found, as a sentence for people.
    pub detail: String,
}

impl Check {
    fn new(name: impl Into<String>, state: CheckState, detail: impl Into<String>) -> Check {
        Check { name: name.into(), state, detail: detail.into() }
    }

    pub(super) fn ok(name: impl Into<String>, detail: impl Into<String>) -> Check {
        Check::new(name, CheckState::Ok, detail)
    }

    pub(super) fn unknown(name: impl Into<String>, detail: impl Into<String>) -> Check {
        Check::new(name, CheckState::Unknown, detail)
    }

    pub(super) fn warning(name: impl Into<String>, detail: impl Into<String>) -> Check {
        Check::new(name, CheckState::Warning, detail)
    }

    pub(super) fn critical(name: impl Into<String>, detail: impl Into<String>) -> Check {
        Check::new(name, CheckState::Critical, detail)
    }

    /// Makes it at least this bad.
    pub(super) fn at_least(self, state: CheckState) -> Check {
        Check { state: self.state.max(state), ..self }
    }
}

/// `WARNING hold: …`
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.state, self.name, self.detail)
    }
}
