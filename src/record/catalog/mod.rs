//! Which event types there are, and what each of them says.
//!
//! A catalog is the contract between those who emit events and those who read them.
//! The compiler holds typed events to it, the log every other event (`check`), and
//! a document for readers is made from it (`document`). Typed events and their
//! catalog are defined together, by [`audit_events!`](crate::audit_events).

mod check;
mod control;
mod defined;
mod document;
mod fault;
mod index;
mod live;

pub(crate) use check::Checker;
pub use control::CONTROL_RECORDS;
pub use defined::{check_types, paragraph, paragraph_len, text};
pub(crate) use document::generated_part;
use fault::fault;
#[cfg(windows)]
pub(crate) use index::WINDOWS_ID_OF_OTHERS;
pub(crate) use index::{CatalogIndex, unknown_type};
pub(crate) use live::LiveCatalog;

use crate::error::CatalogError;
use std::borrow::Cow;
use std::fmt;

/// The ids that an application's event types may have, the first and the last.
pub(crate) const APPLICATION_IDS: [u16; 2] = [200, 899];

/// One event type: its name, what it means, and the fields of its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventType {
    /// The name, dotted and in lower case: `invoice.sent`.
    pub name: &'static str,
    /// What has happened when it is recorded, as a sentence.
    pub meaning: &'static str,
    /// The fields of its resource, 64 at most.
    pub fields: &'static [Field],
    /// Whether its resource may have any other field.
    pub free: bool,
    /// Its event id in the Windows Event Log; 1000 there without one.
    pub id: Option<u16>,
}

impl EventType {
    /// An event type without fields, and without an id.
    #[must_use]
    pub const fn new(name: &'static str, meaning: &'static str) -> EventType {
        EventType { name, meaning, fields: &[], free: false, id: None }
    }

    /// With these fields.
    #[must_use]
    pub const fn fields(mut self, fields: &'static [Field]) -> EventType {
        self.fields = fields;
        self
    }

    /// With any other field as well.
    #[must_use]
    pub const fn free(mut self) -> EventType {
        self.free = true;
        self
    }

    /// With this id.
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
    /// Its key in `resource`.
    pub name: &'static str,
    /// What it says.
    pub meaning: &'static str,
    /// What kind of value it has.
    pub kind: FieldKind,
    /// Whether every event of the type has it.
    pub required: bool,
}

impl Field {
    /// A field that every event of its type has.
    #[must_use]
    pub const fn new(name: &'static str, meaning: &'static str, kind: FieldKind) -> Field {
        Field { name, meaning, kind, required: true }
    }

    /// That may be left out.
    #[must_use]
    pub const fn optional(mut self) -> Field {
        self.required = false;
        self
    }
}

/// The kind of a field's value, as JSON knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldKind {
    /// Text; bytes are text, too, base64.
    String,
    /// A number without a fraction. Beyond 64 bits it is recorded as digits in a
    /// string.
    Integer,
    /// A number. NaN and the infinities are recorded as strings.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array,
    /// Values by name.
    Object,
    /// Any of these.
    Any,
}

impl FieldKind {
    /// `string`, `integer`, `number`, `boolean`, `array`, `object` or `any`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            FieldKind::String => "string",
            FieldKind::Integer => "integer",
            FieldKind::Number => "number",
            FieldKind::Boolean => "boolean",
            FieldKind::Array => "array",
            FieldKind::Object => "object",
            FieldKind::Any => "any",
        }
    }
}

impl fmt::Display for FieldKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Event types, to be given to
/// [`AuditLayerBuilder::catalog`](crate::AuditLayerBuilder::catalog).
///
/// [`audit_events!`](crate::audit_events) defines typed events and a catalog of them
/// together. An entry may also be written by hand:
///
/// ```
/// use tracing_audit::record::{Catalog, EventType, Field, FieldKind};
///
/// const INVOICING: Catalog = Catalog::new(&[EventType::new("invoice.sent", "An invoice was sent.")
///     .id(200)
///     .fields(&[
///         Field::new("number", "Its number.", FieldKind::Integer),
///         Field::new("copy_to", "Who else got it.", FieldKind::Array).optional(),
///     ])]);
/// assert!(INVOICING.check().is_ok());
/// ```
///
/// | event ids | of |
/// |---|---|
/// | 100 to 199 | the built-in event types ([`events::CATALOG`](crate::events::CATALOG)) |
/// | 200 to 899 | an application's |
/// | 900 to 999 | the log's own ([`CONTROL_RECORDS`]) |
/// | 1000 | in the Windows Event Log: types without an id, and those that are not in the catalog |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog(Cow<'static, [EventType]>);

impl Catalog {
    /// The catalog of these event types. They are checked when a log is opened with
    /// it, or by [`check`](Catalog::check).
    #[must_use]
    pub const fn new(types: &'static [EventType]) -> Catalog {
        Catalog(Cow::Borrowed(types))
    }

    /// Its event types, and those of the other.
    #[must_use]
    pub fn and(self, other: impl Into<Catalog>) -> Catalog {
        let mut types = self.0.into_owned();
        types.extend_from_slice(&other.into().0);
        Catalog(Cow::Owned(types))
    }

    /// Its event types, in the order in which they were given.
    #[must_use]
    pub fn event_types(&self) -> &[EventType] {
        &self.0
    }

    /// The event type of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<EventType> {
        self.0.iter().copied().find(|event_type| event_type.name == name)
    }

    /// Whether an application can use it.
    ///
    /// # Errors
    ///
    /// [`CatalogError`], which names the event type.
    pub fn check(&self) -> Result<(), CatalogError> {
        match fault(&self.0, Some(APPLICATION_IDS)) {
            Some(fault) => Err(fault.to_error(&self.0)),
            None => Ok(()),
        }
    }
}

impl From<&[EventType]> for Catalog {
    fn from(types: &[EventType]) -> Catalog {
        types.iter().copied().collect()
    }
}

impl<const N: usize> From<[EventType; N]> for Catalog {
    fn from(types: [EventType; N]) -> Catalog {
        types.into_iter().collect()
    }
}

impl From<Vec<EventType>> for Catalog {
    fn from(types: Vec<EventType>) -> Catalog {
        Catalog(Cow::Owned(types))
    }
}

impl FromIterator<EventType> for Catalog {
    fn from_iter<I: IntoIterator<Item = EventType>>(types: I) -> Catalog {
        Catalog(Cow::Owned(types.into_iter().collect()))
    }
}
