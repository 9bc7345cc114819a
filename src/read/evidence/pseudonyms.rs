//! Ordinals instead of names: a report leaves the house.

use crate::read::stats::{Count, Statistics};
use serde::Serialize;
use std::collections::HashMap;

/// The names that stand behind the pseudonyms of a report.
///
/// A pseudonym is an ordinal: `actor 1` has the most records. It says nothing to who does not have this table, and the same
/// name has another one in another report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pseudonyms {
    /// The names of actors: the first is that of `actor 1`.
    pub actors: Vec<String>,
    /// The names of tenants: the first is that of `tenant 1`.
    pub tenants: Vec<String>,
    #[serde(skip)]
    ordinals: [HashMap<String, usize>; 2],
}

impl Pseudonyms {
    pub(super) fn of(statistics: &Statistics) -> Pseudonyms {
        let names = |counts: Vec<Count>| counts.into_iter().map(|count| count.name).collect::<Vec<_>>();
        let actors = names(statistics.actors.top(usize::MAX));
        let tenants = names(statistics.tenants.top(usize::MAX));
        let ordinals = |names: &[String]| {
            names.iter().enumerate().map(|(at, name)| (name.clone(), at + 1)).collect::<HashMap<_, _>>()
        };
        Pseudonyms { ordinals: [ordinals(&actors), ordinals(&tenants)], actors, tenants }
    }

    pub(super) fn actor(&self, name: &str) -> String {
        self.ordinals[0].get(name).map_or_else(|| "actor ?".to_owned(), |at| format!("actor {at}"))
    }

    pub(super) fn tenant(&self, name: &str) -> String {
        self.ordinals[1].get(name).map_or_else(|| "tenant ?".to_owned(), |at| format!("tenant {at}"))
    }
}
