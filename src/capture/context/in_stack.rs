//! The surroundings of a plain `tracing` event on its way down a stack.

use super::inherit::Surroundings;
use super::span_actors::SpanActors;
use crate::caller::{TraceId, otel};
use crate::capture::event::notes::Notes;
use crate::record::ActorKeys;
use crate::record::encode::Parts;
use crate::report::Reports;
use crate::unwind::caught;
use tracing_core::span::Id;
use tracing_core::{Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// The surroundings of a plain `tracing` event on its way down a stack.
pub(crate) struct InStack<'a, S> {
    pub(crate) actors: &'a SpanActors,
    /// They know the dispatch that the layer was registered with.
    pub(crate) reports: &'a Reports,
    pub(crate) event: &'a Event<'a>,
    pub(crate) context: Context<'a, S>,
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Surroundings for InStack<'_, S> {
    #[inline]
    fn may_complete(&self, lacking: ActorKeys) -> bool {
        self.actors.may_name(lacking)
    }

    fn complete_actor(&self, parts: &mut Parts, notes: &mut Notes) {
        // It panics while the thread's locals are destroyed.
        if let Ok(Some(span)) = caught(|| self.context.event_span(self.event)) {
            self.actors.complete(span, parts, notes);
        }
    }

    fn trace_id(&self) -> Option<TraceId> {
        // Inside of a layer the dispatcher may return no dispatch, or another one.
        let of_span = |span: &Id| otel::of_span(span, &self.reports.dispatch()?);
        if let Some(parent) = self.event.parent() {
            return of_span(parent);
        }
        if self.event.is_root() {
            // `parent: None`: the event is outside of any trace.
            return None;
        }
        otel::current().or_else(|| of_span(caught(|| self.context.current_span()).ok()?.id()?))
    }
}
