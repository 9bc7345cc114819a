//! What is wrong with a catalog of event types.

/// A catalog of event types can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// An event type's name is not a dotted lower-case one, as
    /// `[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+` describes it.
    #[error("the event type `{event}` needs a dotted lower-case name, such as `invoice.sent`")]
    Name {
        /// The name.
        event: String,
    },
    /// An event type has a name that only the log itself may use: `log.*`, or
    /// `audit.unnamed`.
    #[error("the event type `{event}` is the log's own")]
    Reserved {
        /// Its name.
        event: String,
    },
    /// An event type has no meaning.
    #[error("the event type `{event}` does not say what it means")]
    Meaning {
        /// Its name.
        event: String,
    },
    /// Two event types have the same name.
    #[error("the event type `{event}` stands in the catalog twice")]
    RepeatedName {
        /// The name.
        event: String,
    },
    /// An event type's id is outside of the range that it must be in.
    #[error("the event type `{event}` has the id {id}, outside of {first} to {last}")]
    IdRange {
        /// Its name.
        event: String,
        /// Its id.
        id: u16,
        /// The first id of the range.
        first: u16,
        /// The last id of the range.
        last: u16,
    },
    /// Two event types have the same id.
    #[error("the event type `{event}` has the id {id} of `{other}`")]
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
    /// A field of an event type has a name that only the log itself may use, or none.
    #[error("the event type `{event}` can't have a field `{field}`: it is the log's own")]
    ReservedField {
        /// The event type's name.
        event: String,
        /// The field's name.
        field: String,
    },
    /// An event type has more fields than can be checked.
    #[error("the event type `{event}` has {count} fields, and 64 at most can be checked")]
    Fields {
        /// Its name.
        event: String,
        /// How many it has.
        count: usize,
    },
}
