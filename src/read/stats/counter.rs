//! Counting the records of a piece of a file.

use super::parts::{Parts, member};
use super::statistics::{ACTOR_KEYS, DayCount, Place, Statistics, TENANT};
use crate::read::query::{Found, Json, Take, Walk};
use crate::record::{Day, Timestamp};
use memchr::memmem::Finder;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Finds what each key of a flag begins with: most records have none.
static FLAG: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(r#""_"#));

/// Finds the keys of flags.
static VIOLATIONS: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(r#""_violations""#));
static REDACTED: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(r#""_redacted""#));

/// Counts records, of which those of one day stand behind one another.
#[derive(Debug, Default)]
pub(in crate::read) struct Counter {
    statistics: Statistics,
    today: Today,
}

impl Take for Counter {
    fn take(&mut self, found: &Found<'_>) {
        self.add(Place { ts: found.ts, seq: found.seq }, &Parts::of(found));
    }
}

impl Counter {
    /// Adds what was counted to this, and begins again.
    pub(in crate::read) fn add_to(&mut self, statistics: &mut Statistics) {
        self.today.end(&mut self.statistics);
        statistics.append(&mut self.statistics);
    }

    pub(in crate::read) fn add(&mut self, place: Place, parts: &Parts<'_>) {
        let statistics = &mut self.statistics;
        statistics.records += 1;
        if statistics.first.is_none_or(|first| place.ts < first.ts) {
            statistics.first = Some(place);
        }
        if statistics.last.is_none_or(|last| place.ts >= last.ts) {
            statistics.last = Some(place);
        }
        let Parts { event, outcome, actor, resource } = parts;
        statistics.events.add(event, 1);
        statistics.outcomes.add(outcome, 1);
        let is_failure = outcome == "failure";
        self.today.add(place.ts, is_failure, statistics);
        if is_failure {
            statistics.failed_events.add(event, 1);
        }
        let has_actor = actor.is_some_and(|actor| count_actor(statistics, actor, is_failure));
        if !has_actor && !event.starts_with("log.") {
            statistics.without_actor += 1;
        }
        let Some(resource) = resource else {
            return;
        };
        if FLAG.find(resource).is_some() {
            count_flags(statistics, resource);
        }
        if event == "log.gap" {
            let events = match member(resource, "count") {
                Some(Json::Number(count)) => count.parse::<u64>().unwrap_or_default(),
                _ => 0,
            };
            statistics.gaps.records += 1;
            statistics.gaps.events = statistics.gaps.events.saturating_add(events);
        }
    }
}

/// The records of one day behind one another.
#[derive(Debug, Default)]
struct Today {
    /// As it is spelled, with the seconds since 1970 at its begin.
    day: Option<(Day, i64)>,
    count: DayCount,
}

impl Today {
    fn add(&mut self, ts: Timestamp, is_failure: bool, statistics: &mut Statistics) {
        const SECONDS: i64 = 86_400;
        let is_same = |(_, begin): (Day, i64)| (begin..begin + SECONDS).contains(&ts.unix_seconds());
        if !self.day.is_some_and(is_same) {
            self.end(statistics);
            self.day = Some((ts.day(), ts.unix_seconds().div_euclid(SECONDS) * SECONDS));
        }
        self.count.records += 1;
        self.count.failures += u64::from(is_failure);
    }

    fn end(&mut self, statistics: &mut Statistics) {
        if let Some((day, _)) = self.day.take() {
            let count = std::mem::take(&mut self.count);
            let of_day = statistics.days.entry(day.as_str().to_owned()).or_default();
            of_day.records += count.records;
            of_day.failures += count.failures;
        }
    }
}

/// Counts a record that may have been flagged.
fn count_flags(statistics: &mut Statistics, resource: &[u8]) {
    // An escaped spelling of a key is not the log's.
    if VIOLATIONS.find(resource).is_some() && member(resource, "_violations").is_some() {
        statistics.with_violations += 1;
    }
    if REDACTED.find(resource).is_some()
        && let Some(Json::Array(keys)) = member(resource, "_redacted")
    {
        statistics.with_redacted += 1;
        let mut keys = Walk::of(keys);
        while let Ok(Some(key)) = keys.element() {
            if let Json::String(key) = key {
                statistics.redacted.add(&key.unescaped(), 1);
            }
        }
    }
}

/// Counts an actor. Returns `false` if there is none.
fn count_actor(statistics: &mut Statistics, actor: &[u8], is_failure: bool) -> bool {
    let mut names = [const { None }; ACTOR_KEYS.len()];
    let (mut walk, mut has_any) = (Walk::of(actor), false);
    while let Ok(Some((key, value))) = walk.member() {
        has_any = true;
        let Json::String(text) = value else {
            continue;
        };
        if let Some(at) = ACTOR_KEYS.iter().position(|name| key.is(name)) {
            names[at] = Some(text);
        }
    }
    for (count, text) in statistics.actor_keys.iter_mut().zip(&names) {
        *count += u64::from(text.is_some());
    }
    statistics.with_address += u64::from(names[4].is_some());
    if let Some(tenant) = names[TENANT] {
        statistics.tenants.add(&tenant.unescaped(), 1);
    }
    let named =
        names[..TENANT].iter().enumerate().find_map(|(at, text)| Some((at, text.as_ref()?.unescaped())));
    let name = match named {
        Some((3, session)) => Cow::Owned(format!("session {session}")),
        Some((4, address)) => Cow::Owned(format!("address {address}")),
        Some((_, name)) => name,
        None => Cow::Borrowed("-"),
    };
    if has_any {
        statistics.actors.add(&name, 1);
        if is_failure {
            statistics.failed_actors.add(&name, 1);
        }
    }
    has_any
}
