//! A live audit layer, as `audit!` finds it: the log, and the actors of the stack's spans.
//!
//! A dispatch that can see its audit layer finds the presence by `downcast_ref`. Those that no
//! dispatch has seen are in a list: a layer behind `reload` is hidden from its dispatch.

use crate::capture::context::span_actors::SpanActors;
use crate::handle::Log;
use crate::lock::lock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use tracing_core::Dispatch;
use tracing_subscriber::Registry;

/// A live audit layer.
#[derive(Debug)]
pub(crate) struct Presence {
    pub(crate) log: Arc<Log>,
    pub(crate) actors: SpanActors,
    /// Whether a dispatch has found it by `downcast_ref`.
    is_visible: AtomicBool,
    /// The address of its stack's registry; 0 while it is not known.
    registry: AtomicUsize,
    /// Whether a stack has asked its layer anything. A layer that is in no stack is not found.
    is_in_use: AtomicBool,
}

/// The layers that no dispatch has found by `downcast_ref`.
static HIDDEN: Mutex<Vec<Weak<Presence>>> = Mutex::new(Vec::new());

impl Presence {
    pub(crate) fn new(log: Arc<Log>) -> Arc<Presence> {
        let presence = Arc::new(Presence {
            log,
            actors: SpanActors::default(),
            is_visible: AtomicBool::new(false),
            registry: AtomicUsize::new(0),
            is_in_use: AtomicBool::new(false),
        });
        let mut hidden = lock(&HIDDEN);
        hidden.retain(|other| other.strong_count() > 0);
        hidden.push(Arc::downgrade(&presence));
        presence
    }

    /// Returns the presence of the dispatch's audit layer, if the dispatch can see it.
    pub(super) fn visible_in(dispatch: &Dispatch) -> Option<&Presence> {
        let presence = dispatch.downcast_ref::<Presence>()?;
        presence.set_visible();
        Some(presence)
    }

    fn set_visible(&self) {
        if !self.is_visible.load(Ordering::Relaxed) {
            self.is_visible.store(true, Ordering::Relaxed);
            lock(&HIDDEN).retain(|other| !std::ptr::eq(other.as_ptr(), self));
        }
    }

    /// Notes that a stack has asked its layer something.
    pub(crate) fn set_in_use(&self) {
        self.is_in_use.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_in_use(&self) -> bool {
        self.is_in_use.load(Ordering::Relaxed)
    }

    /// Notes that its layer was registered with this dispatch, and returns whether the dispatch
    /// can see it.
    pub(crate) fn register(&self, dispatch: &Dispatch) -> bool {
        let is_visible = self.is_of(dispatch);
        if is_visible {
            self.set_visible();
        } else {
            self.set_registry(registry_address(dispatch));
        }
        is_visible
    }

    /// Returns whether this is the layer that the dispatch can see.
    pub(crate) fn is_of(&self, dispatch: &Dispatch) -> bool {
        dispatch.downcast_ref::<Presence>().is_some_and(|found| std::ptr::eq(found, self))
    }

    /// Returns the address of its stack's registry; 0 while it is not known.
    pub(super) fn registry(&self) -> usize {
        self.registry.load(Ordering::Relaxed)
    }

    pub(super) fn set_registry(&self, address: usize) {
        self.registry.store(address, Ordering::Relaxed);
    }
}

/// Returns the live layers that no dispatch has found by `downcast_ref`.
pub(super) fn hidden_presences() -> Vec<Arc<Presence>> {
    lock(&HIDDEN).iter().filter_map(Weak::upgrade).collect()
}

/// Returns the address of the dispatch's `Registry`; 0 if it has none.
pub(super) fn registry_address(dispatch: &Dispatch) -> usize {
    dispatch.downcast_ref::<Registry>().map_or(0, |registry| std::ptr::from_ref(registry).addr())
}
