//! Where a field of an event goes in the record.

use super::name::resource_key;
use crate::record::ActorKey;

/// Where a field of an event goes in the record.
#[derive(Clone, Copy, Debug)]
pub enum Slot {
    /// The event type.
    Event,
    /// A key of `actor`.
    Actor(ActorKey),
    /// `outcome`
    Outcome,
    /// `trace_id`
    TraceId,
    /// A key of `resource`.
    Resource {
        /// The key.
        key: &'static str,
        /// The key as it is written in the line, with its colon, if it was made at compile time.
        fragment: Option<&'static str>,
    },
    /// An object whose members become keys of `resource`.
    Members,
    /// The name is not that of a field of a record.
    Unknown,
}

impl Slot {
    /// Returns the slot of a field of this name.
    #[must_use]
    pub const fn of(name: &'static str) -> Slot {
        match name.as_bytes() {
            b"event" => Slot::Event,
            b"outcome" => Slot::Outcome,
            b"trace_id" => Slot::TraceId,
            b"resource" => Slot::Members,
            _ => match (resource_key(name), ActorKey::of_field(name)) {
                (Some(key), _) => Slot::Resource { key, fragment: None },
                (None, Some(key)) => Slot::Actor(key),
                (None, None) => Slot::Unknown,
            },
        }
    }

    /// Returns the slot of a field of `audit!`, with its key's `fragment`, which may be empty.
    #[must_use]
    pub const fn known(name: &'static str, fragment: &'static [u8]) -> Slot {
        match (Slot::of(name), std::str::from_utf8(fragment)) {
            (Slot::Resource { key, .. }, Ok(fragment)) if !fragment.is_empty() => {
                Slot::Resource { key, fragment: Some(fragment) }
            }
            (slot, _) => slot,
        }
    }
}
