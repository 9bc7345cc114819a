//! What the publisher's thread and the rest of the log tell each other.

use crate::lock::lock;
use std::sync::{Condvar, Mutex};

/// The orders, and how far they are done.
#[derive(Debug, Default)]
pub(super) struct Control {
    pub(super) state: Mutex<State>,
    pub(super) changed: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// The log was closed.
    pub(super) is_closed: bool,
    /// That was published, or can't be.
    pub(super) is_closed_published: bool,
    pub(super) is_ending: bool,
    pub(super) has_ended: bool,
}

/// Reports that the thread has ended, also after a panic.
pub(super) struct EndsOnDrop<'a>(pub(super) &'a Control);

impl Drop for EndsOnDrop<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).has_ended = true;
        self.0.changed.notify_all();
    }
}
