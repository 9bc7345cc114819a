//! What is done when a journal is flushed or closed, and may wait for the disk.
//!
//! A disk can hold up a thread for as long as it likes, and so can a lock that such a thread holds. What
//! may meet that is done by a thread of its own, which a caller leaves alone at its deadline.

use crate::error::{AppendError, Chain};
use crate::journal::days::files::DayFiles;
use crate::journal::not_synced::deadline_after;
use crate::journal::progress::Progress;
use crate::journal::prune::background::BackgroundPruner;
use crate::journal::sequence::appender::Appender;
use crate::journal::sequence::outlet::Outlet;
use crate::journal::state::checkpoint::CheckpointWriter;
use crate::lock::lock;
use crate::record::Record;
use crate::report::{Level, Reports};
use crate::unwind::caught;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a caller waits for the thread at least: what has nothing to wait for takes a moment, too.
const LEAST_WAIT: Duration = Duration::from_millis(50);

/// How long the end of a journal waits for room for its last control records, and for the committer.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// How long the end of a journal waits for the disk.
const LAST_WAIT: Duration = Duration::from_secs(5);

/// The parts of a journal with which it is flushed and closed.
#[derive(Clone, Debug)]
pub(super) struct Finisher {
    appender: Arc<Appender>,
    pub(super) files: Arc<Mutex<DayFiles>>,
    progress: &'static Progress,
    background: Arc<BackgroundPruner>,
    checkpoint: Arc<CheckpointWriter>,
    reports: Arc<Reports>,
    /// The committer's thread; `None` without an intake.
    committer: Arc<Mutex<Option<JoinHandle<()>>>>,
    is_closed: Arc<AtomicBool>,
    /// Whether the disk has held up the last call beyond its deadline.
    is_held_up: Arc<AtomicBool>,
}

impl Finisher {
    pub(super) fn new(
        appender: Arc<Appender>,
        files: Arc<Mutex<DayFiles>>,
        progress: &'static Progress,
        background: Arc<BackgroundPruner>,
        checkpoint: Arc<CheckpointWriter>,
        reports: Arc<Reports>,
        committer: Option<JoinHandle<()>>,
    ) -> Finisher {
        let (is_closed, is_held_up) = (Arc::default(), Arc::default());
        let committer = Arc::new(Mutex::new(committer));
        Finisher {
            appender,
            files,
            progress,
            background,
            checkpoint,
            reports,
            committer,
            is_closed,
            is_held_up,
        }
    }

    /// Waits until all records are in day files, checks the clock and these files, and appends what was
    /// found. Returns the number of the next record; `None` if that is not done at the deadline.
    pub(super) fn check_all(&self, deadline: Instant) -> Option<u64> {
        self.within(deadline, move |this| this.check(deadline))
    }

    /// Appends the records of the control queue. Returns the number of the next record; `None` if that is
    /// not done at the deadline.
    pub(super) fn emit_queued(&self, deadline: Instant) -> Option<u64> {
        self.within(deadline, |this| this.appender.emit_queued())
    }

    /// Appends `log.closed`, once. Old files that are not removed in half of the time stay.
    pub(super) fn close(&self, patience: Duration) -> Result<(), AppendError> {
        if self.is_closed.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let deadline = deadline_after(patience);
        let closed = self.within(deadline, move |this| this.append_closed(deadline));
        closed.unwrap_or_else(|| Err(self.appender.backlogged(patience)))
    }

    /// Removes the intake if nothing is in it, and writes the checkpoint, unless the disk holds that up beyond the
    /// deadline.
    pub(super) fn write_checkpoint(&self, deadline: Instant) {
        self.within(deadline, Finisher::end_intake);
    }

    /// Appends the pending control records, and ends the threads, as far as the disk lets them end.
    pub(super) fn end(&self, threads: Vec<JoinHandle<()>>) {
        let is_held_up = self.is_held_up.load(Ordering::Relaxed);
        let deadline = deadline_after(if is_held_up { LEAST_WAIT } else { LAST_WAIT });
        self.within(deadline, move |this| this.end_threads(threads));
    }

    /// Runs `work` on a thread of its own, and returns what it returns; `None` if it is not done at the
    /// deadline, and goes on alone.
    fn within<T: Send + 'static, W: FnOnce(&Finisher) -> T + Send + 'static>(
        &self,
        deadline: Instant,
        work: W,
    ) -> Option<T> {
        let (begin, is_begun) = mpsc::sync_channel::<(Finisher, W)>(1);
        let (done, is_done) = mpsc::sync_channel(1);
        let run = move || {
            if let Ok((this, work)) = is_begun.recv() {
                let result = work(&this);
                // The caller may open the journal again at once.
                drop(this);
                // The receiver is gone at the deadline.
                done.send(result).unwrap_or(());
            }
        };
        let builder = std::thread::Builder::new().name("audit-finish".to_owned());
        // Starting a thread may panic while the caller's thread-locals are destroyed.
        if !caught(|| builder.spawn(run).is_ok()).unwrap_or(false) {
            // There is no further thread.
            return Some(work(self));
        }
        begin.send((self.clone(), work)).ok()?;
        let left = deadline.saturating_duration_since(Instant::now());
        let result = is_done.recv_timeout(left.max(LEAST_WAIT)).ok();
        self.is_held_up.store(result.is_none(), Ordering::Relaxed);
        result
    }

    fn check(&self, deadline: Instant) -> u64 {
        let next_seq = self.appender.check();
        self.progress.wait_committed(next_seq, deadline);
        lock(&self.files).check_all();
        self.appender.emit_queued()
    }

    fn append_closed(&self, deadline: Instant) -> Result<(), AppendError> {
        let left = || deadline.saturating_duration_since(Instant::now());
        self.check(deadline);
        lock(&self.files).give_up_rescue();
        self.background.prune_if_begun();
        self.background.end(left() / 2);
        let counts = self.appender.tally().counts();
        let closed = Record::new("log.closed")
            .resource("recorded", counts.recorded)
            .resource("refused", counts.refused);
        self.appender.append_control(&closed, left().min(LONGEST_WAIT)).map(drop)
    }

    fn end_threads(&self, threads: Vec<JoinHandle<()>>) {
        self.background.end(Duration::ZERO);
        self.check(deadline_after(LONGEST_WAIT));
        self.report_pending();
        self.background.end(Duration::ZERO);
        self.progress.end();
        for thread in threads {
            // The panic hook has reported a panic.
            thread.join().unwrap_or(());
        }
        self.join_committer();
        // The committer may have begun one at last.
        self.background.end(Duration::ZERO);
        self.end_intake();
    }

    /// Writes the checkpoint, and removes the intake if nothing is in it any more: another build, which may not know
    /// its layout, can open the log then. What is recorded from now on goes straight into the day files.
    fn end_intake(&self) {
        let files = Outlet::DayFiles(Arc::clone(&self.files), self.progress);
        let has_left = self.appender.leave_intake(self.progress.committed(), files);
        let is_written = self.write_last_checkpoint();
        if has_left {
            // A file can't be removed on Windows while it is mapped.
            self.progress.rouse_committer();
            self.join_committer();
            let directory = Arc::clone(lock(&self.files).directory());
            // A name that leads elsewhere is not this log's to remove.
            if is_written && directory.lost_name().is_ok_and(|lost| lost.is_none()) {
                // An intake that stays is empty.
                directory.remove_intake().unwrap_or(());
            }
        }
    }

    /// Leaves the committer's thread alone, in a forked child, which has it not.
    pub(super) fn forget_committer(&self) {
        // Another thread of the parent may have held the lock: then nothing is dropped.
        if let Ok(mut committer) = self.committer.try_lock() {
            std::mem::forget(committer.take());
        }
    }

    fn join_committer(&self) {
        let committer = lock(&self.committer).take();
        // The panic hook has reported a panic.
        committer.map(JoinHandle::join).transpose().unwrap_or(None);
    }

    /// Writes the checkpoint: as a rule nothing is in the intake any more. Returns whether it says so.
    fn write_last_checkpoint(&self) -> bool {
        let committed = self.progress.committed();
        if self.appender.is_at_rest(committed) {
            self.checkpoint.closed(committed)
        } else {
            self.checkpoint.committed_to(committed);
            false
        }
    }

    /// Appends the pending control records, or reports how many could not be appended.
    fn report_pending(&self) {
        let mut sequencer = self.appender.lock();
        if let Err(stop) = sequencer.emit_pending() {
            let (events, records) = sequencer.pending().counts();
            let when = if sequencer.has_intake() { " before the log is opened again" } else { "" };
            let error = stop.into_error();
            self.reports.post(Level::Error, || {
                format!(
                    "{events} events lost; could not write `log.gap` and {records} other control records{when}: {}",
                    Chain(&error)
                )
            });
        }
    }
}
