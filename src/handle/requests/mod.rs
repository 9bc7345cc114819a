//! Taking up what the command `auditlog` asks of an open log, in a thread of its own: see the room `request`.
//!
//! The thread has parts of the log, and not the log itself, which could then not end.

mod control;
mod take;
mod thread;

use crate::journal::Subscription;
use crate::lock::lock;
use control::{Control, EndsOnDrop};
use std::io;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use take::Act;

/// How long the end of the log waits for a request that is being done.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// What takes up requests.
#[derive(Debug)]
pub(super) struct Requests {
    control: Arc<Control>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Requests {
    /// Begins to take up requests: first those that are there.
    ///
    /// # Errors
    ///
    /// There is no further thread.
    pub(super) fn start(journal: Subscription, act: Box<Act>) -> io::Result<Requests> {
        let control = Arc::<Control>::default();
        let for_thread = Arc::clone(&control);
        let run = move || {
            let _ends = EndsOnDrop(&for_thread);
            thread::run(&for_thread, &journal, &*act);
        };
        let thread = std::thread::Builder::new().name("audit-requests".to_owned()).spawn(run)?;
        Ok(Requests { control, thread: Mutex::new(Some(thread)) })
    }

    /// Ends: no more is taken up. Waits for what is being done until the deadline, at most a second.
    pub(super) fn end(&self, deadline: Instant) {
        let Some(thread) = lock(&self.thread).take() else {
            return;
        };
        self.control.end();
        // The log may end in this very thread, which has held it last.
        let is_own = thread.thread().id() == std::thread::current().id();
        if !is_own && self.control.wait_ended(deadline.min(Instant::now() + LAST_WAIT)) {
            // The panic hook has reported a panic of the thread.
            thread.join().unwrap_or(());
        }
    }

    /// Forgets the thread, in a forked child, which does not have it.
    pub(super) fn forget(&mut self) {
        std::mem::forget(lock(&self.thread).take());
    }
}

/// Ends the thread. One that the disk holds up is abandoned.
impl Drop for Requests {
    fn drop(&mut self) {
        self.end(Instant::now() + LAST_WAIT);
    }
}
