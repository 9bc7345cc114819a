//! Emitting an event that is a [`Record`] already.

use super::context::at_call::AtCall;
use super::context::inherit::Surroundings as _;
use super::no_layer::no_layer;
use super::process_capture::log_or_lost;
use super::stack::find::find_layer;
use crate::caller::otel;
use crate::handle::{Place, Receipt, append_record};
use crate::record::Record;
use crate::report::Limiter;
use tracing_core::{Dispatch, dispatcher};

/// Emits a record as `audit!` emits an event: to the audit layer of the current dispatch, with what it
/// inherits from scopes and spans.
pub(crate) fn emit_record(record: Record, place: Place) -> Receipt {
    /// Limits the reports that there is no audit layer.
    static NO_LAYER_REPORTS: Limiter = Limiter::new();
    let dispatch = dispatcher::get_default(Dispatch::clone);
    let Some(found) = find_layer(&dispatch) else {
        return match log_or_lost(&record.event, place) {
            // No layer sees the spans, so their actors are not known.
            Some(log) => append_record(&log, record, place, |_| {}, otel::current),
            None => no_layer(&dispatch, &NO_LAYER_REPORTS, &record.event, place),
        };
    };
    let here = AtCall { actors: found.actors(), dispatch: &dispatch };
    let log = found.log();
    let receipt = append_record(log, record, place, |actor| here.complete_said(actor), || here.trace_id());
    let reports = log.reports();
    if !reports.is_heard() {
        // As for `audit!`.
        reports.heard_by(&dispatch);
    }
    reports.deliver();
    receipt
}
