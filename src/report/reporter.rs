//! The thread that sends the reports of one log.
//!
//! The runtime log may block, as with a full pipe that is not read. So neither a caller nor a
//! thread of the log sends a report: they leave it in a queue and go on. The thread is started when
//! there is something to send, and ends when there was nothing for a while.

use super::event::{Report, is_sending, on_a_thread};
use crate::lock::lock;
use crate::unwind::caught;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing_core::subscriber::NoSubscriber;
use tracing_core::{Dispatch, dispatcher};

/// The largest number of reports that wait. Reports are limited to one a second, so so many wait
/// only if the runtime log is stuck, or there is none.
pub(super) const CAPACITY: usize = 128;

/// How long the thread waits for another report before it ends.
const LINGER: Duration = Duration::from_secs(5);

/// The reports that are not sent yet, and what the thread is to do with them.
#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    pending: VecDeque<Report>,
    /// Whether the pending reports are to be sent, not to be kept for a later dispatch.
    is_due: bool,
    /// Where to send them. Kept while there are any: its last other reference may be dropped before
    /// they are sent.
    dispatch: Option<Dispatch>,
    /// Whether a report is being sent.
    is_sending: bool,
    /// The process that the thread runs in, if it runs. A forked child does not have its parent's.
    runs_in: Option<u32>,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(super) fn is_full(&self) -> bool {
        self.state().pending.len() >= CAPACITY
    }

    pub(super) fn push(&self, report: Report) {
        self.state().pending.push_back(report);
    }

    /// Has the pending reports sent through this dispatch, or else through the global default.
    /// Without a thread they stay pending.
    pub(super) fn send(self: &Arc<Queue>, dispatch: Option<Dispatch>) {
        let mut state = self.state();
        if state.pending.is_empty() {
            return;
        }
        state.is_due = true;
        let before = dispatch.and_then(|dispatch| state.dispatch.replace(dispatch));
        let process = std::process::id();
        let is_running = state.runs_in.replace(process) == Some(process);
        drop(state);
        release(before);
        if is_running {
            self.changed.notify_all();
            return;
        }
        let queue = Arc::clone(self);
        if !on_a_thread(move || queue.run()) {
            self.state().runs_in = None;
        }
    }

    /// Waits until all reports are sent that are to be sent, at most for `patience`.
    pub(super) fn wait(&self, patience: Duration) {
        if is_sending() {
            return;
        }
        let deadline = Instant::now() + patience;
        let mut state = self.state();
        while state.runs_in.is_some() && (state.is_due || state.is_sending) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.wait_on(state, left);
        }
    }

    fn wait_on<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Sends reports until there was none for a while.
    fn run(&self) {
        loop {
            let mut state = self.state();
            if !state.is_due {
                state = self.wait_on(state, LINGER);
            }
            if !state.is_due {
                state.runs_in = None;
                return;
            }
            self.send_due(state);
        }
    }

    /// Sends the pending reports. Where nothing listens, they stay pending.
    fn send_due<'a>(&'a self, mut state: MutexGuard<'a, State>) {
        state.is_sending = true;
        while state.is_due {
            let dispatch = state.dispatch.clone();
            drop(state);
            let dispatch = dispatch.unwrap_or_else(|| dispatcher::get_default(Dispatch::clone));
            state = self.state();
            let next = if dispatch.is::<NoSubscriber>() { None } else { state.pending.pop_front() };
            match next {
                Some(report) => {
                    drop(state);
                    report.send(&dispatch);
                    release(Some(dispatch));
                    state = self.state();
                }
                None => state.is_due = false,
            }
        }
        let dispatch = state.dispatch.take();
        drop(state);
        release(dispatch);
        self.state().is_sending = false;
        self.changed.notify_all();
    }
}

/// Drops a dispatch, whose subscriber may panic when it is dropped. Not to be called under a lock.
fn release(dispatch: Option<Dispatch>) {
    caught(|| drop(dispatch)).unwrap_or(());
}
