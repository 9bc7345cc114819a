//! Where a layer that is hidden from its dispatch stands, as far as it is known.
//!
//! `tracing` asks all layers of all dispatches for their level hints when a dispatch is made and when
//! `reload` has changed a layer, and then for their interest in each callsite. A layer that was taken
//! out of its stack is no longer asked. A callsite of the crate's own, the probe's, shows when the
//! round is over.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Where a hidden layer stands.
#[derive(Debug)]
pub(super) struct Standing {
    /// The number of the layer, from 1 on.
    id: u64,
    /// The address of its stack's registry; 0 while it is not known.
    registry: AtomicUsize,
    /// Whether a round that does not ask the layer means that it was taken out. Not of a layer whose
    /// own filter has answered for it ever since its dispatch was registered.
    is_asked: AtomicBool,
}

thread_local! {
    /// The ids of the layers that this thread's round has asked.
    static ASKED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// The number of rounds that are over.
static ROUNDS: AtomicU64 = AtomicU64::new(0);

impl Standing {
    pub(super) fn new() -> Standing {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let id = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        Standing { id, registry: AtomicUsize::new(0), is_asked: AtomicBool::new(false) }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Notes that a round has asked the layer.
    pub(super) fn asked(&self) {
        self.is_asked.store(true, Ordering::Relaxed);
        // Without the thread's list, the layer counts as taken out until it answers a probe.
        ASKED
            .try_with(|asked| {
                if let Ok(mut asked) = asked.try_borrow_mut()
                    && !asked.contains(&self.id)
                {
                    asked.push(self.id);
                }
            })
            .unwrap_or(());
    }

    /// Returns the address of the stack's registry; 0 while it is not known.
    pub(super) fn registry(&self) -> usize {
        self.registry.load(Ordering::Relaxed)
    }

    /// Notes that the layer was registered with the dispatch of this registry.
    pub(super) fn registered(&self, registry: usize) {
        self.registry.store(registry, Ordering::Relaxed);
    }

    /// Notes that the layer has answered a probe in the stack over this registry. If a round does not
    /// ask it, another probe will.
    pub(super) fn answered(&self, registry: usize) {
        self.registry.store(registry, Ordering::Relaxed);
        self.is_asked.store(true, Ordering::Relaxed);
    }
}

/// Notes that this thread's round is over: of these layers, those that it has not asked are in no stack.
pub(super) fn round_is_over<'a>(hidden: impl Iterator<Item = &'a Standing>) {
    let asked = ASKED.try_with(RefCell::take).unwrap_or_default();
    for standing in hidden {
        if standing.is_asked.load(Ordering::Relaxed) && !asked.contains(&standing.id) {
            standing.registry.store(0, Ordering::Relaxed);
        }
    }
    ROUNDS.fetch_add(1, Ordering::Relaxed);
}

/// Returns the number of rounds that are over. While it stays the same, no layer comes or goes.
pub(super) fn rounds() -> u64 {
    ROUNDS.load(Ordering::Relaxed)
}
