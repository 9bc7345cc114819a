//! What an event inherits from where it is emitted: the actor and the trace.
//!
//! | | looked for in this order |
//! |---|---|
//! | `actor.user_sid`, `actor.session_id`, each on its own | the event's field; the actor scopes, innermost first; the spans, innermost first |
//! | `trace_id` | the event's field; the current OpenTelemetry context; the OpenTelemetry context of the current span |
//!
//! Empty text says nothing. Where an event's own field could not be formatted,
//! nothing stands in for it: it would be somebody else's name.
//!
//! The last of the three is for tracing-opentelemetry where it does not activate the
//! contexts of spans, and for events with an explicit `parent:`, for which it comes
//! first. It locks what tracing-opentelemetry keeps for the span, and, for an instant,
//! the span's extensions. Code that runs under these locks (a sampler, a span
//! processor; a value's `Debug` while `fmt` records it into the current span) would
//! wait for itself, as with any event of `tracing`: it has
//! [`AuditHandle::append`](crate::AuditHandle::append), which asks for the current
//! context alone.

use super::locate::Presence;
use super::scratch::Notes;
use super::span_actors::SpanActors;
use crate::caller::{TraceId, otel, scope};
use crate::record::encode::{Parts, push_string};
use tracing_core::span::Id;
use tracing_core::{Dispatch, Event, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Where an event is emitted, as its stack sees it.
pub(super) trait Surroundings {
    /// Completes the actor from the spans around the event.
    fn complete_actor(&self, parts: &mut Parts, notes: &mut Notes);
    /// The trace of the caller.
    fn trace_id(&self) -> Option<TraceId>;
}

/// Completes what the event does not say itself.
#[inline]
pub(super) fn inherit(parts: &mut Parts, notes: &mut Notes, around: &impl Surroundings) {
    let (user_sid, session_id) = notes.wanted(parts);
    if user_sid || session_id {
        scope::with(|scope| {
            if let Some(text) = scope.user_sid.as_deref().filter(|_| user_sid) {
                push_string(&mut parts.user_sid, text);
            }
            if let Some(text) = scope.session_id.as_deref().filter(|_| session_id) {
                push_string(&mut parts.session_id, text);
            }
        });
        if notes.wanted(parts) != (false, false) {
            around.complete_actor(parts, notes);
        }
    }
    if otel::IS_KNOWN
        && parts.trace_id.is_empty()
        && !notes.missing.trace_id
        && let Some(trace_id) = around.trace_id()
    {
        push_string(&mut parts.trace_id, trace_id.as_str());
    }
}

/// Where `audit!` is called.
pub(super) struct AtCall<'a> {
    pub(super) actors: Option<&'a SpanActors>,
    pub(super) dispatch: &'a Dispatch,
}

impl AtCall<'_> {
    fn current_span(&self) -> Option<(&Registry, Id)> {
        let registry = self.dispatch.downcast_ref::<Registry>()?;
        let current = registry.current_span();
        Some((registry, current.into_inner()?.0))
    }
}

impl Surroundings for AtCall<'_> {
    #[inline]
    fn complete_actor(&self, parts: &mut Parts, notes: &mut Notes) {
        if let Some(actors) = self.actors
            && actors.any()
            && let Some((registry, id)) = self.current_span()
            && let Some(span) = registry.span(&id)
        {
            actors.complete(span, parts, notes);
        }
    }

    fn trace_id(&self) -> Option<TraceId> {
        otel::current().or_else(|| {
            let (_, span) = self.current_span()?;
            otel::of_span(&span, self.dispatch)
        })
    }
}

/// Where a plain event comes down the stack.
pub(super) struct InStack<'a, S> {
    pub(super) presence: &'a Presence,
    pub(super) event: &'a Event<'a>,
    pub(super) context: Context<'a, S>,
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Surroundings for InStack<'_, S> {
    fn complete_actor(&self, parts: &mut Parts, notes: &mut Notes) {
        if self.presence.actors.any()
            && let Some(span) = self.context.event_span(self.event)
        {
            self.presence.actors.complete(span, parts, notes);
        }
    }

    fn trace_id(&self) -> Option<TraceId> {
        // Inside of a layer the dispatcher may give none, or another one.
        let of_span = |span: &Id| otel::of_span(span, &self.presence.log.reports().dispatch()?);
        if let Some(parent) = self.event.parent() {
            return of_span(parent);
        }
        if self.event.is_root() {
            // `parent: None`: outside of any.
            return None;
        }
        otel::current().or_else(|| of_span(self.context.current_span().id()?))
    }
}
