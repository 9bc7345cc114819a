//! The dispatch that the reports of a log are sent to.

use crate::lock::lock;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing_core::Dispatch;
use tracing_core::dispatcher::WeakDispatch;

/// The dispatch that the log's layer is part of, if it is known.
#[derive(Default)]
pub(super) struct Audience {
    dispatch: Mutex<Option<WeakDispatch>>,
    /// Whether it is known, to be read without the lock.
    is_known: AtomicBool,
}

impl Audience {
    pub(super) fn is_known(&self) -> bool {
        self.is_known.load(Ordering::Relaxed)
    }

    /// Remembers the dispatch of the layer, unless one is known that still exists.
    pub(super) fn set(&self, dispatch: &Dispatch) {
        let mut known = lock(&self.dispatch);
        if known.as_ref().and_then(WeakDispatch::upgrade).is_none() {
            *known = Some(dispatch.downgrade());
        }
        self.is_known.store(true, Ordering::Relaxed);
    }

    /// Returns the dispatch of the layer, if it is known and still exists. An `Arc` of a subscriber
    /// may be in several dispatches, of which another one is then looked for.
    pub(super) fn get(&self) -> Option<Dispatch> {
        // Not dropped under the lock: it may be the last reference to its subscriber.
        let dispatch = lock(&self.dispatch).as_ref().and_then(WeakDispatch::upgrade);
        if dispatch.is_none() {
            self.is_known.store(false, Ordering::Relaxed);
        }
        dispatch
    }
}
