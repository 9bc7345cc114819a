//! What the thread that takes up requests and the rest of the log tell each other.

use crate::lock::{lock, wait_until};
use crate::request::Watch;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// The thread's end, and what it waits for.
#[derive(Debug, Default)]
pub(super) struct Control {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_ending: bool,
    has_ended: bool,
    watch: Option<Arc<Watch>>,
}

impl Control {
    pub(super) fn is_ending(&self) -> bool {
        lock(&self.state).is_ending
    }

    /// Ends the thread's wait, and has it end.
    pub(super) fn end(&self) {
        let mut state = lock(&self.state);
        state.is_ending = true;
        if let Some(watch) = state.watch.take() {
            watch.end();
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Returns whether the thread has ended before the deadline.
    pub(super) fn wait_ended(&self, deadline: Instant) -> bool {
        wait_until(&self.state, &self.changed, deadline, |state| state.has_ended)
    }

    /// Returns the watch on a folder, which begins now if there is none. `None` if there can't be one.
    pub(super) fn watch(&self, folder: &Path) -> Option<Arc<Watch>> {
        let mut state = lock(&self.state);
        if state.watch.is_none() && !state.is_ending {
            // The caller looks from time to time instead.
            state.watch = Watch::of(folder).ok().flatten().map(Arc::new);
        }
        state.watch.clone()
    }

    /// Takes note that the watch has ended.
    pub(super) fn is_unwatched(&self) {
        lock(&self.state).watch = None;
    }

    /// Waits that long, or until the thread is to end.
    pub(super) fn pause(&self, time: Duration) {
        wait_until(&self.state, &self.changed, Instant::now() + time, |state| state.is_ending);
    }
}

/// Reports that the thread has ended, also after a panic.
pub(super) struct EndsOnDrop<'a>(pub(super) &'a Control);

impl Drop for EndsOnDrop<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).has_ended = true;
        self.0.changed.notify_all();
    }
}
