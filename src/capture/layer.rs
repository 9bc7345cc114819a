//! The layer.

use super::locate::{self, Presence};
use super::place::Place;
use super::trace_context::InStack;
use super::visit::Origin;
use super::{TARGET, scratch};
use crate::handle::Log;
use crate::report::is_confidential;
use std::any::TypeId;
use std::sync::{Arc, LazyLock};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::subscriber::NoSubscriber;
use tracing_core::{Dispatch, Event, Interest, LevelFilter, Metadata, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, Layered, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

/// The layer that takes audit events out of the stream of `tracing` events and
/// into the audit log.
///
/// It is made by [`AuditLayer::builder`](AuditLayer::builder) or
/// [`AuditLayer::from_config`](AuditLayer::from_config), and added anywhere in a
/// stack of layers over a [`Registry`](tracing_subscriber::Registry), once. It has
/// no say in what the other layers get to see, and makes no event dearer for them. It
/// looks over the names of spans' fields: `actor.user_sid` and `actor.session_id` are
/// given to the audit events inside of the span, as [`audit!`](crate::audit) describes.
#[derive(Debug)]
pub struct AuditLayer {
    presence: Arc<Presence>,
    place: Place,
}

impl AuditLayer {
    pub(crate) fn new(log: Arc<Log>) -> AuditLayer {
        AuditLayer { presence: Presence::new(log), place: Place::default() }
    }

    pub(super) fn presence(&self) -> &Arc<Presence> {
        &self.presence
    }
}

impl<S> Layer<S> for AuditLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_layer(&mut self, _: &mut S) {
        self.place.put_on::<S>();
    }

    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.place.registered(self, dispatch);
        self.presence.registered(dispatch);
        let reports = self.presence.log.reports();
        reports.heard_by(dispatch);
        reports.deliver_from_outside();
    }

    /// Takes plain `tracing` events; those of `audit!` do not come this way.
    #[inline]
    fn event_enabled(&self, event: &Event<'_>, context: Context<'_, S>) -> bool {
        let target = event.metadata().target();
        if target != TARGET && target != "log" {
            return true;
        }
        self.pass(event, context)
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
        if self.presence.actors.any() {
            self.presence.actors.closed(&id, context.metadata(&id));
        }
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.presence.used();
        self.place.interest(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // When it is put in later, by `reload`, nothing else may be asked before the first event.
        self.presence.used();
        self.place.max_level_hint()
    }

    #[allow(unsafe_code)]
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        if id == TypeId::of::<AuditLayer>() {
            return Some(std::ptr::from_ref(self).cast());
        }
        self.place.marker(id)
    }
}

impl AuditLayer {
    /// Whether the event goes on to the other layers.
    #[cold]
    fn pass<S>(&self, event: &Event<'_>, context: Context<'_, S>) -> bool
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        if locate::answer(event.metadata(), &self.presence) {
            // No filter was asked about it: the verdicts that are kept are on another
            // event, in whose midst it was sent.
            return false;
        }
        let normalized = event.normalized_metadata();
        let target = normalized.as_ref().map_or(event.metadata().target(), Metadata::target);
        if target != TARGET {
            if !is_confidential(target) {
                return true;
            }
            forget_verdicts(event.metadata());
            return false;
        }
        // Before as well, for runtime events that come of a value's `Debug`.
        forget_verdicts(event.metadata());
        let log = &self.presence.log;
        let origin = if normalized.is_some() { Origin::LogCrate } else { Origin::Plain };
        let around = InStack { presence: &self.presence, event, context };
        scratch::record(log, event, origin, &around);
        log.reports().deliver_from_outside();
        forget_verdicts(event.metadata());
        false
    }
}

/// Clears what per-layer filters have decided about this event, and keep in a
/// thread-local until the layers' `on_event`, which will not come: else they would
/// take it for their verdict on the next event. `Layered::enabled` clears it when
/// its layer says no.
fn forget_verdicts(metadata: &Metadata<'_>) {
    struct Deny;

    impl<S: Subscriber> Layer<S> for Deny {
        fn enabled(&self, _: &Metadata<'_>, _: Context<'_, S>) -> bool {
            false
        }
    }

    static DENIED: LazyLock<Layered<Deny, NoSubscriber>> = LazyLock::new(|| NoSubscriber::new().with(Deny));

    let denied = !DENIED.enabled(metadata);
    debug_assert!(denied);
}
