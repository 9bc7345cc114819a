//! The records of what operators and auditors do with the command `auditlog`.

use crate::record::catalog::event_type::{EventType, Field};
use crate::record::catalog::field_kind::FieldKind;

/// OCSF's class of what happens to a log itself: Event Log Activity.
pub(super) const EVENT_LOG: u32 = 1008;

/// `log.requested`: see the room `request`.
pub(super) const REQUESTED: EventType = EventType::new(
    "log.requested",
    "The log was asked for something with the command `auditlog`. What was done of it follows.",
)
.id(928)
.ocsf(EVENT_LOG, 99)
.fields(&[
    Field::new(
        "request",
        "What is asked: `append`, `prune`, `mirror_replay` or `record_access`.",
        FieldKind::String,
    ),
    Field::new(
        "id",
        "The request's id, 32 hex digits; missing if no other process had the log open. The same one twice: the process has ended before it could note that it was done.",
        FieldKind::String,
    )
    .optional(),
    Field::new("uid", "The user id of the account that has asked, where there are user ids.", FieldKind::Integer)
        .optional(),
    Field::new("event", "For `append`: the event type.", FieldKind::String).optional(),
    Field::new("trust_clock", "For `prune`: whether the clock was said to be right.", FieldKind::Boolean)
        .optional(),
    Field::new(
        "older_than",
        "For `prune`: the age of day files in days, if it is not that of the settings.",
        FieldKind::Integer,
    )
    .optional(),
    Field::new(
        "even_changed",
        "For `prune`: whether day files go that differ from their seals.",
        FieldKind::Boolean,
    )
    .optional(),
    Field::new("mirror", "For `mirror_replay`: the mirror's name.", FieldKind::String).optional(),
    Field::new(
        "from_seq",
        "For `mirror_replay`: the `seq` of the first record that is delivered again.",
        FieldKind::Integer,
    )
    .optional(),
]);

/// `log.read`: appended to the log of those who read, not to the one that is read.
pub(super) const READ: EventType = EventType::new(
    "log.read",
    "Records of another log were read with the command `auditlog`, which was told to record that here.",
)
.id(929)
.ocsf(EVENT_LOG, 99)
.fields(&[
    Field::new("uid", "The user id of the account that reads, where there are user ids.", FieldKind::Integer)
        .optional(),
    Field::new("user", "The name of that account, if it is known.", FieldKind::String).optional(),
    Field::new("command", "The command, such as `query`.", FieldKind::String),
    Field::new("arguments", "Its arguments: what was searched for, and where.", FieldKind::Array),
    Field::new("directories", "The directories that were read, as absolute paths.", FieldKind::Array),
    Field::new("records", "The number of records that were found.", FieldKind::Integer).optional(),
]);
