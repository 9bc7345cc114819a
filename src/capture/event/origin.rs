//! Where an event comes from.

use super::entry_cache::EntryCache;
use crate::capture::fields::slot::Slot;

/// Where an event comes from, which decides where its fields go.
#[derive(Clone, Copy)]
pub(crate) enum Origin {
    /// `audit!`: the callsite knows the slots of the fields, and the event type is the name in
    /// its metadata.
    Audit {
        slots: &'static [Slot],
        /// For a free-form event. A typed event is checked by the compiler, and has `None`.
        entry: Option<&'static EntryCache>,
    },
    /// A plain `tracing` event: the names of the fields tell their slots.
    Plain,
    /// A record of the `log` crate: as a plain event, but with fields `log.*` that belong to the
    /// bridge.
    LogCrate,
}
