//! What a follower's thread and the rest of the log tell each other.

use crate::journal::Subscription;
use crate::lock::{lock, wait_until};
use crate::record::Timestamp;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// What a follower is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// To deliver records as they come to disk.
    #[default]
    Follow,
    /// To deliver the records before number `upto` at once, and to report when that is done, or when
    /// attempts fail: unless it is patient, the first one.
    Drain { upto: u64, is_patient: bool },
    /// To save the cursor, and to end.
    End,
}

/// The state of a follower, as others see it.
#[derive(Clone, Debug, Default)]
pub(super) struct Status {
    pub(super) next_seq: u64,
    pub(super) delivered: u64,
    pub(super) rejected: u64,
    pub(super) dead_letters: u64,
    pub(super) last_error: Option<(Timestamp, String)>,
    pub(super) failing_since: Option<Timestamp>,
    /// Whether the log has recorded the failure.
    pub(super) is_alarmed: bool,
    /// The time of the next record, if it was read already.
    pub(super) next_ts: Option<Timestamp>,
}

/// How far the delivery of dead letters is.
#[derive(Clone, Debug, Default)]
pub(super) struct Letters {
    state: LettersState,
    /// The number of letters delivered by the last request.
    pub(super) delivered: u64,
    /// The number of letters that it has left.
    pub(super) left: u64,
    /// Why, for the first of them.
    pub(super) error: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LettersState {
    #[default]
    Idle,
    Requested,
    Running,
}

/// A mirror that makes no progress, as the watch has seen it.
#[derive(Debug)]
pub(super) struct Hang {
    pub(super) since: Timestamp,
    pub(super) error: String,
}

/// The orders to a follower's thread, and its status.
#[derive(Debug, Default)]
pub(super) struct Control {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    order: Order,
    /// The journal that is followed. Once it is `None`, the thread must not touch the journal.
    subscription: Option<Subscription>,
    /// The thread, and its number in the journal.
    thread: Option<(u64, Thread)>,
    status: Status,
    has_ended: bool,
    letters: Letters,
    /// When the thread began its turn; `None` while it sleeps.
    busy_since: Option<Instant>,
    /// What the watch has recorded, until the thread learns of it.
    hang: Option<Hang>,
    /// Whether the thread has not seen the order yet.
    is_new: bool,
    /// The number of the record from which on all are to be delivered again.
    replay: Option<u64>,
}

impl Control {
    /// Creates the control of a follower that continues the counts of a previous one.
    pub(super) fn new(subscription: Subscription, next_seq: u64, before: Status) -> Control {
        let status = Status { next_seq, next_ts: None, ..before };
        let state = State { subscription: Some(subscription), status, ..State::default() };
        Control { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    // ---- For the follower's thread ----

    pub(super) fn thread_begins(&self, thread: Thread) {
        let mut state = self.state();
        let follow = |journal: &Subscription| journal.add_follower(thread.clone());
        let number = state.subscription.as_ref().map_or(0, follow);
        state.thread = Some((number, thread));
    }

    pub(super) fn thread_ends(&self) {
        let mut state = self.state();
        if let (Some(journal), Some((number, _))) = (state.subscription.take(), state.thread.take()) {
            journal.remove_follower(number);
            if std::thread::panicking() {
                let now = journal.now();
                state.status.last_error = Some((now, "the thread of the mirror panicked".to_owned()));
                state.status.failing_since.get_or_insert(now);
            }
        }
        state.has_ended = true;
        drop(state);
        self.changed.notify_all();
    }

    pub(super) fn order(&self) -> Order {
        self.state().order
    }

    /// Begins a turn of the thread, and returns the order.
    pub(super) fn begin_turn(&self) -> Order {
        let mut state = self.state();
        state.busy_since = Some(Instant::now());
        state.order
    }

    /// Notes that the thread sleeps.
    pub(super) fn sleeps(&self) {
        self.state().busy_since = None;
    }

    /// Returns whether the order is new since the last call.
    pub(super) fn take_new(&self) -> bool {
        std::mem::take(&mut self.state().is_new)
    }

    /// Returns whether dead letters are to be delivered now.
    pub(super) fn take_letters_request(&self) -> bool {
        let letters = &mut self.state().letters;
        let is_requested = letters.state == LettersState::Requested;
        if is_requested {
            *letters = Letters { state: LettersState::Running, ..Letters::default() };
        }
        is_requested
    }

    /// Returns from which record on all are to be delivered again.
    pub(super) fn replay(&self) -> Option<u64> {
        self.state().replay
    }

    /// Reports that the thread has begun there.
    pub(super) fn replay_has_begun(&self) {
        self.state().replay = None;
        self.changed.notify_all();
    }

    pub(super) fn letter_is_delivered(&self, delivered: u64) {
        self.state().letters.delivered = delivered;
    }

    pub(super) fn letters_end(&self, left: u64, error: Option<String>) {
        let letters = &mut self.state().letters;
        (letters.state, letters.left, letters.error) = (LettersState::Idle, left, error);
        self.changed.notify_all();
    }

    /// Runs `step` with the journal, or returns `None` if the thread must not touch it any more.
    pub(super) fn with_journal<T>(&self, step: impl FnOnce(&Subscription) -> T) -> Option<T> {
        let journal = self.state().subscription.clone()?;
        Some(step(&journal))
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut Status)) {
        change(&mut self.state().status);
    }

    /// Reports that `order` is done as far as possible, and follows again.
    pub(super) fn drained(&self, order: Order) {
        let mut state = self.state();
        if state.order == order {
            state.order = Order::Follow;
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Returns whether it is up to the caller to record the failure: it is not recorded yet.
    pub(super) fn claims_alarm(&self) -> bool {
        !std::mem::replace(&mut self.state().status.is_alarmed, true)
    }

    /// Returns what the watch has recorded since the last call.
    pub(super) fn take_hang(&self) -> Option<Hang> {
        self.state().hang.take()
    }

    // ---- For the rest of the log ----

    /// Returns how long the current turn of the thread takes already, if it is to deliver records as they
    /// come to disk.
    pub(super) fn busy(&self) -> Option<Duration> {
        let state = self.state();
        let busy_since = state.busy_since.filter(|_| state.order == Order::Follow && !state.has_ended)?;
        Some(busy_since.elapsed())
    }

    /// Notes that the mirror hangs. Returns whether that is to be recorded: it is not yet.
    pub(super) fn hangs(&self, hang: Hang, now: Timestamp) -> bool {
        let mut state = self.state();
        if std::mem::replace(&mut state.status.is_alarmed, true) {
            return false;
        }
        state.status.failing_since.get_or_insert(hang.since);
        state.status.last_error = Some((now, hang.error.clone()));
        state.hang = Some(hang);
        true
    }

    pub(super) fn status(&self) -> Status {
        self.state().status.clone()
    }

    pub(super) fn give(&self, order: Order) {
        let mut state = self.state();
        state.order = order;
        state.is_new = true;
        if let Some((_, thread)) = &state.thread {
            thread.unpark();
        }
    }

    /// Asks the thread to deliver the dead letters, and waits until it has tried. Returns how far it came,
    /// and whether that was in time.
    pub(super) fn deliver_letters(&self, deadline: Instant) -> (Letters, bool) {
        let mut state = self.state();
        if state.letters.state == LettersState::Idle {
            state.letters = Letters { state: LettersState::Requested, ..Letters::default() };
        }
        if let Some((_, thread)) = &state.thread {
            thread.unpark();
        }
        drop(state);
        let is_done =
            self.wait(deadline, |state| state.letters.state == LettersState::Idle || state.has_ended);
        let mut state = self.state();
        if state.letters.state == LettersState::Requested {
            state.letters.state = LettersState::Idle;
        }
        (state.letters.clone(), is_done)
    }

    /// Has the thread begin again at a record that was delivered, and waits for that until the deadline. Returns the number of
    /// the record that it would have delivered next, and whether it has begun.
    pub(super) fn begin_again(&self, from_seq: u64, deadline: Instant) -> (u64, bool) {
        let mut state = self.state();
        let before = state.status.next_seq;
        if from_seq >= before {
            return (before, true);
        }
        state.replay = Some(from_seq);
        if let Some((_, thread)) = &state.thread {
            thread.unpark();
        }
        drop(state);
        let has_begun = self.wait(deadline, |state| state.replay.is_none() || state.has_ended);
        let is_left = self.state().replay.take().is_some();
        (before, has_begun && !is_left)
    }

    /// Waits until the thread has drained or ended, and returns whether that was in time. In both
    /// cases the thread follows again.
    pub(super) fn wait_drained(&self, deadline: Instant) -> bool {
        let is_done =
            self.wait(deadline, |state| !matches!(state.order, Order::Drain { .. }) || state.has_ended);
        let mut state = self.state();
        if matches!(state.order, Order::Drain { .. }) {
            state.order = Order::Follow;
        }
        is_done
    }

    /// Waits until the thread has ended, and returns whether that was in time. In both cases the
    /// thread does not touch the journal any more.
    pub(super) fn wait_ended(&self, deadline: Instant) -> bool {
        let has_ended = self.wait(deadline, |state| state.has_ended);
        let mut state = self.state();
        if let (Some(journal), Some((number, _))) = (state.subscription.take(), &state.thread) {
            journal.remove_follower(*number);
        }
        has_ended
    }

    fn wait(&self, deadline: Instant, is_done: impl Fn(&State) -> bool) -> bool {
        wait_until(&self.state, &self.changed, deadline, is_done)
    }
}
