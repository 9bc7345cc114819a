//! The surroundings of a call of `audit!`.

use super::inherit::Surroundings;
use super::span_actors::SpanActors;
use crate::caller::said::SaidActor;
use crate::caller::{TraceId, otel};
use crate::capture::event::notes::Notes;
use crate::record::ActorKeys;
use crate::record::encode::Parts;
use crate::unwind::caught;
use tracing_core::span::Id;
use tracing_core::{Dispatch, Subscriber as _};
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan as _;

/// The surroundings of a call of `audit!`: the current dispatch, and the actors of its spans.
pub(crate) struct AtCall<'a> {
    pub(crate) actors: &'a SpanActors,
    pub(crate) dispatch: &'a Dispatch,
}

impl AtCall<'_> {
    fn current_span(&self) -> Option<(&Registry, Id)> {
        let registry = self.dispatch.downcast_ref::<Registry>()?;
        // It panics while the thread's locals are destroyed.
        let current = caught(|| registry.current_span()).ok()?;
        Some((registry, current.into_inner()?.0))
    }

    /// Completes what the scopes say of the actor from the spans around the call.
    pub(in crate::capture) fn complete_said(&self, said: &mut SaidActor) {
        if self.actors.any()
            && let Some((registry, id)) = self.current_span()
            && let Some(span) = registry.span(&id)
        {
            self.actors.complete_said(span, said);
        }
    }
}

impl Surroundings for AtCall<'_> {
    #[inline]
    fn may_complete(&self, lacking: ActorKeys) -> bool {
        self.actors.may_name(lacking)
    }

    fn complete_actor(&self, parts: &mut Parts, notes: &mut Notes) {
        if let Some((registry, id)) = self.current_span()
            && let Some(span) = registry.span(&id)
        {
            self.actors.complete(span, parts, notes);
        }
    }

    fn trace_id(&self) -> Option<TraceId> {
        otel::current().or_else(|| {
            let (_, span) = self.current_span()?;
            otel::of_span(&span, self.dispatch)
        })
    }
}
