//! What the sealer's thread and the rest of the log tell each other.

use crate::journal::Subscription;
use crate::lock::{lock, wait_until};
use crate::sealer::face::keeper::SealedUntil;
use crate::sealer::face::settings::Settings;
use crate::sealer::face::stats::SealStats;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread::Thread;
use std::time::Instant;

/// What the thread is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    #[default]
    Follow,
    /// To seal what is on disk now, and to record the checkpoint if that is wanted.
    Seal {
        and_record: bool,
    },
    End,
}

#[derive(Debug)]
pub(super) struct Control {
    pub(super) state: Mutex<State>,
    pub(super) changed: Condvar,
    pub(super) sealed_until: SealedUntil,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// When the time for closing the log is over, once it is closed.
    pub(super) closing: Option<Instant>,
    pub(super) order: Order,
    /// Once it is `None`, the thread must not touch the journal.
    pub(super) journal: Option<Subscription>,
    pub(super) thread: Option<(u64, Thread)>,
    pub(super) has_ended: bool,
    pub(super) stats: SealStats,
    pub(super) settings: Option<Settings>,
}

impl Control {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(super) fn give(&self, order: Order) {
        let mut state = self.state();
        state.order = order;
        state.wake();
        drop(state);
        self.changed.notify_all();
    }

    pub(super) fn wait(&self, deadline: Instant, is_done: impl Fn(&State) -> bool) -> bool {
        wait_until(&self.state, &self.changed, deadline, is_done)
    }

    /// Reports that an order is carried out, as far as possible.
    pub(super) fn done(&self, order: Order) {
        let mut state = self.state();
        if state.order == order {
            state.order = Order::Follow;
        }
        drop(state);
        self.changed.notify_all();
    }
}

impl State {
    pub(super) fn wake(&self) {
        if let Some((_, thread)) = &self.thread {
            thread.unpark();
        }
    }
}
