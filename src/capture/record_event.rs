//! The way of one event: its fields become the parts of a line, what it inherits completes them,
//! and the line is appended to the log.

use super::context::inherit::{Surroundings, inherit};
use super::event::catalog_check::CatalogCheck;
use super::event::line_buffers::LineBuffers;
use super::event::origin::Origin;
use super::field_visitor::FieldVisitor;
use crate::handle::{Log, Place, Receipt};
use tracing_core::{Event, Metadata};

/// Records an event in this log, with what it inherits from its surroundings, and returns its
/// receipt.
pub(super) fn record_event(
    log: &Log,
    event: &Event<'_>,
    origin: Origin,
    surroundings: &impl Surroundings,
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
    if let Some(entry) = check.and_then(|check| check.finish(&catalog, &parts.event, notes))
        && !notes.says_outcome
    {
        parts.outcome = entry.outcome.unsaid(entry.name, &mut notes.violations);
    }
    inherit(parts, notes, surroundings);
    let receipt = append(&mut buffers, log, event.metadata());
    buffers.catalog = Some(catalog);
    buffers.secrets = secrets;
    buffers.keep();
    receipt
}

/// Appends the line, and reports the event's violations, if there are any.
fn append(buffers: &mut LineBuffers, log: &Log, metadata: &'static Metadata<'static>) -> Receipt {
    buffers.assemble(log.max_record_bytes());
    let receipt = log.append(&mut buffers.draft);
    if buffers.notes.violations.is_empty() {
        return receipt;
    }
    log.flag(receipt, Place::of(metadata), buffers.draft.event(), &buffers.notes.violations)
}
