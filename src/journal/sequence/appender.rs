//! Appending by many threads: the lock around the sequencer, and waiting for room outside it.

use crate::error::{AppendError, Chain};
use crate::journal::control_queue::ControlQueue;
use crate::journal::not_synced::deadline_after;
use crate::journal::progress::Progress;
use crate::journal::sequence::outlet::{Outlet, Stop};
use crate::journal::sequence::sequencer::Sequencer;
use crate::journal::settings::LiveSettings;
use crate::lock::lock;
use crate::record::Record;
use crate::record::encode::Draft;
use crate::report::{Level, Reports};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// An event that was appended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appended {
    /// Its number.
    pub(crate) seq: u64,
    /// How long the caller waits until it is on disk; `None` if it does not wait.
    pub(crate) waits_for_disk: Option<Duration>,
}

/// Appends records, for any thread.
#[derive(Debug)]
pub(in crate::journal) struct Appender {
    sequencer: Mutex<Sequencer>,
    control_queue: Arc<ControlQueue>,
    progress: &'static Progress,
    settings: Arc<LiveSettings>,
    reports: Arc<Reports>,
    /// Whether control records are pending that the committer should emit.
    has_pending: AtomicBool,
    /// Why the committer can't write at present.
    commit_error: Mutex<Option<AppendError>>,
}

impl Appender {
    pub(in crate::journal) fn new(
        sequencer: Sequencer,
        control_queue: Arc<ControlQueue>,
        progress: &'static Progress,
        settings: Arc<LiveSettings>,
        reports: Arc<Reports>,
    ) -> Appender {
        let has_pending = AtomicBool::new(!sequencer.pending().is_empty());
        Appender {
            sequencer: Mutex::new(sequencer),
            control_queue,
            progress,
            settings,
            reports,
            has_pending,
            commit_error: Mutex::default(),
        }
    }

    /// Locks the sequencer. A panic leaves it usable: a number is assigned only when its line is
    /// whole.
    pub(in crate::journal) fn lock(&self) -> MutexGuard<'_, Sequencer> {
        lock(&self.sequencer)
    }

    /// Returns the number of the next record.
    pub(in crate::journal) fn next_seq(&self) -> u64 {
        self.lock().next_seq()
    }

    /// Returns the number of the next record, unless another thread holds the lock.
    pub(in crate::journal) fn next_seq_if_free(&self) -> Option<u64> {
        self.sequencer.try_lock().ok().map(|sequencer| sequencer.next_seq())
    }

    /// Returns whether all records are before this number, and no control records are pending.
    pub(in crate::journal) fn is_at_rest(&self, committed: u64) -> bool {
        let sequencer = self.lock();
        sequencer.next_seq() <= committed && sequencer.pending().is_empty()
    }

    /// Appends an event. Waits for room until the append deadline.
    pub(in crate::journal) fn append(&self, draft: &mut Draft) -> Result<Appended, AppendError> {
        let mut sequencer = self.lock();
        let result = match sequencer.append(draft) {
            Ok(seq) => Ok(seq),
            Err(Stop::Full) => {
                drop(sequencer);
                let waited;
                (sequencer, waited) =
                    self.append_when_there_is_room(draft, self.settings.load().append_deadline);
                waited
            }
            Err(Stop::Failed(error)) => Err(error),
        };
        let result = match result {
            Ok(seq) => {
                sequencer.count_recorded();
                Ok(Appended { seq, waits_for_disk: sequencer.waits_for_disk() })
            }
            Err(error) => {
                sequencer.count_refused(draft, &error);
                if self.control_queue.has_records() {
                    // The reserve was given up for this record.
                    sequencer.take_queued();
                    sequencer.emit_pending().unwrap_or(());
                }
                self.has_pending.store(true, Ordering::Relaxed);
                Err(error)
            }
        };
        drop(sequencer);
        self.progress.published();
        result
    }

    /// Appends a control record at once; waits at most that long for room.
    pub(in crate::journal) fn append_control(
        &self,
        record: &Record,
        patience: Duration,
    ) -> Result<u64, AppendError> {
        let (sequencer, result) = self.append_when_there_is_room(&mut Draft::of(record), patience);
        drop(sequencer);
        self.progress.published();
        result
    }

    #[cold]
    fn append_when_there_is_room(
        &self,
        draft: &mut Draft,
        patience: Duration,
    ) -> (MutexGuard<'_, Sequencer>, Result<u64, AppendError>) {
        let deadline = deadline_after(patience);
        let mut freed = self.progress.freed_count();
        loop {
            let mut sequencer = self.lock();
            match sequencer.append(draft) {
                Ok(seq) => return (sequencer, Ok(seq)),
                Err(Stop::Failed(error)) => return (sequencer, Err(error)),
                Err(Stop::Full) => drop(sequencer),
            }
            self.progress.published();
            if !self.progress.wait_for_room(freed, deadline) {
                let source = self.commit_error().map(Box::new);
                let error = AppendError::Backlogged { waited: patience, source };
                return (self.lock(), Err(error));
            }
            freed = self.progress.freed_count();
        }
    }

    /// Appends a control record: now, or as soon as possible.
    pub(in crate::journal) fn emit(&self, record: Record) {
        let mut sequencer = self.lock();
        sequencer.add_pending(record);
        if let Err(Stop::Failed(error)) = sequencer.emit_pending() {
            self.reports.post(Level::Error, || Chain(&error).to_string());
        }
        self.has_pending.store(!sequencer.pending().is_empty(), Ordering::Relaxed);
        drop(sequencer);
        self.progress.published();
    }

    /// Checks the clock, and appends what was found, as far as there is room. Returns the number
    /// of the next record.
    pub(in crate::journal) fn check(&self) -> u64 {
        let mut sequencer = self.lock();
        sequencer.check();
        sequencer.emit_pending().unwrap_or(());
        sequencer.next_seq()
    }

    /// Appends the records of the control queue, as far as there is room. Returns the number of
    /// the next record.
    pub(in crate::journal) fn emit_queued(&self) -> u64 {
        let mut sequencer = self.lock();
        sequencer.take_queued();
        sequencer.emit_pending().unwrap_or(());
        let next_seq = sequencer.next_seq();
        drop(sequencer);
        self.progress.published();
        next_seq
    }

    /// Appends the records of the control queue and the pending ones, unless another thread
    /// holds the lock, which then does.
    pub(in crate::journal) fn emit_queued_if_free(&self) {
        if self.control_queue.has_records() || self.has_pending.load(Ordering::Relaxed) {
            if let Ok(mut sequencer) = self.sequencer.try_lock() {
                sequencer.take_queued();
                sequencer.emit_pending().unwrap_or(());
                self.has_pending.store(!sequencer.pending().is_empty(), Ordering::Relaxed);
            }
            self.reports.deliver_if_heard();
        }
    }

    /// Returns why the committer can't write at present, if it can't.
    pub(in crate::journal) fn commit_error(&self) -> Option<AppendError> {
        lock(&self.commit_error).clone()
    }

    /// Notes why the committer can't write at present, or that it can.
    pub(in crate::journal) fn set_commit_error(&self, error: Option<AppendError>) {
        let is_stuck = error.is_some();
        *lock(&self.commit_error) = error;
        self.progress.set_stuck(is_stuck);
    }

    /// Appends nothing any more: another process has taken the log's lock.
    #[cold]
    pub(in crate::journal) fn stop(&self, error: &AppendError) {
        self.lock().redirect(Outlet::Stopped(error.clone()));
        self.set_commit_error(Some(error.clone()));
        // The callers that wait for room.
        self.progress.freed();
    }
}
