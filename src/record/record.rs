//! One audit event, as data.

use super::actor::Actor;
use super::outcome::Outcome;
use super::text::prefix::prefix;
use super::ts::timestamp::Timestamp;
use super::value::json::{Object, Value};
use super::value::to_value::to_value;
use super::violations::{ViolationKind, Violations};
use serde::Serialize;

/// One audit event, as data.
///
/// Most events never become a `Record` on their way into the log:
/// [`audit!`](crate::audit) writes the line straight from the call's fields.
/// [`AuditHandle::append`](crate::AuditHandle::append) takes a `Record`, for event types
/// known only at run time, and readers of a log return them.
///
/// ```
/// use tracing_audit::{Outcome, Record};
///
/// let record = Record::new("auth.failed")
///     .user_sid("S-1-5-21-1")
///     .resource("reason", "bad password")
///     .resource("attempts", 3)
///     .outcome(Outcome::Failure);
/// assert_eq!(record.resource["attempts"], 3);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// When the journal recorded the event; `None` until then. A time set here before
    /// appending is ignored: an emitter of evidence does not date it.
    pub ts: Option<Timestamp>,
    /// The event type, such as `auth.failed`.
    pub event: String,
    /// Who acted.
    pub actor: Actor,
    /// What the event is about, in the order in which the keys were added.
    pub resource: Object,
    /// How the action ended. Set it with [`Record::outcome`](Record::outcome()) before appending: `Success`
    /// that is only assigned here gives way to the default of the record's event type.
    pub outcome: Outcome,
    /// The trace in which the event happened. A W3C trace id has 32 hex digits.
    pub trace_id: Option<String>,
    /// The record's number in its journal; `None` until it is recorded. A number set here
    /// before appending is ignored.
    pub seq: Option<u64>,
    /// What was wrong with the values it was built from; flagged when it is appended.
    pub(crate) flaws: Violations,
    outcome_is_said: Said,
    /// The line that it was decoded from, if that has keys which are unknown here.
    pub(crate) newer: Option<Box<str>>,
}

/// Whether the outcome was set by [`Record::outcome`], or read from a line. Records that differ in nothing
/// else are equal.
#[derive(Clone, Copy, Debug)]
struct Said(bool);

impl PartialEq for Said {
    fn eq(&self, _: &Said) -> bool {
        true
    }
}

impl Record {
    /// Returns a record of this event type without an actor, a resource and an outcome. When it is
    /// appended, it gets the default outcome of its event type, which is mostly `Success`.
    #[must_use]
    pub fn new(event: impl Into<String>) -> Record {
        Record {
            ts: None,
            event: event.into(),
            actor: Actor::default(),
            resource: Object::new(),
            outcome: Outcome::Success,
            trace_id: None,
            seq: None,
            flaws: Violations::default(),
            outcome_is_said: Said(false),
            newer: None,
        }
    }

    /// Sets the actor.
    #[must_use]
    pub fn actor(mut self, actor: Actor) -> Record {
        self.actor = actor;
        self
    }

    /// Sets the actor's user.
    #[must_use]
    pub fn user_sid(mut self, user_sid: impl Into<String>) -> Record {
        self.actor.user_sid = Some(user_sid.into());
        self
    }

    /// Sets the actor's session.
    #[must_use]
    pub fn session_id(mut self, session_id: impl Into<String>) -> Record {
        self.actor.session_id = Some(session_id.into());
        self
    }

    /// Sets a value of the resource, in place of an earlier one for the same key.
    ///
    /// Takes anything that is [`Serialize`]: strings, numbers, booleans, `json!`, structs,
    /// lists. A `null` (such as `None`) is left out. A value that can't be serialized, or that
    /// nests deeper than 256 levels, is left out and flagged in `resource._violations`.
    #[must_use]
    pub fn resource(mut self, key: impl Into<String>, value: impl Serialize) -> Record {
        let key = key.into();
        match to_value(&value) {
            Ok((Value::Null, _)) => {}
            Ok((value, flaws)) => {
                for flaw in flaws {
                    self.flaws.note(ViolationKind::Value, &format!("`{}`: {flaw}", prefix(&key, 80)));
                }
                self.resource.insert(key, value);
            }
            Err(error) => {
                let text = format!("`{}` could not be serialized: {error}", prefix(&key, 80));
                self.flaws.note(ViolationKind::Value, &text);
            }
        }
        self
    }

    /// Sets the outcome.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Record {
        self.outcome = outcome;
        self.outcome_is_said = Said(true);
        self
    }

    /// Whether the record says its outcome, so that its event type's default does not count.
    pub(crate) fn says_its_outcome(&self) -> bool {
        self.outcome_is_said.0 || self.outcome == Outcome::Failure
    }

    /// Sets the trace id.
    #[must_use]
    pub fn trace_id(mut self, trace_id: impl Into<String>) -> Record {
        self.trace_id = Some(trace_id.into());
        self
    }

    /// Sets `resource.occurred_at`, the earlier time at which the event is known to have
    /// happened. `ts` stays the time at which it was recorded.
    ///
    /// Takes a [`Timestamp`] or a [`SystemTime`](std::time::SystemTime).
    #[must_use]
    pub fn occurred_at(self, time: impl Into<Timestamp>) -> Record {
        self.resource("occurred_at", time.into().to_string())
    }
}
