//! The errors of a catalog of event types.

use super::debug::debug_for_people;

/// A catalog of event types can't be used.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// The name of an event type is not dotted and in lower case: it must match
    /// `[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+`.
    #[error("the event type `{event}` needs a dotted lower-case name, such as `invoice.sent`")]
    Name {
        /// The name of the event type.
        event: String,
    },
    /// The name of an event type is reserved for the log itself: `log.*` or `audit.unnamed`.
    #[error("the event type `{event}` is the log's own")]
    Reserved {
        /// The name of the event type.
        event: String,
    },
    /// The meaning of an event type is empty.
    #[error("the event type `{event}` has an empty meaning")]
    Meaning {
        /// The name of the event type.
        event: String,
    },
    /// Two event types have the same name.
    #[error("the event type `{event}` is in the catalog twice")]
    RepeatedName {
        /// The name of the event type.
        event: String,
    },
    /// The id of an event type is out of its range.
    #[error("the event type `{event}` has the id {id}, which is not from {first} to {last}")]
    IdRange {
        /// The name of the event type.
        event: String,
        /// The id.
        id: u16,
        /// The first id of the range.
        first: u16,
        /// The last id of the range.
        last: u16,
    },
    /// Two event types have the same id.
    #[error("the event type `{event}` has the id {id}, which is that of `{other}`")]
    RepeatedId {
        /// The name of one.
        event: String,
        /// The name of the other.
        other: String,
        /// Their id.
        id: u16,
    },
    /// Two fields of an event type have the same name.
    #[error("the event type `{event}` has the field `{field}` twice")]
    RepeatedField {
        /// The event type's name.
        event: String,
        /// The field's name.
        field: String,
    },
    /// The name of a field is reserved for the log itself, or empty.
    #[error("the event type `{event}` can't have a field `{field}`: that name is the log's own")]
    ReservedField {
        /// The event type's name.
        event: String,
        /// The field's name.
        field: String,
    },
    /// An event type has more fields than can be checked (64).
    #[error("the event type `{event}` has {count} fields; at most 64 can be checked")]
    Fields {
        /// The name of the event type.
        event: String,
        /// How many fields it has.
        count: usize,
    },
}

debug_for_people!(CatalogError {
    Name { event },
    Reserved { event },
    Meaning { event },
    RepeatedName { event },
    IdRange { event, id, first, last },
    RepeatedId { event, other, id },
    RepeatedField { event, field },
    ReservedField { event, field },
    Fields { event, count },
});
