//! A catalog: a list of event types.

use super::event_type::EventType;
use super::fault::fault;
use crate::error::CatalogError;
use std::borrow::Cow;

/// The ids that an application's event types may have: the first and the last.
pub(crate) const APPLICATION_IDS: [u16; 2] = [200, 899];

/// A list of event types, which [`AuditLayerBuilder::catalog`](crate::AuditLayerBuilder::catalog)
/// adds to a log.
///
/// [`audit_events!`](crate::audit_events) defines typed events together with their catalog.
/// An entry may also be written by hand:
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
/// | event ids | belong to |
/// |---|---|
/// | 100 to 199 | this crate's event types ([`events::CATALOG`](crate::events::CATALOG), [`events::common::CATALOG`](crate::events::common::CATALOG)) |
/// | 200 to 899 | an application's |
/// | 900 to 999 | the log's own ([`CONTROL_RECORDS`](super::CONTROL_RECORDS)) |
/// | 1000 | in the Windows Event Log, types without an id and types that are in no catalog |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog(Cow<'static, [EventType]>);

impl Catalog {
    /// Returns the catalog of these event types. They are checked when a log is opened with the
    /// catalog, or by [`check`](Catalog::check).
    #[must_use]
    pub const fn new(types: &'static [EventType]) -> Catalog {
        Catalog(Cow::Borrowed(types))
    }

    /// Returns the catalog of this one's event types and the other's.
    #[must_use]
    pub fn and(self, other: impl Into<Catalog>) -> Catalog {
        let mut types = self.0.into_owned();
        types.extend_from_slice(&other.into().0);
        Catalog(Cow::Owned(types))
    }

    /// Returns the event types, in order.
    #[must_use]
    pub fn event_types(&self) -> &[EventType] {
        &self.0
    }

    /// Returns the event type of this name, if the catalog has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<EventType> {
        self.0.iter().copied().find(|event_type| event_type.name == name)
    }

    /// Checks whether an application can use the catalog.
    ///
    /// # Errors
    ///
    /// [`CatalogError`], which names the event type that can't be used, and why.
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
