//! The class and activity of event types.

use crate::record::{CONTROL_RECORDS, Catalog, Ocsf, is_of_the_log};
use std::collections::HashMap;

/// The activity "other" of each class.
pub(super) const OTHER: u32 = 99;

/// The class of a type that is in no catalog.
const BASE: u32 = 0;
const EVENT_LOG: u32 = 1008;
const AUTHENTICATION: u32 = 3002;

/// What catalogs say of event types.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
    types: HashMap<String, Ocsf>,
    meanings: HashMap<String, &'static str>,
}

impl Mapping {
    /// Returns the mapping of the log's own records.
    pub(super) fn new() -> Mapping {
        let mut mapping = Mapping { types: HashMap::new(), meanings: HashMap::new() };
        mapping.add(&CONTROL_RECORDS);
        mapping
    }

    /// Adds the types of a catalog; one that was there gets the class of this one.
    pub(super) fn add(&mut self, catalog: &Catalog) {
        for event_type in catalog.event_types() {
            self.meanings.insert(event_type.name.to_owned(), event_type.meaning);
            if let Some(ocsf) = event_type.ocsf {
                self.set(event_type.name, ocsf);
            }
        }
    }

    pub(super) fn set(&mut self, event: &str, ocsf: Ocsf) {
        self.types.insert(event.to_owned(), ocsf);
    }

    /// Returns the class and activity of an event: as its catalog says, else by its name.
    pub(super) fn of(&self, event: &str) -> Ocsf {
        match self.types.get(event) {
            Some(ocsf) => *ocsf,
            None if event.starts_with("auth.") => Ocsf::new(AUTHENTICATION, OTHER),
            None if is_of_the_log(event) => Ocsf::new(EVENT_LOG, OTHER),
            None => Ocsf::new(BASE, OTHER),
        }
    }

    /// Returns the meaning of an event type, as a sentence.
    pub(super) fn meaning(&self, event: &str) -> Option<&'static str> {
        self.meanings.get(event).copied()
    }
}
