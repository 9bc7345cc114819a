//! How a callsite finds the catalog entry of its event type.

use crate::record::EventType;
use crate::record::catalog::CatalogIndex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How a callsite finds the catalog entry of its event type.
#[derive(Debug)]
pub(crate) enum CallsiteEntry {
    /// A free-form event is looked up in the catalog of its log, and checked when it is emitted.
    Free(EntryCache),
    /// A typed event carries its entry. The compiler has checked its resource.
    Typed(&'static EventType),
}

/// The position of a callsite's event type in the catalog that it was checked against last: the
/// catalog's id in the upper half, the position in the lower.
#[derive(Debug)]
pub(crate) struct EntryCache(AtomicU64);

impl EntryCache {
    /// The position of an event type that the catalog does not have.
    const NOT_FOUND: u32 = u32::MAX;

    pub(crate) const fn new() -> EntryCache {
        EntryCache(AtomicU64::new(0))
    }

    /// Returns the position of this event type in the catalog, if it has it.
    pub(super) fn position(&self, catalog: &CatalogIndex, event: &str) -> Option<usize> {
        let cached = self.0.load(Ordering::Relaxed);
        let [.., a, b, c, d] = cached.to_be_bytes();
        let position = if cached >> 32 == u64::from(catalog.id()) {
            u32::from_be_bytes([a, b, c, d])
        } else {
            let found = catalog.position(event).and_then(|at| u32::try_from(at).ok());
            let position = found.unwrap_or(EntryCache::NOT_FOUND);
            self.0.store(u64::from(catalog.id()) << 32 | u64::from(position), Ordering::Relaxed);
            position
        };
        (position != EntryCache::NOT_FOUND).then_some(position as usize)
    }
}
