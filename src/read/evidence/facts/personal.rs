//! What the records know of people, as far as the log can tell.

use super::super::pass::Pass;
use super::super::period::Period;
use super::activity::EventCount;
use super::completeness::Said;
use crate::read::stats::{ACTOR_KEYS, Count, Statistics};
use crate::record::SETTINGS;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the records of the period know of people: what the log itself writes down of actors, and what it was told to leave out. What an
/// application writes into the fields of its own events is not looked at.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct PersonalData {
    /// How many records have each of the actor's keys that may identify someone: `user_id`, `user_sid`, `session_id`, `address`,
    /// `tenant`, `user_agent`.
    pub actor_keys: Vec<Count>,
    /// How many records have values that were left out, as [`redact`](crate::redact) says: they list the keys in `resource._redacted`.
    pub with_redacted: u64,
    /// By key, as the events spell it, how many records list it; the 100 with the most records.
    pub redacted: Vec<Count>,
    /// How many different keys there are.
    pub redacted_keys: u64,
    /// The records about personal data, `privacy.*`, by event type; at most 100.
    pub privacy: Vec<EventCount>,
    /// What was read of this or other logs and is recorded here, in `log.read`, by command; at most 100.
    pub readings: Vec<Reading>,
}

/// What was read with one command, such as `query`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reading {
    /// The command.
    pub command: String,
    /// How often.
    pub times: u64,
    /// How many records were found in all, where it is recorded.
    pub records: u64,
}

/// A setting of keys whose values are left out.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Redaction {
    /// The record that says so.
    #[serde(flatten)]
    pub said: Said,
    /// The keys.
    pub keys: Vec<String>,
}

/// So many names are kept.
const MOST: usize = 100;

/// So many settings are kept.
const MOST_SETTINGS: usize = 1_000;

impl PersonalData {
    pub(in crate::read::evidence) fn of<'a>(
        statistics: &Statistics,
        passes: impl Iterator<Item = &'a Pass>,
        period: &Period,
    ) -> PersonalData {
        let keys = ACTOR_KEYS.iter().zip(statistics.actor_keys);
        // It says what kind of actor it is, and not which one.
        let keys = keys.filter(|(name, _)| **name != "kind");
        let privacy = statistics.events.top(usize::MAX).into_iter();
        let privacy = privacy.filter(|count| count.name.starts_with("privacy.")).take(MOST);
        let privacy = privacy.map(|count| EventCount {
            failures: statistics.failed_events.of(&count.name),
            event: count.name,
            records: count.records,
        });
        PersonalData {
            actor_keys: keys.map(|(name, records)| Count { name: (*name).to_owned(), records }).collect(),
            with_redacted: statistics.with_redacted,
            redacted: statistics.redacted.top(MOST),
            redacted_keys: statistics.redacted.different() as u64,
            privacy: privacy.collect(),
            readings: readings(passes, period),
        }
    }
}

fn readings<'a>(passes: impl Iterator<Item = &'a Pass>, period: &Period) -> Vec<Reading> {
    let mut all = BTreeMap::<&str, (u64, u64)>::new();
    let controls = passes.flat_map(|pass| &pass.controls);
    for control in controls.filter(|control| control.is("log.read") && period.has_day(control.ts.day())) {
        let (times, records) = all.entry(control.text("command").unwrap_or("not said")).or_default();
        *times += 1;
        *records = records.saturating_add(control.number("records").unwrap_or_default());
    }
    let mut all = all
        .into_iter()
        .map(|(command, (times, records))| Reading { command: command.to_owned(), times, records })
        .collect::<Vec<_>>();
    all.sort_by_key(|reading| std::cmp::Reverse(reading.times));
    all.truncate(MOST);
    all
}

/// Returns which values a log was set to leave out in the period.
pub(in crate::read::evidence) fn redaction(pass: &Pass, period: &Period) -> Vec<Redaction> {
    let mut all = Vec::<Redaction>::new();
    for control in pass.controls.iter().filter(|control| control.ts < period.end()) {
        let Some(keys) = control.get(SETTINGS).and_then(|of| of.get("redact")).and_then(Value::as_array)
        else {
            continue;
        };
        let keys = keys.iter().filter_map(|key| key.as_str().map(str::to_owned)).collect::<Vec<_>>();
        if all.last().is_some_and(|last| last.keys == keys) {
            continue;
        }
        if control.ts < period.begin() {
            all.clear();
        }
        if all.len() < MOST_SETTINGS {
            all.push(Redaction { said: Said::of(control), keys });
        }
    }
    all
}
