//! The thread that removes old files, while there is one.

use crate::journal::Shared;
use crate::report::Level;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long those who ask for old files to go wait for it.
const PRUNING: Duration = Duration::from_millis(250);

/// A thread that removes old files.
#[derive(Debug)]
pub(in crate::journal) struct Pruner {
    thread: JoinHandle<()>,
    /// Hears of its end.
    done: mpsc::Receiver<()>,
}

impl Shared {
    /// Begins to remove old files, if there are any, and waits a little: small files are
    /// gone by then, others go while the application runs.
    pub(in crate::journal) fn prune_soon(self: &Arc<Self>) {
        if self.has_old_files() {
            self.begin_pruning();
            if let Some(pruner) = &*self.pruner() {
                pruner.done.recv_timeout(PRUNING).unwrap_or(());
            }
        }
    }

    /// Removes old files in a thread of its own.
    pub(in crate::journal) fn begin_pruning(self: &Arc<Self>) {
        let mut pruner = self.pruner();
        // It may have looked already: it is waited for, not left alone.
        let before = pruner.take();
        let (done, is_done) = mpsc::sync_channel(1);
        let shared = Arc::clone(self);
        let prune = move || {
            if let Some(before) = before {
                before.thread.join().unwrap_or(());
            }
            shared.prune_and_report();
            shared.reports.deliver_if_heard();
            // Nobody may be waiting any more.
            done.send(()).unwrap_or(());
        };
        match std::thread::Builder::new().name("audit-prune".to_owned()).spawn(prune) {
            Ok(thread) => *pruner = Some(Pruner { thread, done: is_done }),
            Err(error) => {
                let text = || format!("old day files can't be removed without a thread: {error}");
                self.reports.post(Level::Warn, text);
            }
        }
    }

    /// Waits until old files are removed, so long at the most; then it is left for the next
    /// time.
    pub(in crate::journal) fn end_pruning(&self, patience: Duration) {
        let Some(Pruner { thread, done }) = self.pruner().take() else {
            return;
        };
        let is_late = done.recv_timeout(patience).is_err();
        if is_late {
            self.is_closing.store(true, Ordering::Relaxed);
        }
        // A panic there has been told of by the hook.
        thread.join().unwrap_or(());
        if is_late {
            self.is_closing.store(false, Ordering::Relaxed);
        }
    }

    fn pruner(&self) -> MutexGuard<'_, Option<Pruner>> {
        self.pruner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
