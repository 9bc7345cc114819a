//! The layer.

use super::context::in_stack::InStack;
use super::event::origin::Origin;
use super::record_event::record_event;
use super::stack::filter_verdicts::clear_filter_verdicts;
use super::stack::position::StackPosition;
use super::stack::presence::Presence;
use super::stack::probe::{self, answer_probe};
use super::stack::seen;
use super::target::{TARGET, may_be_taken};
use crate::caller::otel;
use crate::handle::{Log, Place};
use crate::report::{Level, is_of_a_mirror};
use std::any::TypeId;
use std::sync::Arc;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Dispatch, Event, Interest, LevelFilter, Metadata, Subscriber, dispatcher};
use tracing_log::NormalizeEvent;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// The `tracing` layer that takes audit events and writes them to the audit log.
///
/// It is created by [`AuditLayer::builder`] or [`AuditLayer::from_config`], and added once, anywhere
/// in a stack of layers over a [`Registry`](tracing_subscriber::Registry). (Of two audit layers in a
/// stack, one gets the events of `audit!`, and the other one reports an error.) It changes nothing in
/// what the other layers get to see, and makes no event more expensive for them. On the threads of
/// [mirrors](crate::Mirror) it removes the events of the HTTP and TLS libraries `ureq`, `ureq_proto` and
/// `rustls`, unless a filter of its own (`layer.with_filter(…)`) keeps them from it. It reads the names
/// of spans' fields: those of an actor, such as `actor.user_id`, become that of the audit events
/// inside the span, as [`audit!`](crate::audit) describes.
#[derive(Debug)]
pub struct AuditLayer {
    presence: Arc<Presence>,
    position: StackPosition,
}

impl AuditLayer {
    pub(crate) fn new(log: Arc<Log>) -> AuditLayer {
        probe::register();
        AuditLayer { presence: Presence::new(log), position: StackPosition::default() }
    }
}

impl<S> Layer<S> for AuditLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_layer(&mut self, below: &mut S) {
        self.position.add_on::<S>();
        let log = &self.presence.log;
        if log.is_enabled()
            && let Some(warning) = otel::version_warning(below)
        {
            log.reports().post(Level::Warn, || warning.to_owned());
        }
    }

    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        let is_visible = self.presence.register(dispatch);
        self.position.register(is_visible);
        self.presence.log.reports().heard_by(dispatch);
    }

    /// Takes plain `tracing` events, and removes those of a mirror's libraries. The events of `audit!`
    /// do not pass through the stack.
    #[inline]
    fn event_enabled(&self, event: &Event<'_>, context: Context<'_, S>) -> bool {
        !may_be_taken(event.metadata().target()) || self.take(event, context)
    }

    /// Takes plain events that `event_enabled` was not asked about: a subscriber around the stack may
    /// not pass that question on. The layers below this one have seen them by now.
    #[inline]
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let target = event.metadata().target();
        if target == TARGET || target == "log" {
            self.take_late(event, context);
        }
    }

    #[inline]
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        self.presence.actors.opened(attributes, id);
    }

    #[inline]
    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        self.presence.actors.recorded(values, id);
    }

    #[inline]
    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.find_dispatch();
        if self.presence.actors.any() {
            self.presence.actors.closed(&id, context.metadata(&id));
        }
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.presence.set_in_use();
        answer_probe(metadata, &self.presence);
        self.position.interest(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // Of a layer that `reload` puts in later, this may be the only question before the first event.
        self.presence.asked();
        // Each of two audit layers in a stack takes the other one for a runtime layer: the hint of
        // either could silence the runtime log.
        if self.presence.has_rival() { None } else { self.position.max_level_hint() }
    }

    #[allow(unsafe_code)]
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        if id == TypeId::of::<AuditLayer>() {
            return Some(std::ptr::from_ref(self).cast());
        }
        if id == TypeId::of::<Presence>() {
            return Some(Arc::as_ptr(&self.presence).cast());
        }
        self.position.marker(id)
    }
}

impl AuditLayer {
    /// Looks for the layer's dispatch, which is not told to the layers of a boxed subscriber. Inside
    /// of a scoped default it can be found only between events.
    #[inline]
    fn find_dispatch(&self) {
        if !self.presence.log.reports().is_heard() {
            dispatcher::get_default(|current| {
                if self.presence.is_of(current) {
                    self.presence.log.reports().heard_by(current);
                }
            });
        }
    }

    /// Takes an event that may be an audit event or one of a mirror's libraries; returns whether it goes
    /// on to the other layers.
    #[cold]
    fn take<S>(&self, event: &Event<'_>, context: Context<'_, S>) -> bool
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        if answer_probe(event.metadata(), &self.presence) {
            // No filter was asked about the probe: the verdicts that are kept belong to another
            // event, in the middle of which it was sent.
            return false;
        }
        let normalized = event.normalized_metadata();
        let target = normalized.as_ref().map_or(event.metadata().target(), Metadata::target);
        if target != TARGET {
            if is_of_a_mirror(target) {
                clear_filter_verdicts(event.metadata());
                return false;
            }
            if event.metadata().target() == "log" {
                seen::note(event, &self.presence);
            }
            return true;
        }
        // Before as well, for runtime events that a value's `Debug` may emit.
        clear_filter_verdicts(event.metadata());
        let origin = if normalized.is_some() { Origin::LogCrate } else { Origin::Plain };
        self.record(event, origin, context);
        // Not before: a value's `Debug` may have emitted other events.
        seen::note(event, &self.presence);
        clear_filter_verdicts(event.metadata());
        false
    }

    /// Takes an event that may be an audit event, unless `take` has seen it.
    #[cold]
    fn take_late<S>(&self, event: &Event<'_>, context: Context<'_, S>)
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        if seen::was_asked_about(event, &self.presence) {
            return;
        }
        let normalized = event.normalized_metadata();
        let target = normalized.as_ref().map_or(event.metadata().target(), Metadata::target);
        if target == TARGET {
            let origin = if normalized.is_some() { Origin::LogCrate } else { Origin::Plain };
            self.record(event, origin, context);
        }
    }

    fn record<S>(&self, event: &Event<'_>, origin: Origin, context: Context<'_, S>)
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let Presence { log, actors, .. } = &*self.presence;
        let surroundings = InStack { actors, reports: log.reports(), event, context };
        record_event(log, event, origin, &surroundings, None, Place::of(event.metadata()));
        self.find_dispatch();
        log.reports().deliver();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events;
    use crate::handle::Checks;
    use crate::record::Catalog;
    use crate::record::catalog::CatalogIndex;
    use crate::report::mark_mirror_thread;
    use std::sync::Mutex;
    use tracing_subscriber::layer::SubscriberExt as _;

    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Seen {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let name = event.normalized_metadata().map(|metadata| metadata.target().to_owned());
            self.0.lock().unwrap().push(name.unwrap_or_else(|| event.metadata().target().to_owned()));
        }
    }

    fn emit_all() {
        // Each is followed by one that a filter's verdict on it would silence or let through.
        tracing::event!(target: "ureq", tracing::Level::TRACE, "a line of a library");
        tracing::event!(target: "application", tracing::Level::ERROR, "a line of the application");
        tracing::event!(target: "rustls::client::hs", tracing::Level::ERROR, "a line of a library");
        tracing::event!(target: "application", tracing::Level::TRACE, "a line of the application");
        let record = log::Record::builder().target("ureq_proto::x").level(log::Level::Error).build();
        tracing_log::format_trace(&record).unwrap();
        tracing::event!(target: "application::last", tracing::Level::ERROR, "a line of the application");
    }

    /// Guards against filters that apply their verdict on a removed event to the next one.
    #[test]
    fn the_libraries_of_a_mirror_are_removed_on_its_thread_and_nothing_else_is() {
        let index = CatalogIndex::new(&events::CATALOG, &Catalog::default()).unwrap();
        let log = Log::to_nowhere(Checks::new(Arc::new(index), false, None));
        let (few, all) = (Seen::default(), Seen::default());
        let stack = tracing_subscriber::registry()
            .with(few.clone().with_filter(LevelFilter::ERROR))
            .with(AuditLayer::new(log))
            .with(all.clone().with_filter(LevelFilter::TRACE));
        let seen = |seen: &Seen| std::mem::take(&mut *seen.0.lock().unwrap());
        tracing::subscriber::with_default(stack, || {
            emit_all();
            assert_eq!(
                seen(&few),
                ["application", "rustls::client::hs", "ureq_proto::x", "application::last"]
            );
            assert_eq!(seen(&all).len(), 6);
            let _mark = mark_mirror_thread();
            emit_all();
            assert_eq!(seen(&few), ["application", "application::last"]);
            assert_eq!(seen(&all), ["application", "application", "application::last"]);
        });
    }
}
