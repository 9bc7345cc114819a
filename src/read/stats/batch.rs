//! Counting some records.

use super::counts::Counts;
use super::statistics::{Place, Statistics};
use crate::read::query::{Json, Match, Walk};
use memchr::memmem;
use std::borrow::Cow;

/// Counts records.
pub(super) fn count(batch: &[Match]) -> Statistics {
    let mut statistics = Statistics::default();
    for found in batch {
        // A query finds only what is JSON; all else would have no members.
        count_line(&mut statistics, found);
    }
    statistics
}

fn count_line(statistics: &mut Statistics, found: &Match) {
    statistics.records += 1;
    let place = Place { ts: found.ts(), seq: found.seq() };
    if statistics.first.is_none_or(|first| place.ts < first.ts) {
        statistics.first = Some(place);
    }
    if statistics.last.is_none_or(|last| place.ts >= last.ts) {
        statistics.last = Some(place);
    }
    let (mut event, mut outcome) = (Cow::Borrowed(""), Cow::Borrowed(""));
    let (mut actor, mut resource) = (None, None);
    let mut walk = Walk::of(found.line());
    while let Ok(Some((key, value))) = walk.member() {
        match value {
            Json::String(text) if key.is("event") => event = text.unescaped(),
            Json::String(text) if key.is("outcome") => outcome = text.unescaped(),
            Json::Object(object) if key.is("actor") => actor = Some(object),
            Json::Object(object) if key.is("resource") => resource = Some(object),
            _ => {}
        }
    }
    statistics.events.add(&event, 1);
    statistics.outcomes.add(&outcome, 1);
    let day = found.ts().to_string();
    let day = day.get(..10).unwrap_or_default();
    let of_day = match statistics.days.get_mut(day) {
        Some(of_day) => of_day,
        None => statistics.days.entry(day.to_owned()).or_default(),
    };
    of_day.records += 1;
    of_day.failures += u64::from(outcome == "failure");
    let has_actor =
        actor.is_some_and(|actor| count_actor(&mut statistics.actors, &mut statistics.tenants, actor));
    if !has_actor && !event.starts_with("log.") {
        statistics.without_actor += 1;
    }
    let Some(resource) = resource else {
        return;
    };
    // An escaped spelling of the key is not the log's.
    if memmem::find(resource, br#""_violations""#).is_some() && member(resource, "_violations").is_some() {
        statistics.with_violations += 1;
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

/// Counts an actor. Returns `false` if there is none.
fn count_actor(actors: &mut Counts, tenants: &mut Counts, actor: &[u8]) -> bool {
    /// In the order of which one names it.
    const NAMES: [&str; 5] = ["user_id", "user_sid", "kind", "session_id", "address"];
    let mut names = [const { None }; 5];
    let (mut walk, mut has_any) = (Walk::of(actor), false);
    while let Ok(Some((key, value))) = walk.member() {
        has_any = true;
        let Json::String(text) = value else {
            continue;
        };
        if key.is("tenant") {
            tenants.add(&text.unescaped(), 1);
        } else if let Some(at) = NAMES.iter().position(|name| key.is(name)) {
            names[at] = Some(text);
        }
    }
    let named = names.iter().enumerate().find_map(|(at, text)| Some((at, text.as_ref()?.unescaped())));
    match named {
        Some((3, session)) => actors.add(&format!("session {session}"), 1),
        Some((4, address)) => actors.add(&format!("address {address}"), 1),
        Some((_, name)) => actors.add(&name, 1),
        None if has_any => actors.add("-", 1),
        None => {}
    }
    has_any
}

fn member<'a>(object: &'a [u8], name: &str) -> Option<Json<'a>> {
    let mut walk = Walk::of(object);
    while let Ok(Some((key, value))) = walk.member() {
        if key.is(name) {
            return Some(value);
        }
    }
    None
}
