//! What one record is: its data, the one line it is kept as, and the way back.
//!
//! A record is one audit event. It is kept as one line of JSON, UTF-8, ended by a
//! single `\n`, with its keys in this order and nothing between them that could
//! be left out:
//!
//! ```json
//! {"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"auth.failed","actor":{"user_sid":"S-1-5-21-1"},"resource":{"reason":"bad password"},"outcome":"failure","seq":41}
//! ```
//!
//! | key | value |
//! |---|---|
//! | `_schema_version` | [`SCHEMA_VERSION`] |
//! | `ts` | when the journal recorded it: RFC 3339, UTC, nine fractional digits |
//! | `event` | the event type, a non-empty string |
//! | `actor` | always there; `user_sid` and `session_id`, each left out when empty |
//! | `resource` | what the event is about: JSON values by key; left out when empty |
//! | `outcome` | `success` or `failure` |
//! | `trace_id` | left out when unknown |
//! | `seq` | the record's number in its journal |
//!
//! The same as JSON Schema: `docs/schema/audit-record-1.schema.json`.
//!
//! Two keys of `resource` are the crate's own. `_violations` is an array of strings
//! that say what was wrong with the event as it was emitted: not what its [catalog
//! entry](EventType) says, say. `_truncated` says
//! which values were cut to keep the line within the size limit:
//! `{"key":{"bytes":n,"sha256":"…"}}`, the length and the SHA-256 of the whole
//! value (of a string its UTF-8 bytes, of anything else its JSON text). A value
//! outside `resource` stands there under its path (`event`, `actor.user_sid`,
//! `actor.session_id`, `trace_id`); `*` stands for the whole of `resource`, where
//! there were more keys than a line can hold.

pub(crate) mod catalog;
mod decode;
pub(crate) mod encode;
mod escape;
mod fit;
mod hex;
mod serialize;
mod timestamp;
mod value;
mod violations;

pub use catalog::{CONTROL_RECORDS, Catalog, EventType, Field, FieldKind};
pub(crate) use decode::Stamp;
pub use decode::{DecodeError, Lines};
pub(crate) use fit::{Cut, fit, prefix};
pub(crate) use hex::{hex, hex_digits, is_hex};
pub(crate) use serialize::to_value;
pub(crate) use timestamp::Day;
pub use timestamp::{ParseTimestampError, Timestamp};
pub use value::{Object, Value};
pub(crate) use violations::{ViolationKind, Violations};

use serde::Serialize;
use std::fmt;

/// The version of the record schema that this crate writes.
///
/// It rises only when a change breaks a reader; an added field does not. Each
/// version has an entry with migration notes in `CHANGELOG.md` under
/// `## Audit-Log Schema`.
pub const SCHEMA_VERSION: &str = "1";

/// The event type of a record that came without one.
pub(crate) const UNNAMED: &str = "audit.unnamed";

/// The resource key under which violations are flagged.
pub(crate) const VIOLATIONS: &str = "_violations";

/// The resource key under which cut values are flagged.
pub(crate) const TRUNCATED: &str = "_truncated";

/// How deep arrays and objects may nest in a resource value.
pub(crate) const MAX_DEPTH: usize = 64;

/// How what the event reports ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was done. The default.
    #[default]
    Success,
    /// It was refused, or it failed.
    Failure,
}

impl Outcome {
    /// `"success"` or `"failure"`, as it stands in the record.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
        }
    }

    /// The outcome of that name, in exactly this spelling.
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

/// Who did it. Both parts are left out of the record when `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Actor {
    /// The user: a Windows SID, a uid, or whatever names a user for good.
    pub user_sid: Option<String>,
    /// The session in which the user acted.
    pub session_id: Option<String>,
}

impl Actor {
    /// An actor of whom nothing is known yet.
    #[must_use]
    pub fn new() -> Actor {
        Actor::default()
    }

    /// With this user.
    #[must_use]
    pub fn user_sid(mut self, user_sid: impl Into<String>) -> Actor {
        self.user_sid = Some(user_sid.into());
        self
    }

    /// With this session.
    #[must_use]
    pub fn session_id(mut self, session_id: impl Into<String>) -> Actor {
        self.session_id = Some(session_id.into());
        self
    }
}

/// One audit event, as data.
///
/// Most events never become a `Record` on their way into the log:
/// [`audit!`](crate::audit) writes the line straight from the call's fields. A
/// `Record` is what [`AuditHandle::append`](crate::AuditHandle::append) takes,
/// for event types known only at run time, and what reading a log gives back.
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
    /// When the journal recorded it; `None` before it has. A time given here
    /// before appending is ignored: who emits evidence does not date it.
    pub ts: Option<Timestamp>,
    /// The event type, such as `auth.failed`.
    pub event: String,
    /// Who did it.
    pub actor: Actor,
    /// What it is about, in the order in which it was given.
    pub resource: Object,
    /// How it ended.
    pub outcome: Outcome,
    /// The trace in which it happened: 32 hex digits, if it is a W3C trace id.
    pub trace_id: Option<String>,
    /// Its number in its journal; `None` before it has one. A number given here
    /// before appending is ignored.
    pub seq: Option<u64>,
    /// What was wrong with what it was built from, to be flagged when it is appended.
    pub(crate) flaws: Violations,
}

impl Record {
    /// A successful event of this type.
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
        }
    }

    /// With this actor.
    #[must_use]
    pub fn actor(mut self, actor: Actor) -> Record {
        self.actor = actor;
        self
    }

    /// With this user as its actor.
    #[must_use]
    pub fn user_sid(mut self, user_sid: impl Into<String>) -> Record {
        self.actor.user_sid = Some(user_sid.into());
        self
    }

    /// With this session of its actor.
    #[must_use]
    pub fn session_id(mut self, session_id: impl Into<String>) -> Record {
        self.actor.session_id = Some(session_id.into());
        self
    }

    /// With this value of the resource; the last one given for a key holds.
    ///
    /// Anything [`Serialize`] will do: strings, numbers, booleans, `json!`, structs,
    /// lists. A `null` (such as `None`) is left out. A value that can't be
    /// serialized is left out and flagged in `resource._violations`.
    #[must_use]
    pub fn resource(mut self, key: impl Into<String>, value: impl Serialize) -> Record {
        let key = key.into();
        match to_value(&value) {
            Ok(Value::Null) => {}
            Ok(value) => {
                self.resource.insert(key, value);
            }
            Err(error) => {
                let text = format!("`{key}` could not be serialized: {error}");
                self.flaws.note(ViolationKind::Value, &text);
            }
        }
        self
    }

    /// With this outcome.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Record {
        self.outcome = outcome;
        self
    }

    /// With this trace id.
    #[must_use]
    pub fn trace_id(mut self, trace_id: impl Into<String>) -> Record {
        self.trace_id = Some(trace_id.into());
        self
    }

    /// With the earlier time at which it is known to have happened, as
    /// `resource.occurred_at`. `ts` stays the time at which it was recorded.
    #[must_use]
    pub fn occurred_at(self, time: impl Into<Timestamp>) -> Record {
        self.resource("occurred_at", time.into().to_string())
    }

    /// Reads one line, without its `\n`, as strictly as it is written.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], with the byte, for anything that this crate would not have
    /// written: an unknown, missing, repeated or misplaced key, another schema
    /// version, a value of the wrong kind, or the same JSON in another spelling.
    pub fn from_line(line: &[u8]) -> Result<Record, DecodeError> {
        decode::record(line)
    }
}

/// A resource key that an event may have, which is `wanted`, unless that is the log's
/// own or taken already; then it is another one, and `violations` says so.
pub(crate) fn free_key(wanted: &str, is_taken: impl Fn(&str) -> bool, violations: &mut Violations) -> String {
    let is_free = |key: &str| key != VIOLATIONS && key != TRUNCATED && !is_taken(key);
    if is_free(wanted) {
        return wanted.to_owned();
    }
    let mut number = 1_u64;
    loop {
        let key =
            if number == 1 { format!("resource.{wanted}") } else { format!("resource.{wanted}#{number}") };
        if is_free(&key) {
            let shown = prefix(&key, 100);
            violations.push(&format!("`{}` is taken: kept as `{shown}`", prefix(wanted, 80)));
            return key;
        }
        number += 1;
    }
}

/// Whether only the log itself writes records of this type.
pub(crate) const fn is_of_the_log(event: &str) -> bool {
    matches!(event.as_bytes(), [b'l', b'o', b'g', b'.', ..])
}

/// The record's line, without the `\n`; `ts` and `seq` are left out while `None`.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode::to_line(self))
    }
}
