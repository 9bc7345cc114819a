//! The events that [`audited`](super::audited) takes.

use crate::capture::emit_record::emit_record;
use crate::capture::typed_event::{Added, AuditEvent, Common};
use crate::handle::{Place, Receipt};
use crate::record::Record;
use std::panic::Location;

/// An event that [`audited`](crate::audited()) takes: the name of an event type (`&str`, `String`), a
/// [`Record`], or a typed event.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event that `audited` takes",
    note = "it takes the name of an event type, a `Record`, or a struct from `tracing_audit::events` or `audit_events!`"
)]
pub trait AuditedEvent {
    /// Records the event, with what is added to it.
    #[doc(hidden)]
    fn record(self, added: &Added, place: &'static Location<'static>) -> Receipt;
}

impl AuditedEvent for Record {
    fn record(mut self, added: &Added, place: &'static Location<'static>) -> Receipt {
        self = self.outcome(added.outcome);
        for (key, value) in &added.resource {
            if self.resource.get(key).is_none() {
                self.resource.insert(key, value.clone());
            }
        }
        self.flaws.merge(&added.flaws);
        emit_record(self, Place::Caller(place))
    }
}

impl AuditedEvent for &str {
    fn record(self, added: &Added, place: &'static Location<'static>) -> Receipt {
        Record::new(self).record(added, place)
    }
}

impl AuditedEvent for String {
    fn record(self, added: &Added, place: &'static Location<'static>) -> Receipt {
        Record::new(self).record(added, place)
    }
}

impl<E: AuditEvent> AuditedEvent for E {
    fn record(self, added: &Added, place: &'static Location<'static>) -> Receipt {
        let outcome = added.outcome.as_str();
        self.emit(&Common { outcome: Some(&outcome), added: Some(added), ..Common::at(place) })
    }
}
