//! Appending an event that is a [`Record`] already.

use super::log::Log;
use super::normalize::{inherit, normalize};
use super::place::Place;
use super::receipt::Receipt;
use crate::caller::TraceId;
use crate::caller::said::SaidActor;
use crate::record::encode::{Draft, Parts};
use crate::record::{Record, Violations, fit};

/// Appends a record, with what it inherits from the caller's scopes, and returns its receipt.
///
/// `complete` completes the actor from further sources, and `trace_id` returns the caller's trace.
pub(crate) fn append_record(
    log: &Log,
    record: Record,
    place: Place,
    complete: impl FnOnce(&mut SaidActor),
    trace_id: impl FnOnce() -> Option<TraceId>,
) -> Receipt {
    append_and_judge(log, record, place, complete, trace_id).0
}

/// Does the same, and returns what is wrong with the event, too.
pub(super) fn append_and_judge(
    log: &Log,
    record: Record,
    place: Place,
    complete: impl FnOnce(&mut SaidActor),
    trace_id: impl FnOnce() -> Option<TraceId>,
) -> (Receipt, Violations) {
    if !log.is_enabled() {
        return (Receipt::disabled(), Violations::default());
    }
    let mut record = record;
    let cuts = inherit(&mut record, complete, trace_id);
    let secrets = log.checks().secrets();
    let requires_actor = log.checks().requires_actor();
    let violations = normalize(&mut record, &log.checks().catalog(), secrets.as_deref(), requires_actor);
    fit(&mut record, log.max_record_bytes(), cuts);
    let mut parts = Parts::default();
    parts.set(&record);
    let mut draft = Draft::default();
    draft.assemble(&parts);
    let receipt = log.append(&mut draft);
    let receipt =
        if violations.is_empty() { receipt } else { log.flag(receipt, place, draft.event(), &violations) };
    (receipt, violations)
}
