//! What a follower's thread and those who direct it tell each other.

use crate::journal::Tap;
use crate::record::Timestamp;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Thread;
use std::time::Instant;

/// What a follower is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// To follow.
    #[default]
    Follow,
    /// To deliver the records before this number, now, and to say when that is done; or, if it
    /// is not patient, when it fails.
    Drain { upto: u64, is_patient: bool },
    /// To write down how far it has come, and to end.
    End,
}

/// How a follower stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    pub(super) next_seq: u64,
    pub(super) delivered: u64,
    pub(super) rejected: u64,
    pub(super) dead_letters: u64,
    pub(super) last_error: Option<(Timestamp, String)>,
    pub(super) failing_since: Option<Timestamp>,
    /// The time of the next record, if that was read already.
    pub(super) next_ts: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub(super) struct Control {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    order: Order,
    /// What it follows; taken away, it has to leave the journal alone.
    tap: Option<Tap>,
    /// The thread, and its number there.
    thread: Option<(u64, Thread)>,
    standing: Standing,
    has_ended: bool,
    /// Whether the order was given since somebody looked.
    is_fresh: bool,
}

impl Control {
    /// Goes on with what the one before has counted.
    pub(super) fn new(tap: Tap, next_seq: u64, before: Standing) -> Control {
        let standing = Standing { next_seq, next_ts: None, ..before };
        let state = State { tap: Some(tap), standing, ..State::default() };
        Control { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // ---- The thread's side ----

    pub(super) fn begins(&self, thread: Thread) {
        let mut state = self.state();
        let number = state.tap.as_ref().map_or(0, |tap| tap.is_followed_by(thread.clone()));
        state.thread = Some((number, thread));
    }

    pub(super) fn ends(&self) {
        let mut state = self.state();
        if let (Some(tap), Some((number, _))) = (state.tap.take(), state.thread.take()) {
            tap.is_left_by(number);
            if std::thread::panicking() {
                let now = tap.now();
                state.standing.last_error = Some((now, "the mirror's thread has panicked".to_owned()));
                state.standing.failing_since.get_or_insert(now);
            }
        }
        state.has_ended = true;
        drop(state);
        self.changed.notify_all();
    }

    pub(super) fn order(&self) -> Order {
        self.state().order
    }

    /// Whether the order was given since this was asked last.
    pub(super) fn take_fresh(&self) -> bool {
        std::mem::take(&mut self.state().is_fresh)
    }

    /// What is followed is there as long as `step` takes; `None` if it is not any more.
    pub(super) fn with_tap<T>(&self, step: impl FnOnce(&Tap) -> T) -> Option<T> {
        let tap = self.state().tap.clone()?;
        Some(step(&tap))
    }

    pub(super) fn stands(&self, change: impl FnOnce(&mut Standing)) {
        change(&mut self.state().standing);
    }

    /// What was ordered is done, as far as it goes; it follows again.
    pub(super) fn is_drained(&self, order: Order) {
        let mut state = self.state();
        if state.order == order {
            state.order = Order::Follow;
        }
        drop(state);
        self.changed.notify_all();
    }

    // ---- The others' side ----

    pub(super) fn standing(&self) -> Standing {
        self.state().standing.clone()
    }

    pub(super) fn give(&self, order: Order) {
        let mut state = self.state();
        state.order = order;
        state.is_fresh = true;
        if let Some((_, thread)) = &state.thread {
            thread.unpark();
        }
    }

    /// Waits until it follows again, or has ended; says whether that was in time. Then it is to
    /// follow in any case.
    pub(super) fn wait_drained(&self, deadline: Instant) -> bool {
        let is_done =
            self.wait(deadline, |state| !matches!(state.order, Order::Drain { .. }) || state.has_ended);
        let mut state = self.state();
        if matches!(state.order, Order::Drain { .. }) {
            state.order = Order::Follow;
        }
        is_done
    }

    /// Waits until it has ended; says whether that was in time. From then on it leaves the
    /// journal alone.
    pub(super) fn wait_ended(&self, deadline: Instant) -> bool {
        let has_ended = self.wait(deadline, |state| state.has_ended);
        let mut state = self.state();
        if let (Some(tap), Some((number, _))) = (state.tap.take(), &state.thread) {
            tap.is_left_by(*number);
        }
        has_ended
    }

    fn wait(&self, deadline: Instant, is_done: impl Fn(&State) -> bool) -> bool {
        let mut state = self.state();
        while !is_done(&state) {
            let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
            else {
                return false;
            };
            (state, _) = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
        true
    }
}
