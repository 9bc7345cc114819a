//! The plain event that an audit layer was last asked about, so that `on_event` does not take it again.

use super::presence::Presence;
use std::cell::Cell;
use tracing_core::Event;

thread_local! {
    /// The address of the event, while it is sent, and the id of the layer that was asked.
    static SEEN: Cell<(usize, u64)> = const { Cell::new((0, 0)) };
}

fn key(event: &Event<'_>, presence: &Presence) -> (usize, u64) {
    (std::ptr::from_ref(event).addr(), presence.id())
}

/// Notes that the layer was asked about this event in `event_enabled`, and took it if it was its own.
pub(crate) fn note(event: &Event<'_>, presence: &Presence) {
    // While the thread's locals are destroyed, it counts as not asked.
    SEEN.try_with(|seen| seen.set(key(event, presence))).unwrap_or(());
}

/// Returns whether the layer was asked about this event in `event_enabled`.
pub(crate) fn was_asked_about(event: &Event<'_>, presence: &Presence) -> bool {
    SEEN.try_with(|seen| {
        let is_seen = seen.get() == key(event, presence);
        if is_seen {
            // Another event may have this address later.
            seen.set((0, 0));
        }
        is_seen
    })
    .unwrap_or(false)
}
