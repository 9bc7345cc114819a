//! One entry of a catalog: an event type with its fields.

use super::field_kind::FieldKind;
use super::ocsf::Ocsf;
use super::rules::{ActorRule, OutcomeRule};
use crate::record::outcome::Outcome;

/// The ids of this crate's own event types: the first and the last.
pub(super) const BUILT_IN_IDS: [u16; 2] = [100, 199];

/// One event type: its name, its meaning, and the fields of its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventType {
    /// The name, dotted and in lower case, such as `invoice.sent`.
    pub name: &'static str,
    /// What has happened when an event of this type is recorded, as a sentence.
    pub meaning: &'static str,
    /// The fields of its resource; at most 64.
    pub fields: &'static [Field],
    /// Whether the resource may have other fields, too.
    pub free: bool,
    /// Its event id, which the Windows Event Log shows. Without one, it shows 1000.
    pub id: Option<u16>,
    /// The outcome of an event that does not say one.
    pub outcome: OutcomeRule,
    /// Whether an event must have an actor.
    pub actor: ActorRule,
    /// The event's name in OWASP's Application Logging Vocabulary, such as `authz_fail`, if it has one
    /// there.
    pub owasp: Option<&'static str>,
    /// The event's class and activity in OCSF, if they are known.
    pub ocsf: Option<Ocsf>,
    /// Whether the id is one of this crate's own range.
    pub(super) has_reserved_id: bool,
}

impl EventType {
    /// Returns an event type without fields and without an id, whose events are successes unless they say
    /// otherwise.
    #[must_use]
    pub const fn new(name: &'static str, meaning: &'static str) -> EventType {
        EventType {
            name,
            meaning,
            fields: &[],
            free: false,
            id: None,
            outcome: OutcomeRule::Default(Outcome::Success),
            actor: ActorRule::Optional,
            owasp: None,
            ocsf: None,
            has_reserved_id: false,
        }
    }

    /// Sets the fields.
    #[must_use]
    pub const fn fields(mut self, fields: &'static [Field]) -> EventType {
        self.fields = fields;
        self
    }

    /// Allows other fields, too.
    #[must_use]
    pub const fn free(mut self) -> EventType {
        self.free = true;
        self
    }

    /// Sets the event id. An application's ids are 200 to 899.
    #[must_use]
    pub const fn id(mut self, id: u16) -> EventType {
        self.id = Some(id);
        self.has_reserved_id = false;
        self
    }

    /// Sets the outcome of events that do not say one.
    #[must_use]
    pub const fn default_outcome(mut self, outcome: Outcome) -> EventType {
        self.outcome = OutcomeRule::Default(outcome);
        self
    }

    /// Requires each event to say its outcome. One that does not is recorded as a success, and flagged.
    #[must_use]
    pub const fn requires_outcome(mut self) -> EventType {
        self.outcome = OutcomeRule::Required;
        self
    }

    /// Requires each event to have an actor. One that does not is flagged.
    #[must_use]
    pub const fn requires_actor(mut self) -> EventType {
        self.actor = ActorRule::Required;
        self
    }

    /// Exempts the events from a log's requirement of an actor.
    #[must_use]
    pub const fn no_actor(mut self) -> EventType {
        self.actor = ActorRule::Exempt;
        self
    }

    /// Sets the event's name in OWASP's Application Logging Vocabulary.
    #[must_use]
    pub const fn owasp(mut self, name: &'static str) -> EventType {
        self.owasp = Some(name);
        self
    }

    /// Sets the event's class and activity in OCSF: `class_uid`, such as 3002, and `activity_id`, such as 1.
    #[must_use]
    pub const fn ocsf(mut self, class_uid: u32, activity_id: u32) -> EventType {
        self.ocsf = Some(Ocsf::new(class_uid, activity_id));
        self
    }

    /// Marks the id as one of this crate's own range, for `audit_events!` inside this crate.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_ids_from(mut self, ids: [u16; 2]) -> EventType {
        self.has_reserved_id = ids[0] == BUILT_IN_IDS[0] && ids[1] == BUILT_IN_IDS[1];
        self
    }
}

/// One field of an event type's resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// The key in `resource`.
    pub name: &'static str,
    /// The meaning of its value.
    pub meaning: &'static str,
    /// The kind of its value.
    pub kind: FieldKind,
    /// Whether every event of the type has the field.
    pub required: bool,
}

impl Field {
    /// Returns a field that every event of its type has.
    #[must_use]
    pub const fn new(name: &'static str, meaning: &'static str, kind: FieldKind) -> Field {
        Field { name, meaning, kind, required: true }
    }

    /// Allows events without the field.
    #[must_use]
    pub const fn optional(mut self) -> Field {
        self.required = false;
        self
    }
}
