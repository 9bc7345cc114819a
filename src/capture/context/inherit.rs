//! Inheriting the actor and the trace from the place where an event is emitted.
//!
//! | field | sources, in this order |
//! |---|---|
//! | `actor.user_sid`, `actor.session_id`, each on its own | the event's field; the actor scopes, innermost first; the spans, innermost first |
//! | `trace_id` | the event's field; the current OpenTelemetry context; the OpenTelemetry context of the current span |
//!
//! Empty text counts as no value. If an event's own field could not be formatted, no other source
//! replaces it: that could be another user's name.
//!
//! The last source of a trace is for tracing-opentelemetry where it does not activate the contexts
//! of spans, and for events with an explicit `parent:`, for which it comes first. Asking it locks
//! what tracing-opentelemetry keeps for the span and, for an instant, the span's extensions. Code
//! that runs under these locks (a sampler, a span processor; a value's `Debug` while `fmt` records
//! it into the current span) would wait for itself, as with any event of `tracing`. Such code can
//! use [`AuditHandle::append`](crate::AuditHandle::append), which asks only for the current
//! context.

use crate::caller::{TraceId, otel, scope};
use crate::capture::event::notes::Notes;
use crate::record::encode::{Parts, push_string};

/// Where an event is emitted, as its stack sees it.
pub(crate) trait Surroundings {
    /// Completes the actor from the spans around the event.
    fn complete_actor(&self, parts: &mut Parts, notes: &mut Notes);
    /// Returns the trace of the caller.
    fn trace_id(&self) -> Option<TraceId>;
}

/// Completes the actor and the trace, where the event itself does not name them.
#[inline]
pub(crate) fn inherit(parts: &mut Parts, notes: &mut Notes, surroundings: &impl Surroundings) {
    let lacking = notes.lacking_actor(parts);
    if !lacking.is_complete() {
        scope::with(|scope| {
            if let Some(text) = scope.user_sid.as_deref().filter(|_| lacking.user_sid) {
                push_string(&mut parts.user_sid, text);
            }
            if let Some(text) = scope.session_id.as_deref().filter(|_| lacking.session_id) {
                push_string(&mut parts.session_id, text);
            }
        });
        if !notes.lacking_actor(parts).is_complete() {
            surroundings.complete_actor(parts, notes);
        }
    }
    if otel::IS_KNOWN
        && parts.trace_id.is_empty()
        && !notes.unreadable.trace_id
        && let Some(trace_id) = surroundings.trace_id()
    {
        push_string(&mut parts.trace_id, trace_id.as_str());
    }
}
