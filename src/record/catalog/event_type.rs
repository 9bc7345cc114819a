//! One entry of a catalog: an event type with its fields.

use super::field_kind::FieldKind;

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
}

impl EventType {
    /// Returns an event type without fields and without an id.
    #[must_use]
    pub const fn new(name: &'static str, meaning: &'static str) -> EventType {
        EventType { name, meaning, fields: &[], free: false, id: None }
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
