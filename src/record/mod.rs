//! Records: their data, the line of JSON that each becomes, and reading lines back.
//!
//! A record is one audit event. It is kept as one line of JSON in UTF-8, ended by a
//! single `\n`, without optional white space, with its keys in this order:
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
//! | `actor` | always present; who did it, from where and for whom ([`Actor`]): `user_sid`, `user_id`, `session_id`, `kind`, `tenant`, `address`, `user_agent`, each left out when empty |
//! | `resource` | what the event is about: JSON values by key; left out when empty. `type`, `id` and `name` say on what, in all event types |
//! | `outcome` | `success` or `failure` |
//! | `trace_id` | left out when unknown |
//! | `seq` | the record's number in its journal |
//!
//! The JSON Schema of a record is `docs/schema/audit-record-1.schema.json`. A later version of this crate
//! may add keys, at the top level and in `actor`, without another schema version: see
//! [`Record::from_newer_line`].
//!
//! Three keys of `resource` are reserved. `_violations` is an array of strings that say what
//! was wrong with the event as it was emitted, such as a field that is not in its [catalog
//! entry](EventType). `_truncated` names the values that were cut to keep the line within
//! the size limit: `{"key":{"bytes":n}}`, the length of the whole value (the UTF-8 bytes of a
//! string, the JSON text of any other value). Builds before the first release also wrote its
//! `sha256`, and such lines are still records. A value outside `resource` is named by its path, such as
//! `event`, `actor.user_agent` (512 bytes at most) or `trace_id`. `*` names the whole of `resource`, if
//! keys were left out of it: of more keys than a line can hold, those that take most; and keys that are
//! longer than a 16th of a line. `_redacted` is an array of the keys whose values were replaced by the
//! string `[redacted]` ([`redact`]).
//!
//! Parts: `text`, `ts` and `value` hold what a record is made of, `catalog` the event
//! types, `line` the encoder, the decoder and the size limit.

pub(crate) mod actor;
pub(crate) mod catalog;
mod changes;
mod line;
mod outcome;
#[allow(clippy::module_inception)]
mod record;
pub mod redact;
mod schema;
mod text;
mod ts;
mod value;
mod violations;

pub use actor::{Actor, ActorKind};
pub(crate) use actor::{
    ActorKey, ActorKeys, Checked, Flaw, check as check_actor, is_plain as is_plain_actor,
};
pub(crate) use catalog::SETTINGS;
pub use catalog::{ActorRule, CONTROL_RECORDS, Catalog, EventType, Field, FieldKind, Ocsf, OutcomeRule};
pub use changes::{Changes, changes};
pub use line::decode::{DecodeError, DecodeErrorKind};
pub(crate) use line::encode;
pub(crate) use line::fit::{Cut, fit};
pub(crate) use line::frame::Frame;
pub use line::lines::Lines;
pub(crate) use line::plain::PlainLines;
pub(crate) use line::stamp::{Stamp, is_line_of_the_log};
pub use outcome::Outcome;
pub use record::Record;
pub use schema::SCHEMA_VERSION;
pub(crate) use schema::{
    MAX_DEPTH, REDACTED, TRUNCATED, UNNAMED, VIOLATIONS, is_of_the_log, is_reserved_key,
};
pub(crate) use text::escape::push_string;
pub(crate) use text::hex::{bytes_of_hex, hex, hex_digits, is_hex};
pub(crate) use text::prefix::prefix;
pub use text::shown::{escaped, escaped_json};
pub(crate) use text::special::first_special;
pub(crate) use ts::day::Day;
pub use ts::system_time::TimestampRangeError;
pub use ts::timestamp::{ParseTimestampError, Timestamp};
pub(crate) use value::convert::widened;
pub use value::json::{Object, Value};
pub use value::object_iter::{ObjectIntoIter, ObjectIter};
pub(crate) use value::to_value::to_value;
pub(crate) use violations::{ViolationKind, Violations, free_key};
