//! What an event type asks of its events beside their resource.

use crate::record::outcome::Outcome;
use crate::record::violations::{ViolationKind, Violations};

/// What an event type says about the outcome of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutcomeRule {
    /// An event that does not say its outcome has this one.
    Default(Outcome),
    /// Each event must say its outcome. One that does not is recorded as a success, and flagged.
    Required,
}

impl OutcomeRule {
    /// Returns the outcome of an event of the type `event` that does not say one. Notes a violation if it
    /// must.
    #[inline]
    pub(crate) fn unsaid(self, event: &str, violations: &mut Violations) -> Outcome {
        match self {
            OutcomeRule::Default(outcome) => outcome,
            OutcomeRule::Required => missing_outcome(event, violations),
        }
    }
}

#[cold]
fn missing_outcome(event: &str, violations: &mut Violations) -> Outcome {
    let text = format!("`{event}` must say its outcome; without one it is recorded as a success");
    violations.note(ViolationKind::Outcome, &text);
    Outcome::Success
}
