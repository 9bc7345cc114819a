//! The thread that removes old files, while there are any: when the journal is opened, when a day
//! file begins, and when settings change.

use crate::journal::control_queue::ControlQueue;
use crate::journal::progress::Progress;
use crate::journal::prune::pruner::Pruner;
use crate::lock::lock;
use crate::report::Level;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long [`BackgroundPruner::prune_soon`] waits.
const PATIENCE: Duration = Duration::from_millis(250);

/// Runs the pruner in a thread of its own.
#[derive(Debug)]
pub(in crate::journal) struct BackgroundPruner {
    pruner: Arc<Pruner>,
    control_queue: Arc<ControlQueue>,
    progress: &'static Progress,
    thread: Mutex<Option<PruneThread>>,
    /// Whether old files stay until an operator prunes.
    is_off: bool,
}

#[derive(Debug)]
struct PruneThread {
    thread: JoinHandle<()>,
    /// Receives its end.
    done: Arc<Mutex<mpsc::Receiver<()>>>,
}

impl BackgroundPruner {
    pub(in crate::journal) fn new(
        pruner: Arc<Pruner>,
        control_queue: Arc<ControlQueue>,
        progress: &'static Progress,
        is_off: bool,
    ) -> BackgroundPruner {
        BackgroundPruner { pruner, control_queue, progress, thread: Mutex::default(), is_off }
    }

    /// Begins to remove old files if a day file has begun.
    #[inline]
    pub(in crate::journal) fn prune_if_begun(&self) {
        if self.control_queue.take_new_file() && !self.progress.is_over() && !self.is_off {
            self.begin();
        }
    }

    /// Begins to remove old files, if there are any, and waits a little: small files are removed
    /// by then, others while the application runs.
    pub(in crate::journal) fn prune_soon(&self) {
        if !self.is_off && self.pruner.has_old_files() {
            self.begin();
            let done = lock(&self.thread).as_ref().map(|running| Arc::clone(&running.done));
            if let Some(done) = done {
                // It goes on after that.
                lock(&done).recv_timeout(PATIENCE).unwrap_or(());
            }
        }
    }

    #[cold]
    fn begin(&self) {
        let mut running = lock(&self.thread);
        // The thread before it may have looked already, so another one follows it.
        let before = running.take();
        let (done, is_done) = mpsc::sync_channel(1);
        let pruner = Arc::clone(&self.pruner);
        let prune = move || {
            if let Some(before) = before {
                // The panic hook has reported a panic.
                before.thread.join().unwrap_or(());
            }
            pruner.prune_and_report();
            pruner.reports().deliver_if_heard();
            // The receiver may be gone.
            done.send(()).unwrap_or(());
        };
        match std::thread::Builder::new().name("audit-prune".to_owned()).spawn(prune) {
            Ok(thread) => {
                *running = Some(PruneThread { thread, done: Arc::new(Mutex::new(is_done)) });
            }
            Err(error) => {
                let text = || format!("could not start the thread that removes old day files: {error}");
                self.pruner.reports().post(Level::Warn, text);
            }
        }
    }

    /// Waits that long until old files are removed; then stops the thread, which leaves the rest
    /// for the next time.
    pub(in crate::journal) fn end(&self, patience: Duration) {
        let Some(PruneThread { thread, done }) = lock(&self.thread).take() else {
            return;
        };
        let is_late = lock(&done).recv_timeout(patience).is_err();
        if is_late {
            self.pruner.set_stopping(true);
        }
        // The panic hook has reported a panic.
        thread.join().unwrap_or(());
        if is_late {
            self.pruner.set_stopping(false);
        }
    }
}
