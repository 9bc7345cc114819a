//! Where an event comes from.

use super::entry_cache::CallsiteEntry;
use crate::capture::fields::slot::Slot;

/// Where an event comes from, which decides where its fields go.
#[derive(Clone, Copy)]
pub(crate) enum Origin {
    /// `audit!`: the callsite knows the slots of the fields, and the event type is the name in
    /// its metadata.
    Audit { slots: &'static [Slot], entry: &'static CallsiteEntry },
    /// A plain `tracing` event: the names of the fields tell their slots.
    Plain,
    /// A record of the `log` crate: as a plain event, but with fields `log.*` that belong to the
    /// bridge.
    LogCrate,
}
