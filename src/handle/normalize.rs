//! Completing and repairing a record that a handle's caller built, so that it can be a line.

use crate::caller::TraceId;
use crate::caller::said::SaidActor;
use crate::caller::scope::{self, Trace};
use crate::record::catalog::{CatalogIndex, actor_is_missing, unknown_type};
use crate::record::redact::{RedactedKeys, SecretKeys, redact_members};
use crate::record::{
    Cut, Flaw, MAX_DEPTH, REDACTED, Record, TRUNCATED, UNNAMED, VIOLATIONS, Value, ViolationKind, Violations,
    free_key, prefix,
};

/// Checks the record's actor, and completes it and the trace from the caller's scopes, and behind them from
/// other sources. Returns what was cut.
pub(super) fn inherit(
    record: &mut Record,
    complete: impl FnOnce(&mut SaidActor),
    trace_id: impl FnOnce() -> Option<TraceId>,
) -> Vec<(String, Cut)> {
    let mut cuts = Vec::new();
    let mut own = SaidActor::of(&record.actor);
    let scopes = scope::all();
    own.complete_from(&scopes.actor);
    complete(&mut own);
    for (key, flaw) in own.flaws(own.keys()) {
        match flaw {
            Flaw::Cut(cut) => cuts.push((key.field().to_owned(), *cut)),
            Flaw::Violation(text) => record.flaws.note(ViolationKind::Actor, text),
        }
    }
    record.actor = own.to_actor();
    if record.trace_id.as_ref().is_none_or(String::is_empty) {
        let found = || trace_id().map(|trace_id| trace_id.as_str().to_owned());
        record.trace_id = match &scopes.trace {
            Trace::Of(json) => serde_json::from_slice(json).ok(),
            Trace::Unknown => found(),
            Trace::Otherwise(json) => found().or_else(|| serde_json::from_slice(json).ok()),
        };
    }
    cuts
}

/// Redacts the values of secret keys, repairs what the line's format does not allow, and returns the
/// record's violations. `requires_actor` says whether the log requires an actor of all events.
pub(super) fn normalize(
    record: &mut Record,
    catalog: &CatalogIndex,
    secrets: Option<&SecretKeys>,
    requires_actor: bool,
) -> Violations {
    let mut violations = std::mem::take(&mut record.flaws);
    let redacted = secrets.map_or(Value::Null, |secrets| redact(record, secrets));
    let mut entry = None;
    if record.event.is_empty() {
        UNNAMED.clone_into(&mut record.event);
        violations.note(ViolationKind::EventType, "the event has no type");
    } else {
        entry = catalog.position(&record.event).and_then(|position| catalog.entry(position));
        match entry {
            Some(entry) => {
                entry.check_object(&record.resource, &redacted, &mut violations);
                if !record.says_its_outcome() {
                    record.outcome = entry.outcome.unsaid(entry.name, &mut violations);
                }
            }
            None => unknown_type(&record.event, &mut violations),
        }
    }
    if !record.actor.says_who() {
        actor_is_missing(entry, &record.event, requires_actor, &mut violations);
    }
    for key in [VIOLATIONS, TRUNCATED, REDACTED] {
        if let Some(value) = record.resource.remove(key) {
            let free = free_key(key, |key| record.resource.get(key).is_some(), &mut violations);
            record.resource.insert(free, value);
        }
    }
    let entries = record.resource.entries_mut();
    entries.retain(|(_, value)| *value != Value::Null);
    for (key, value) in entries {
        if !value.fits_depth(MAX_DEPTH) {
            let key = prefix(key, 80);
            violations.push(&format!("`{key}` nests deeper than {MAX_DEPTH} levels: kept as its JSON text"));
            *value = Value::String(value.to_string());
        }
    }
    if redacted != Value::Null {
        record.resource.insert(REDACTED, redacted);
    }
    if !violations.is_empty() {
        record.resource.insert(VIOLATIONS, violations.to_value());
    }
    violations
}

/// Redacts the values of secret keys, and returns the array of these keys, or `null` if there are none.
fn redact(record: &mut Record, secrets: &SecretKeys) -> Value {
    let mut redacted = RedactedKeys::default();
    redact_members(&mut record.resource, &mut |key| {
        let is_secret = secrets.has(key);
        if is_secret {
            redacted.note(key);
        }
        is_secret
    });
    if redacted.is_empty() { Value::Null } else { redacted.to_value() }
}
