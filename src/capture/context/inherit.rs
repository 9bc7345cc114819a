//! Inheriting the actor and the trace from the place where an event is emitted.
//!
//! | field | sources, in this order |
//! |---|---|
//! | each key of the actor on its own | the event's field; the scopes, innermost first; the spans, innermost first |
//! | `trace_id` | the event's field; the scopes that set one, innermost first; the current OpenTelemetry context; the OpenTelemetry context of the current span; the `traceparent` of the request |
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

use crate::caller::scope::Trace;
use crate::caller::{TraceId, otel, scope};
use crate::capture::event::notes::Notes;
use crate::record::ActorKeys;
use crate::record::encode::{Parts, push_string};

/// Where an event is emitted, as its stack sees it.
pub(crate) trait Surroundings {
    /// Returns whether spans may name any of these keys.
    fn may_complete(&self, lacking: ActorKeys) -> bool;
    /// Completes the actor from the spans around the event.
    fn complete_actor(&self, parts: &mut Parts, notes: &mut Notes);
    /// Returns the trace of the caller.
    fn trace_id(&self) -> Option<TraceId>;
}

/// Completes the actor and the trace, where the event itself does not name them.
#[inline]
pub(crate) fn inherit(parts: &mut Parts, notes: &mut Notes, surroundings: &impl Surroundings) {
    let (mut lacks_trace, mut other_trace) = (parts.trace_id.is_empty() && !notes.is_trace_unreadable, false);
    scope::each(|scope| {
        let taken = scope.actor.complete(&mut parts.actor);
        for (key, flaw) in scope.actor.flaws(taken) {
            notes.flag_actor(key, flaw);
        }
        match &scope.trace {
            Trace::Of(json) if lacks_trace => {
                parts.trace_id.extend_from_slice(json);
                lacks_trace = false;
            }
            Trace::Otherwise(_) => other_trace = true,
            _ => {}
        }
        true
    });
    if surroundings.may_complete(parts.actor.lacking()) {
        surroundings.complete_actor(parts, notes);
    }
    if !lacks_trace {
        return;
    }
    if otel::IS_KNOWN
        && let Some(trace_id) = surroundings.trace_id()
    {
        push_string(&mut parts.trace_id, trace_id.as_str());
    } else if other_trace {
        scope::each(|scope| {
            if let Trace::Otherwise(json) = &scope.trace {
                parts.trace_id.extend_from_slice(json);
            }
            parts.trace_id.is_empty()
        });
    }
}
