//! Publishing the log's state in `status.json`, from a thread of its own.
//!
//! The thread sleeps until more records are on disk or something is reported, and then until all is settled; so an idle log
//! costs nothing. It has parts of the log, and not the log itself, which could then not end.

mod control;
mod status;
mod thread;

use super::stats::Sources;
use crate::lock::{lock, wait_until};
use control::{Control, EndsOnDrop};
use status::Unchanging;
use std::io;
use std::sync::Arc;
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

/// How long the end of the log waits for the thread.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// The publisher of an open log.
#[derive(Debug)]
pub(super) struct Publisher {
    control: Arc<Control>,
    thread: Option<JoinHandle<()>>,
}

impl Publisher {
    /// Begins to publish.
    ///
    /// # Errors
    ///
    /// There is no further thread.
    pub(super) fn start(
        sources: Sources,
        application: Option<String>,
        intake_bytes: u64,
    ) -> io::Result<Publisher> {
        let control = Arc::<Control>::default();
        let unchanging = Unchanging::new(&sources, application, intake_bytes);
        let for_thread = Arc::clone(&control);
        let run = move || {
            let _ends = EndsOnDrop(&for_thread);
            thread::run(&for_thread, &sources, &unchanging);
        };
        let thread = std::thread::Builder::new().name("audit-status".to_owned()).spawn(run)?;
        Ok(Publisher { control, thread: Some(thread) })
    }

    /// Publishes that the log was closed, and waits for that until the deadline, at most a second.
    pub(super) fn close(&self, deadline: Instant) {
        lock(&self.control.state).is_closed = true;
        self.wake();
        let deadline = deadline.min(Instant::now() + LAST_WAIT);
        wait_until(&self.control.state, &self.control.changed, deadline, |state| {
            state.is_closed_published || state.has_ended
        });
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.as_ref().map(JoinHandle::thread) {
            Thread::unpark(thread);
        }
    }

    /// Forgets the thread, in a forked child, which does not have it.
    pub(super) fn forget(&mut self) {
        std::mem::forget(self.thread.take());
    }
}

/// Ends the thread. One that the disk holds up is abandoned.
impl Drop for Publisher {
    fn drop(&mut self) {
        if self.thread.is_none() {
            return;
        }
        lock(&self.control.state).is_ending = true;
        self.wake();
        let deadline = Instant::now() + LAST_WAIT;
        let has_ended =
            wait_until(&self.control.state, &self.control.changed, deadline, |state| state.has_ended);
        if let Some(thread) = self.thread.take().filter(|_| has_ended) {
            // The panic hook has reported a panic of the thread.
            thread.join().unwrap_or(());
        }
    }
}
