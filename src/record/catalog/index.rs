//! A log's catalog, sorted for look-ups.

use super::control::CONTROL_RECORDS;
use super::event_type::EventType;
use super::event_types::{APPLICATION_IDS, Catalog};
use super::fault::{fault, is_reserved};
use super::rules::ActorRule;
use crate::error::CatalogError;
use crate::record::schema::is_of_the_log;
use crate::record::text::hex::hex;
use crate::record::text::prefix::prefix;
use crate::record::violations::{ViolationKind, Violations};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU32, Ordering};

/// All event types that a log knows. An index never changes; another catalog is another index.
#[derive(Debug)]
pub(crate) struct CatalogIndex {
    /// Unique in this process, and not 0.
    id: u32,
    /// Sorted by name.
    types: Vec<EventType>,
    /// The application's.
    application: Catalog,
}

/// A summary of a catalog.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Outline {
    /// The types' names, sorted.
    pub(crate) event_types: Vec<&'static str>,
    /// The SHA-256 of [`Catalog::to_markdown`].
    pub(crate) sha256: String,
}

impl CatalogIndex {
    /// Returns the index of the built-in event types, the log's own, and an application's.
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

    /// Returns the id, which no other index of this process has.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// Whether both have the same event types, with the same entries.
    pub(crate) fn has_the_same_types(&self, other: &CatalogIndex) -> bool {
        self.types == other.types
    }

    /// Returns a summary of the application's event types.
    pub(crate) fn outline(&self) -> Outline {
        let mut event_types =
            self.application.event_types().iter().map(|event_type| event_type.name).collect::<Vec<_>>();
        event_types.sort_unstable();
        let sha256 = hex(&Sha256::digest(self.application.to_markdown()));
        Outline { event_types, sha256 }
    }

    /// Returns the position of the event type of this name.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.types.binary_search_by(|event_type| event_type.name.cmp(name)).ok()
    }

    /// Returns the event id of the event type of this name, if it has one.
    #[cfg_attr(not(windows), allow(dead_code, reason = "only the Event Log has such ids"))]
    pub(crate) fn event_id(&self, name: &str) -> Option<u16> {
        self.types[self.position(name)?].id
    }

    /// Returns the event type at this position, if callers may emit it.
    pub(crate) fn entry(&self, position: usize) -> Option<&EventType> {
        self.types.get(position).filter(|event_type| !is_reserved(event_type.name))
    }
}

/// Notes a violation if an event without an actor must have one. `entry` is its catalog entry, if it has one,
/// and `event` its type; `by_log` says whether the log requires an actor of all events.
#[inline]
pub(crate) fn actor_is_missing(
    entry: Option<&EventType>,
    event: &str,
    by_log: bool,
    violations: &mut Violations,
) {
    if entry.map_or(ActorRule::Optional, |entry| entry.actor).is_required(by_log) {
        missing_actor(event, violations);
    }
}

#[cold]
fn missing_actor(event: &str, violations: &mut Violations) {
    // From a caller, the log's own types are flagged as such.
    if !is_of_the_log(event) {
        let text = format!(
            "`{}` must have an actor: `actor.user_sid`, `actor.user_id`, or an `actor.kind` of `service` or `system`",
            prefix(event, 100)
        );
        violations.note(ViolationKind::Actor, &text);
    }
}

/// Notes that callers may not emit events of this type.
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
    fn an_event_id_is_found_by_the_event_types_name() {
        let application = Catalog::from([EventType::new("a.b", "A.").id(200), EventType::new("a.c", "B.")]);
        let built_in = Catalog::from([EventType::new("b.b", "C.").id(100)]);
        let index = CatalogIndex::new(&built_in, &application).unwrap();
        let names = ["a.b", "a.c", "b.b", "not.known", "", "log.opened", "log.nothing"];
        let ids = [Some(200), None, Some(100), None, None, Some(900), None];
        assert_eq!(names.map(|name| index.event_id(name)), ids);
    }
}
