//! The static callsite of each `audit!`: data that is known before the call, and the call itself.

use super::context::at_call::AtCall;
use super::context::span_actors::SpanActors;
use super::event::entry_cache::{CallsiteEntry, EntryCache};
use super::event::origin::Origin;
use super::event::secret_cache::SecretCache;
use super::fields::slot::Slot;
use super::no_layer::no_layer;
use super::process_capture::log_or_lost;
use super::record_event::record_event;
use super::stack::find::find_layer;
use super::typed_event::{Added, Common};
use crate::handle::{Place, Receipt};
use crate::record::EventType;
use crate::report::Limiter;
use tracing_core::field::Value;
use tracing_core::{Dispatch, Event, Interest, Metadata, dispatcher};

/// A place in the code from which audit events of one type are emitted.
#[derive(Debug)]
pub struct Callsite {
    metadata: &'static Metadata<'static>,
    slots: &'static [Slot],
    entry: CallsiteEntry,
    secrets: SecretCache,
    /// Limits the reports that there is no audit layer.
    no_layer_reports: Limiter,
}

impl tracing_core::Callsite for Callsite {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.metadata
    }
}

impl Callsite {
    /// Creates the callsite of a free-form event. The name in its metadata is the event type, and
    /// `slots` are those of its fields, which are checked against the catalog when it is emitted.
    #[must_use]
    pub const fn free(metadata: &'static Metadata<'static>, slots: &'static [Slot]) -> Callsite {
        Callsite::new(metadata, slots, CallsiteEntry::Free(EntryCache::new()))
    }

    /// Creates the callsite of a typed event, with its catalog entry. The compiler has checked its resource.
    #[must_use]
    pub const fn typed(
        metadata: &'static Metadata<'static>,
        slots: &'static [Slot],
        entry: &'static EventType,
    ) -> Callsite {
        Callsite::new(metadata, slots, CallsiteEntry::Typed(entry))
    }

    const fn new(
        metadata: &'static Metadata<'static>,
        slots: &'static [Slot],
        entry: CallsiteEntry,
    ) -> Callsite {
        Callsite { metadata, slots, entry, secrets: SecretCache::new(), no_layer_reports: Limiter::new() }
    }

    /// Emits an event with these values of its fields, and returns its receipt.
    pub fn emit(&'static self, values: &[Option<&(dyn Value + '_)>]) -> Receipt {
        self.emit_with(values, None, Place::of(self.metadata))
    }

    /// Emits a typed event, likewise. Its place is that of `audit!`: all events of a type share this callsite.
    pub fn emit_typed(&'static self, common: &Common<'_>, values: &[Option<&(dyn Value + '_)>]) -> Receipt {
        self.emit_with(values, common.added, Place::Caller(common.place))
    }

    #[inline]
    fn emit_with(
        &'static self,
        values: &[Option<&(dyn Value + '_)>],
        added: Option<&Added>,
        place: Place,
    ) -> Receipt {
        // Outside of `get_default`: inside, an event that a value's `Debug` emits would find no
        // dispatch.
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let Some(found) = find_layer(&dispatch) else {
            return self.without_layer(&dispatch, values, added, place);
        };
        let values = self.metadata.fields().value_set_all(values);
        let event = Event::new(self.metadata, &values);
        let surroundings = AtCall { actors: found.actors(), dispatch: &dispatch };
        let origin = Origin::Audit { slots: self.slots, entry: &self.entry, secrets: &self.secrets };
        let receipt = record_event(found.log(), &event, origin, &surroundings, added, place);
        let reports = found.log().reports();
        if !reports.is_heard() {
            // A boxed subscriber does not register its layers with the dispatch.
            reports.heard_by(&dispatch);
        }
        reports.deliver();
        receipt
    }

    /// Emits the event where there is no audit layer: into the capture of a test, if there is one.
    #[cold]
    fn without_layer(
        &'static self,
        dispatch: &Dispatch,
        values: &[Option<&(dyn Value + '_)>],
        added: Option<&Added>,
        place: Place,
    ) -> Receipt {
        let event = self.metadata.name();
        let Some(log) = log_or_lost(event, place) else {
            return no_layer(dispatch, &self.no_layer_reports, event, place);
        };
        let values = self.metadata.fields().value_set_all(values);
        let event = Event::new(self.metadata, &values);
        // No layer sees the spans, so their actors are not known.
        let surroundings = AtCall { actors: &SpanActors::default(), dispatch };
        let origin = Origin::Audit { slots: self.slots, entry: &self.entry, secrets: &self.secrets };
        record_event(&log, &event, origin, &surroundings, added, place)
    }
}
