//! The static callsite of each `audit!`: data that is known before the call, and the call itself.

use super::context::at_call::AtCall;
use super::context::span_actors::SpanActors;
use super::event::entry_cache::{CallsiteEntry, EntryCache};
use super::event::origin::Origin;
use super::event::secret_cache::SecretCache;
use super::fields::slot::Slot;
use super::process_capture::log_or_lost;
use super::record_event::record_event;
use super::stack::find::find_layer;
use crate::error::AppendError;
use crate::handle::Receipt;
use crate::record::EventType;
use crate::report::{Level, Limiter, Report};
use tracing_core::field::Value;
use tracing_core::subscriber::NoSubscriber;
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
        // Outside of `get_default`: inside, an event that a value's `Debug` emits would find no
        // dispatch.
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let Some(found) = find_layer(&dispatch) else {
            return self.without_layer(&dispatch, values);
        };
        let values = self.metadata.fields().value_set_all(values);
        let event = Event::new(self.metadata, &values);
        let surroundings = AtCall { actors: found.actors(), dispatch: &dispatch };
        let origin = Origin::Audit { slots: self.slots, entry: &self.entry, secrets: &self.secrets };
        let receipt = record_event(found.log(), &event, origin, &surroundings);
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
    fn without_layer(&'static self, dispatch: &Dispatch, values: &[Option<&(dyn Value + '_)>]) -> Receipt {
        let Some(log) = log_or_lost(self.metadata) else {
            return self.no_layer(dispatch);
        };
        let values = self.metadata.fields().value_set_all(values);
        let event = Event::new(self.metadata, &values);
        // No layer sees the spans, so their actors are not known.
        let surroundings = AtCall { actors: &SpanActors::default(), dispatch };
        let origin = Origin::Audit { slots: self.slots, entry: &self.entry, secrets: &self.secrets };
        record_event(&log, &event, origin, &surroundings)
    }

    /// Reports that the event was dropped, and returns a receipt that says so.
    fn no_layer(&self, dispatch: &Dispatch) -> Receipt {
        if let Some(suppressed) = self.no_layer_reports.permit() {
            let location = match (self.metadata.file(), self.metadata.line()) {
                (Some(file), Some(line)) => format!(" from {file}:{line}"),
                _ => String::new(),
            };
            let text = format!(
                "the audit event `{}`{location} was dropped: the current dispatch has no audit layer",
                self.metadata.name()
            );
            let report = Report { level: Level::Error, text, suppressed };
            if dispatch.is::<NoSubscriber>() {
                // The call may come from inside another dispatch, which hides the default one.
                report.send_from_outside();
            } else {
                report.send(dispatch);
            }
        }
        Receipt::failed(AppendError::NoAuditLayer)
    }
}
