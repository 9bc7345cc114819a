//! How an event ended.

use std::fmt;

/// How the reported action ended. Default: `Success`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The action was done.
    #[default]
    Success,
    /// The action was refused, or it failed.
    Failure,
}

impl Outcome {
    /// Returns `"success"` or `"failure"`, as the record spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
        }
    }

    /// Returns the outcome of this name, in exactly the record's spelling.
    pub(crate) fn from_name(name: &str) -> Option<Outcome> {
        match name {
            "success" => Some(Outcome::Success),
            "failure" => Some(Outcome::Failure),
            _ => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
