//! What was done.

use super::super::pseudonyms::Pseudonyms;
use crate::read::stats::{Count, DayCount, Statistics};
use serde::Serialize;
use std::collections::BTreeMap;

/// What was recorded in the period, of all logs.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Activity {
    /// How many records.
    pub records: u64,
    /// How many of them are failures.
    pub failures: u64,
    /// By day, in UTC; days without records are left out.
    pub days: BTreeMap<String, DayCount>,
    /// By event type, those with the most records first, at most 1,000.
    pub events: Vec<EventCount>,
    /// How many different event types there are.
    pub event_types: u64,
    /// By outcome.
    pub outcomes: Vec<Count>,
    /// The actors with the most records, at most 100; pseudonyms, unless names were asked for.
    pub actors: Vec<Count>,
    /// How many different actors there are.
    pub different_actors: u64,
    /// Whether that is exact: beyond 100,000 they are not told apart.
    pub actors_are_exact: bool,
    /// The actors with the most failures, at most 100.
    pub failed_actors: Vec<Count>,
    /// By tenant, at most 100.
    pub tenants: Vec<Count>,
    /// How many records of applications (all but `log.*`) there are.
    pub of_applications: u64,
    /// How many of them have an actor.
    pub with_actor: u64,
    /// How many records have an address, from where it was done.
    pub with_address: u64,
    /// How many records do not match the catalog.
    pub with_violations: u64,
}

/// The records of an event type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EventCount {
    /// The event type.
    pub event: String,
    /// How many records.
    pub records: u64,
    /// How many of them are failures.
    pub failures: u64,
}

/// So many names are shown of event types, and of others.
const EVENTS: usize = 1_000;
const NAMES: usize = 100;

impl Activity {
    pub(in crate::read::evidence) fn of(
        statistics: &Statistics,
        pseudonyms: Option<&Pseudonyms>,
    ) -> Activity {
        let event = |count: Count| EventCount {
            failures: statistics.failed_events.of(&count.name),
            event: count.name,
            records: count.records,
        };
        let all = statistics.events.top(usize::MAX);
        let of_log = all.iter().filter(|count| count.name.starts_with("log.")).map(|count| count.records);
        let of_log = of_log.sum::<u64>();
        let name = |counts: Vec<Count>, of: fn(&Pseudonyms, &str) -> String| -> Vec<Count> {
            let shown = |count: Count| match pseudonyms {
                Some(pseudonyms) => Count { name: of(pseudonyms, &count.name), ..count },
                None => count,
            };
            counts.into_iter().map(shown).collect()
        };
        let of_applications = statistics.records - of_log;
        Activity {
            records: statistics.records,
            failures: statistics.outcomes.of("failure"),
            days: statistics.days.clone(),
            events: statistics.events.top(EVENTS).into_iter().map(event).collect(),
            event_types: statistics.events.different() as u64,
            outcomes: statistics.outcomes.top(NAMES),
            actors: name(statistics.actors.top(NAMES), Pseudonyms::actor),
            different_actors: statistics.actors.different() as u64,
            actors_are_exact: statistics.actors.others() == 0,
            failed_actors: name(statistics.failed_actors.top(NAMES), Pseudonyms::actor),
            tenants: name(statistics.tenants.top(NAMES), Pseudonyms::tenant),
            of_applications,
            with_actor: of_applications.saturating_sub(statistics.without_actor),
            with_address: statistics.with_address,
            with_violations: statistics.with_violations,
        }
    }
}
