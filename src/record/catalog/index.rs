//! A log's catalog, ready to be looked up.

use super::fault::{fault, is_reserved};
use super::{APPLICATION_IDS, CONTROL_RECORDS, Catalog, EventType};
use crate::error::CatalogError;
use crate::record::{ViolationKind, Violations, hex, is_of_the_log, prefix};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU32, Ordering};

/// The id in the Windows Event Log of types that have none, or are not in the catalog.
#[cfg(any(windows, test))]
pub(crate) const WINDOWS_ID_OF_OTHERS: u16 = 1000;

/// All event types that a log knows. It never changes.
#[derive(Debug)]
pub(crate) struct CatalogIndex {
    /// Another one in every index, and not 0.
    id: u32,
    /// Sorted by name.
    types: Vec<EventType>,
    /// The application's.
    application: Catalog,
}

/// A catalog in short.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Outline {
    /// The types' names, sorted.
    event_types: Vec<&'static str>,
    /// Of what [`Catalog::to_markdown`] gives.
    sha256: String,
}

impl CatalogIndex {
    /// The index of the built-in event types, the log's own, and an application's.
    pub(crate) fn new(built_in: &Catalog, application: &Catalog) -> Result<CatalogIndex, CatalogError> {
        if let Some(fault) = fault(application.event_types(), Some(APPLICATION_IDS)) {
            return Err(fault.to_error(application.event_types()));
        }
        let all = CONTROL_RECORDS.and(built_in.clone()).and(application.clone());
        if let Some(fault) = fault(all.event_types(), None) {
            return Err(fault.to_error(all.event_types()));
        }
        let mut types = all.event_types().to_vec();
        types.sort_unstable_by_key(|event_type| event_type.name);
        static NEXT_ID: AtomicU32 = AtomicU32::new(1);
        Ok(CatalogIndex {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            types,
            application: application.clone(),
        })
    }

    /// What tells it from any other index of this process.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Whether the other one knows the same, and says the same of it.
    pub(crate) fn has_the_same_types(&self, other: &CatalogIndex) -> bool {
        self.types == other.types
    }

    /// The application's event types, in short.
    pub(crate) fn outline(&self) -> Outline {
        let mut event_types =
            self.application.event_types().iter().map(|event_type| event_type.name).collect::<Vec<_>>();
        event_types.sort_unstable();
        let sha256 = hex(&Sha256::digest(self.application.to_markdown()));
        Outline { event_types, sha256 }
    }

    /// Where the event type of this name stands.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.types.binary_search_by(|event_type| event_type.name.cmp(name)).ok()
    }

    /// The id that events of this type have in the Windows Event Log.
    #[cfg(any(windows, test))]
    pub(crate) fn windows_id(&self, name: &str) -> u16 {
        let entry = self.position(name).and_then(|position| self.types.get(position));
        entry.and_then(|entry| entry.id).unwrap_or(WINDOWS_ID_OF_OTHERS)
    }

    /// The event type that stands there, if callers may emit it.
    pub(crate) fn entry(&self, position: usize) -> Option<&EventType> {
        self.types.get(position).filter(|event_type| !is_reserved(event_type.name))
    }
}

/// Says that callers may not emit events of this type.
#[cold]
pub(crate) fn unknown_type(name: &str, violations: &mut Violations) {
    let text = if is_of_the_log(name) {
        "event types `log.…` are the log's own".to_owned()
    } else if is_reserved(name) {
        format!("the event type `{name}` is the log's own")
    } else {
        format!("the event type `{}` is not in the catalog", prefix(name, 120))
    };
    violations.note(ViolationKind::EventType, &text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_type_has_its_id_in_the_windows_event_log() {
        let application = Catalog::from([EventType::new("a.b", "A.").id(200), EventType::new("a.c", "B.")]);
        let built_in = Catalog::from([EventType::new("b.b", "C.").id(100)]);
        let index = CatalogIndex::new(&built_in, &application).unwrap();
        let names = ["a.b", "a.c", "b.b", "nobody.knows", "", "log.opened", "log.nothing"];
        assert_eq!(names.map(|name| index.windows_id(name)), [200, 1000, 100, 1000, 1000, 900, 1000]);
    }
}
