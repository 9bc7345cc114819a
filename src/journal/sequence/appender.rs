//! Appending by many threads: the lock around the sequencer, and waiting for it and for room, at most
//! until a deadline.
//!
//! A disk can hold up the thread that has the lock for as long as it likes: a page of the intake can't
//! be stored to while its file system is frozen. The other callers are refused then, and counted
//! outside of the lock.

use crate::error::{AppendError, Chain};
use crate::journal::clock::Clock;
use crate::journal::control_queue::ControlQueue;
use crate::journal::not_synced::deadline_after;
use crate::journal::progress::Progress;
use crate::journal::sequence::outlet::{Outlet, Stop};
use crate::journal::sequence::sequencer::{Sequencer, unescaped};
use crate::journal::sequence::tally::Tally;
use crate::journal::settings::LiveSettings;
use crate::lock::lock;
use crate::record::Record;
use crate::record::encode::Draft;
use crate::report::{Level, Reports};
use parking_lot::{Mutex, MutexGuard};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How much longer a caller that found no room waits for the lock, to note in the intake that its event
/// was refused.
const NOTE_PATIENCE: Duration = Duration::from_millis(10);

/// How long a caller waits for the lock at least, however short the deadline: as others wait for it, too,
/// when no disk holds them up.
const LEAST_PATIENCE: Duration = Duration::from_millis(10);

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
    tally: Arc<Tally>,
    clock: Arc<dyn Clock>,
    control_queue: Arc<ControlQueue>,
    progress: &'static Progress,
    settings: Arc<LiveSettings>,
    reports: Arc<Reports>,
    /// Whether control records are pending that the committer should emit.
    has_pending: AtomicBool,
    /// Why the committer can't write at present.
    commit_error: std::sync::Mutex<Option<AppendError>>,
}

impl Appender {
    pub(in crate::journal) fn new(
        sequencer: Sequencer,
        clock: Arc<dyn Clock>,
        control_queue: Arc<ControlQueue>,
        progress: &'static Progress,
        settings: Arc<LiveSettings>,
        reports: Arc<Reports>,
    ) -> Appender {
        let has_pending = AtomicBool::new(!sequencer.pending().is_empty());
        Appender {
            tally: Arc::clone(sequencer.tally()),
            sequencer: Mutex::new(sequencer),
            clock,
            control_queue,
            progress,
            settings,
            reports,
            has_pending,
            commit_error: std::sync::Mutex::default(),
        }
    }

    /// Locks the sequencer, however long a disk holds up the thread that has the lock: not for callers.
    /// A panic leaves it usable: a number is assigned only when its line is whole.
    pub(in crate::journal) fn lock(&self) -> MutexGuard<'_, Sequencer> {
        self.sequencer.lock()
    }

    /// Returns what the journal has done since it was opened.
    pub(in crate::journal) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Returns the number of the next record.
    pub(in crate::journal) fn next_seq(&self) -> u64 {
        self.tally.next_seq()
    }

    /// Returns whether all records are before this number, and no control records are pending.
    pub(in crate::journal) fn is_at_rest(&self, committed: u64) -> bool {
        let sequencer = self.lock();
        sequencer.next_seq() <= committed && sequencer.pending().is_empty()
    }

    /// Has lines go elsewhere if there is an intake in which there is nothing, not even a note: all records are
    /// before this number, and no control records are pending. Returns whether that is so.
    pub(in crate::journal) fn leave_intake(&self, committed: u64, outlet: Outlet) -> bool {
        let mut sequencer = self.lock();
        let is_empty = sequencer.next_seq() <= committed && sequencer.pending().is_empty();
        is_empty && sequencer.leave_intake(outlet)
    }

    /// Appends an event. Waits for the lock and for room until the append deadline.
    pub(in crate::journal) fn append(&self, draft: &mut Draft) -> Result<Appended, AppendError> {
        // The clock is read by those alone that have to wait.
        let mut deadline = None;
        let sequencer = self
            .sequencer
            .try_lock()
            .or_else(|| self.sequencer.try_lock_until(*deadline.insert(self.append_deadline())));
        let Some(mut sequencer) = sequencer else {
            return Err(self.refuse_outside(draft));
        };
        let result = match sequencer.append(draft) {
            Ok(seq) => Ok(seq),
            Err(Stop::Full) => {
                drop(sequencer);
                let deadline = deadline.unwrap_or_else(|| self.append_deadline());
                let patience = self.settings.load().append_deadline;
                let Some(waited) = self.append_when_there_is_room(draft, deadline, patience) else {
                    return Err(self.refuse_outside(draft));
                };
                let result;
                (sequencer, result) = waited;
                result
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
                    // What can't be appended stays pending.
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

    fn append_deadline(&self) -> Instant {
        deadline_after(self.settings.load().append_deadline.max(LEAST_PATIENCE))
    }

    /// Returns the error of a caller that has waited for so long.
    #[cold]
    pub(in crate::journal) fn backlogged(&self, waited: Duration) -> AppendError {
        AppendError::Backlogged { waited, source: self.commit_error().map(Box::new) }
    }

    /// Counts an event of a caller that did not get the lock. The next thread that gets it adds the
    /// event to the gap.
    #[cold]
    fn refuse_outside(&self, draft: &Draft) -> AppendError {
        let error = self.backlogged(self.settings.load().append_deadline);
        let now = self.clock.now();
        self.tally.refused_outside(now, &unescaped(draft.event()));
        self.tally.refused(now, &error);
        self.has_pending.store(true, Ordering::Relaxed);
        error
    }

    /// Appends a control record at once; waits at most that long for the lock and for room.
    pub(in crate::journal) fn append_control(
        &self,
        record: &Record,
        patience: Duration,
    ) -> Result<u64, AppendError> {
        let (mut draft, deadline) = (Draft::of(record), deadline_after(patience));
        let appended = self.append_when_there_is_room(&mut draft, deadline, patience);
        let result = appended.map_or_else(|| Err(self.backlogged(patience)), |(_, result)| result);
        self.progress.published();
        result
    }

    /// Returns the lock, too; `None` if another thread has it at the deadline.
    #[cold]
    fn append_when_there_is_room(
        &self,
        draft: &mut Draft,
        deadline: Instant,
        patience: Duration,
    ) -> Option<(MutexGuard<'_, Sequencer>, Result<u64, AppendError>)> {
        let mut freed = self.progress.freed_count();
        loop {
            let mut sequencer = self.sequencer.try_lock_until(deadline)?;
            match sequencer.append(draft) {
                Ok(seq) => return Some((sequencer, Ok(seq))),
                Err(Stop::Failed(error)) => return Some((sequencer, Err(error))),
                Err(Stop::Full) => drop(sequencer),
            }
            self.progress.published();
            if !self.progress.wait_for_room(freed, deadline) {
                let error = self.backlogged(patience);
                return Some((self.sequencer.try_lock_for(NOTE_PATIENCE)?, Err(error)));
            }
            freed = self.progress.freed_count();
        }
    }

    /// Appends a control record: now, or as soon as possible.
    pub(in crate::journal) fn emit(&self, record: Record) {
        let Some(mut sequencer) = self.sequencer.try_lock_until(self.append_deadline()) else {
            self.control_queue.push(record);
            return;
        };
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
        // What can't be appended stays pending.
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
            if let Some(mut sequencer) = self.sequencer.try_lock() {
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
