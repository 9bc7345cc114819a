//! The way of one event: its fields become the parts of a line, what it inherits completes them,
//! and the line is appended to the log.

use super::context::inherit::{Surroundings, inherit};
use super::event::catalog_check::CatalogCheck;
use super::event::line_buffers::LineBuffers;
use super::event::notes::Notes;
use super::event::origin::Origin;
use super::field_visitor::FieldVisitor;
use super::typed_event::Added;
use crate::handle::{Log, Place, Receipt};
use crate::record::catalog::actor_is_missing;
use crate::record::encode::Parts;
use crate::record::redact::{REDACTED_VALUE, SecretKeys};
use crate::record::{Object, Value};
use tracing_core::Event;

/// Records an event in this log, with what it inherits from its surroundings, and returns its
/// receipt. A report about it names `place`.
pub(super) fn record_event(
    log: &Log,
    event: &Event<'_>,
    origin: Origin,
    surroundings: &impl Surroundings,
    added: Option<&Added>,
    place: Place,
) -> Receipt {
    if !log.is_enabled() {
        return Receipt::disabled();
    }
    let mut buffers = LineBuffers::take();
    let catalog = log.checks().catalog_again(buffers.catalog.take());
    let secrets = log.checks().secrets_again(buffers.secrets.take());
    let origin = origin.with_secrets(secrets.as_deref());
    let check = CatalogCheck::begin(&catalog, origin, event.metadata().name());
    let max_bytes = log.max_record_bytes();
    let visitor = FieldVisitor::new(&mut buffers, origin, check, secrets.as_deref(), max_bytes);
    let check = visitor.visit(event);
    let LineBuffers { parts, notes, .. } = &mut *buffers;
    let entry = check.and_then(|check| check.finish(&catalog, &parts.event, notes));
    if let Some(entry) = entry
        && !notes.says_outcome
    {
        parts.outcome = entry.outcome.unsaid(entry.name, &mut notes.violations);
    }
    if let Some(added) = added {
        add(parts, notes, added, secrets.as_deref());
    }
    inherit(parts, notes, surroundings);
    if !parts.actor.says_who() {
        let event = entry.map_or_else(|| String::from_utf8_lossy(&parts.event), |entry| entry.name.into());
        actor_is_missing(entry, &event, log.checks().requires_actor(), &mut notes.violations);
    }
    let receipt = append(&mut buffers, log, place);
    buffers.catalog = Some(catalog);
    buffers.secrets = secrets;
    buffers.keep();
    receipt
}

/// Adds fields of the resource, unless the event has them itself.
#[cold]
fn add(parts: &mut Parts, notes: &mut Notes, added: &Added, secrets: Option<&SecretKeys>) {
    let text = [b"{", &*parts.resource, b"}"].concat();
    let own = serde_json::from_slice::<Object>(&text).unwrap_or_default();
    for (key, value) in added.resource.iter().filter(|(key, _)| own.get(key).is_none()) {
        if secrets.is_some_and(|secrets| secrets.has(key)) {
            parts.push_member(key, &Value::from(REDACTED_VALUE));
            notes.redacted.note(key);
        } else {
            parts.push_member(key, value);
        }
    }
    notes.violations.merge(&added.flaws);
}

/// Appends the line, and reports the event's violations, if there are any.
fn append(buffers: &mut LineBuffers, log: &Log, place: Place) -> Receipt {
    buffers.assemble(log.max_record_bytes());
    let receipt = log.append(&mut buffers.draft);
    if buffers.notes.violations.is_empty() {
        return receipt;
    }
    log.flag(receipt, place, buffers.draft.event(), &buffers.notes.violations)
}
