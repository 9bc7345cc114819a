//! What was counted.

use super::counts::{Count, Counts};
use crate::record::Timestamp;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::mem::take;

/// The keys of an actor: first those that name it, in this order; the tenant, and what else it may have.
pub(in crate::read) const ACTOR_KEYS: [&str; 7] =
    ["user_id", "user_sid", "kind", "session_id", "address", "tenant", "user_agent"];

/// Where the tenant is in them.
pub(super) const TENANT: usize = 5;

/// What [`stats`](crate::read::stats) has counted.
///
/// As JSON, it is an object with the `version` 1 and the 1,000 names with the most records of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// How many records.
    pub records: u64,
    /// The earliest record, by its time.
    pub first: Option<Place>,
    /// The latest record, by its time.
    pub last: Option<Place>,
    /// By event type.
    pub events: Counts,
    /// By outcome.
    pub outcomes: Counts,
    /// By actor: `user_id`, or else `user_sid`, `kind`, or as `session ID` or `address IP`.
    pub actors: Counts,
    /// By `actor.tenant`.
    pub tenants: Counts,
    /// By day, in UTC: `2026-05-28`. Days without records are left out.
    pub days: BTreeMap<String, DayCount>,
    /// Failures, by event type.
    pub failed_events: Counts,
    /// Failures, by actor, as in [`actors`](field@Statistics::actors).
    pub failed_actors: Counts,
    /// How many records have no actor. The log's own, `log.*`, do not count.
    pub without_actor: u64,
    /// How many records have `actor.address`, from where it was done.
    pub with_address: u64,
    /// How many records have `resource._violations`.
    pub with_violations: u64,
    /// What is missing.
    pub gaps: Gaps,
    /// How many records have each of [`ACTOR_KEYS`]: a report has them.
    pub(in crate::read) actor_keys: [u64; ACTOR_KEYS.len()],
    /// How many records have redacted values, and of these by key.
    pub(in crate::read) with_redacted: u64,
    pub(in crate::read) redacted: Counts,
}

/// A record's time and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// Its time.
    pub ts: Timestamp,
    /// Its number, if it has one.
    pub seq: Option<u64>,
}

/// The records of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DayCount {
    /// How many.
    pub records: u64,
    /// How many of them are failures.
    pub failures: u64,
}

/// What is missing of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Gaps {
    /// How many `log.gap` records there are among those that were counted.
    pub records: u64,
    /// How many events these say could not be recorded.
    pub events: u64,
    /// How many records are in no day file, as their numbers show.
    pub missing: u64,
}

impl Statistics {
    /// Adds what was counted behind it, of which nothing is left there.
    pub(in crate::read) fn append(&mut self, other: &mut Statistics) {
        self.records += take(&mut other.records);
        self.first = [self.first, other.first.take()].into_iter().flatten().min_by_key(|place| place.ts);
        // Of two at the same time, the one behind.
        self.last = [self.last, other.last.take()].into_iter().flatten().max_by_key(|place| place.ts);
        self.events.append(&mut other.events);
        self.outcomes.append(&mut other.outcomes);
        self.actors.append(&mut other.actors);
        self.tenants.append(&mut other.tenants);
        self.failed_events.append(&mut other.failed_events);
        self.failed_actors.append(&mut other.failed_actors);
        for (day, count) in take(&mut other.days) {
            let of_day = self.days.entry(day).or_default();
            of_day.records += count.records;
            of_day.failures += count.failures;
        }
        self.without_actor += take(&mut other.without_actor);
        self.with_address += take(&mut other.with_address);
        self.with_violations += take(&mut other.with_violations);
        self.with_redacted += take(&mut other.with_redacted);
        self.redacted.append(&mut other.redacted);
        for (count, other) in self.actor_keys.iter_mut().zip(take(&mut other.actor_keys)) {
            *count += other;
        }
        let gaps = take(&mut other.gaps);
        self.gaps.records += gaps.records;
        self.gaps.events = self.gaps.events.saturating_add(gaps.events);
        self.gaps.missing = self.gaps.missing.saturating_add(gaps.missing);
    }
}

impl Serialize for Statistics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Statistics", 16)?;
        json.serialize_field("version", &1)?;
        json.serialize_field("records", &self.records)?;
        json.serialize_field("first", &self.first)?;
        json.serialize_field("last", &self.last)?;
        json.serialize_field("without_actor", &self.without_actor)?;
        json.serialize_field("with_address", &self.with_address)?;
        json.serialize_field("with_violations", &self.with_violations)?;
        json.serialize_field("gaps", &self.gaps)?;
        json.serialize_field("outcomes", &self.outcomes)?;
        json.serialize_field("events", &self.events)?;
        json.serialize_field("actors", &self.actors)?;
        json.serialize_field("tenants", &self.tenants)?;
        json.serialize_field("failed_events", &self.failed_events)?;
        json.serialize_field("failed_actors", &self.failed_actors)?;
        json.serialize_field("days", &self.days)?;
        json.end()
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Place", 2)?;
        json.serialize_field("ts", &self.ts.to_string())?;
        json.serialize_field("seq", &self.seq)?;
        json.end()
    }
}

/// How many names are in JSON.
const IN_JSON: usize = 1000;

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let top: Vec<Count> = self.top(IN_JSON);
        let shown = top.iter().map(|count| count.records).sum::<u64>();
        let all = self.top(usize::MAX).iter().map(|count| count.records).sum::<u64>() + self.others();
        let mut json = serializer.serialize_struct("Counts", 4)?;
        json.serialize_field("top", &top)?;
        json.serialize_field("different", &self.different())?;
        json.serialize_field("is_exact", &(self.others() == 0))?;
        json.serialize_field("other_records", &(all - shown))?;
        json.end()
    }
}
