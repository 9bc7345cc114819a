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

/// What an event type says about the actor of its events.
///
/// An actor is there if the event has, or inherits, `actor.user_sid`, `actor.user_id`, or an `actor.kind` of
/// `service` or `system`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ActorRule {
    /// An actor is required if the log requires one of all events
    /// ([`require_actor`](crate::AuditLayerBuilder::require_actor)).
    #[default]
    Optional,
    /// Each event must have an actor. One that does not is flagged.
    Required,
    /// Events need no actor, whatever the log requires: none acts, or none that is known.
    Exempt,
}

impl ActorRule {
    /// Whether an event must have an actor. `by_log` says whether the log requires one of all events.
    pub(crate) fn is_required(self, by_log: bool) -> bool {
        match self {
            ActorRule::Optional => by_log,
            ActorRule::Required => true,
            ActorRule::Exempt => false,
        }
    }
}

#[cold]
fn missing_outcome(event: &str, violations: &mut Violations) -> Outcome {
    let text = format!("`{event}` must say its outcome; without one it is recorded as a success");
    violations.note(ViolationKind::Outcome, &text);
    Outcome::Success
}
