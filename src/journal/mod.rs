//! The append-only directory of day files.
//!
//! A record for which [`Journal::append`] has returned a number is in the intake or in a day file,
//! whole, as far as the operating system's cache. Numbers and lines are in the same order, without
//! a hole; nothing else ever changes a line. Events that can't be appended are counted, and a
//! `log.gap` with their count precedes the next record.
//!
//! One process writes at a time, by a lock on a file, and one thread of it at a time. Where a file
//! can be mapped safely, callers copy their lines into the intake, and the committer moves them
//! into day files; elsewhere callers write them. The room `record` defines lines.

mod clock;
mod commit;
mod control_queue;
pub(crate) mod days;
mod disk_level;
mod fork;
pub(crate) mod intake;
mod not_synced;
mod open;
mod progress;
mod prune;
mod sequence;
mod settings;
mod state;
mod status;
pub(crate) mod storage;
mod subscription;
mod sync;
#[cfg(test)]
mod tests;

pub use clock::Clock;
pub(crate) use clock::SystemClock;
pub(crate) use days::lines::LineReader;
pub(crate) use days::own::ends::own_ends;
pub(crate) use days::own::runs::{Judge, OwnRuns};
pub use disk_level::DiskLevel;
pub(crate) use not_synced::{NotSynced, SyncFailure};
pub use open::opening::Recovery;
pub(crate) use progress::Progress;
pub(crate) use prune::keeper::Keeper;
pub(crate) use sequence::appender::Appended;
pub(crate) use settings::Settings;
pub(crate) use state::reached::{LAST_SEQ, reached};
pub(crate) use status::Status;
pub(crate) use storage::layout::{DayFileName, Folder};
pub(crate) use storage::state_file;
pub(crate) use storage::{Directory, DiskDirectory, LogFile, Sharing};
pub(crate) use subscription::Subscription;

use crate::error::{AppendError, Chain, FlushError, OpenError, PruneError};
use crate::lock::lock;
use crate::record::Record;
use crate::record::encode::Draft;
use crate::report::{Level, Reports};
use control_queue::ControlQueue;
use days::files::DayFiles;
use fork::ForkGuard;
use not_synced::deadline_after;
use open::opening::{self, Opened};
use prune::background::BackgroundPruner;
use prune::pruner::Pruner;
use sequence::appender::Appender;
use settings::LiveSettings;
use state::checkpoint::CheckpointWriter;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the end of a journal waits for its threads.
const LAST_WAIT: Duration = Duration::from_secs(5);

/// How long the journal waits for room for its last control records, and for the committer.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    id: Arc<str>,
    directory: Arc<dyn Directory>,
    checkpoint: Arc<CheckpointWriter>,
    settings: Arc<LiveSettings>,
    control_queue: Arc<ControlQueue>,
    progress: &'static Progress,
    files: Arc<Mutex<DayFiles>>,
    appender: Arc<Appender>,
    pruner: Arc<Pruner>,
    background: Arc<BackgroundPruner>,
    clock: Arc<dyn Clock>,
    reports: Arc<Reports>,
    fork: ForkGuard,
    /// The size of the intake as it was set, in bytes.
    intake_bytes: usize,
    is_closed: AtomicBool,
    threads: Vec<JoinHandle<()>>,
}

impl Journal {
    /// Repairs the end of the journal in a directory, and does not continue it.
    pub(crate) fn recover(
        directory: Arc<dyn Directory>,
        id: &str,
        clock: Arc<dyn Clock>,
        reports: Arc<Reports>,
        settings: Settings,
        keeper: &dyn Keeper,
    ) -> Result<Recovery, OpenError> {
        opening::recover(directory, id, clock, reports, settings, keeper)
    }

    /// Opens the journal in a directory: repairs its end and continues it.
    pub(crate) fn open(
        directory: Arc<dyn Directory>,
        id: &str,
        clock: Arc<dyn Clock>,
        reports: Arc<Reports>,
        settings: Settings,
        intake_bytes: usize,
        keeper: Arc<dyn Keeper>,
    ) -> Result<Journal, OpenError> {
        let Opened {
            checkpoint,
            settings,
            control_queue,
            progress,
            files,
            appender,
            pruner,
            background,
            threads,
        } = opening::open(
            Arc::clone(&directory),
            id,
            Arc::clone(&clock),
            Arc::clone(&reports),
            settings,
            intake_bytes,
            keeper,
        )?;
        let journal = Journal {
            id: id.into(),
            directory,
            checkpoint,
            settings,
            control_queue,
            progress,
            files,
            appender,
            pruner,
            background,
            clock,
            reports,
            fork: ForkGuard::new(),
            intake_bytes,
            is_closed: AtomicBool::new(false),
            threads,
        };
        journal.write_checkpoint(LONGEST_WAIT);
        journal.background.prune_soon();
        Ok(journal)
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Returns how far the journal has come.
    pub(crate) fn progress(&self) -> &'static Progress {
        self.progress
    }

    /// Returns what followers see of the journal.
    pub(crate) fn subscribe(&self) -> Subscription {
        Subscription::new(
            Arc::clone(&self.id),
            Arc::clone(&self.directory),
            Arc::clone(&self.appender),
            self.progress,
            Arc::clone(&self.checkpoint),
            Arc::clone(&self.clock),
            Arc::clone(&self.reports),
        )
    }

    /// Returns the size of the intake, in bytes, as it was set when the journal was opened.
    pub(crate) fn intake_bytes(&self) -> usize {
        self.intake_bytes
    }

    /// Returns whether this process was forked from the one that has opened the journal.
    #[inline]
    pub(crate) fn is_forked_child(&self) -> bool {
        self.fork.is_child()
    }

    /// Appends an event.
    pub(crate) fn append(&self, draft: &mut Draft) -> Result<Appended, AppendError> {
        // Before any lock, whose holder may be another process's thread.
        if self.is_forked_child() {
            return Err(AppendError::Forked);
        }
        let result = self.appender.append(draft);
        self.background.prune_if_begun();
        result
    }

    /// Appends a control record: now, or as soon as possible.
    pub(crate) fn emit(&self, record: Record) {
        if !self.is_forked_child() {
            self.appender.emit(record);
        }
    }

    /// Returns how the journal is doing.
    pub(crate) fn status(&self) -> Status {
        let sequencer = self.appender.lock();
        let mut status = Status {
            tally: sequencer.tally().clone(),
            last_seq: sequencer.next_seq().checked_sub(1),
            committed: self.progress.committed(),
            synced: self.progress.synced(),
            intake_fill: sequencer.intake_fill(),
            pruning_suspended: sequencer.timeline().suspended().is_some(),
            disk_free: None,
            disk_level: self.control_queue.disk_level(),
        };
        drop(sequencer);
        status.disk_free = self.directory.free_space().ok().flatten();
        status
    }

    /// Returns the settings.
    pub(crate) fn settings(&self) -> Settings {
        **self.settings.load()
    }

    /// Changes the settings.
    pub(crate) fn set(&self, settings: Settings) {
        if !self.is_forked_child() {
            self.settings.store(Arc::new(settings));
            self.background.prune_soon();
        }
    }

    /// Removes old files for an operator, who says that the clock is right. Returns the paths of
    /// the removed files.
    pub(crate) fn prune(&self) -> Result<Vec<String>, PruneError> {
        if self.is_forked_child() {
            return Err(PruneError::Forked);
        }
        self.pruner.check_hold()?;
        // The files that it removes belong to the answer.
        self.background.end(Duration::MAX);
        let alone = self.pruner.lock();
        let next_seq = {
            let mut sequencer = self.appender.lock();
            // A step that is not noticed yet must be recorded all the same.
            sequencer.check();
            sequencer.trust_clock();
            sequencer.emit_pending().unwrap_or(());
            sequencer.next_seq()
        };
        // The newest file is known once all records are in day files.
        self.progress.wait_committed(next_seq, deadline_after(LONGEST_WAIT));
        let (removed, mut failures) = self.pruner.prune();
        drop(alone);
        if failures.is_empty() {
            return Ok(removed);
        }
        let source = Box::new(failures.remove(0));
        let others = failures.iter().map(|error| Chain(error).to_string()).collect();
        Err(PruneError::Partly { removed, source, others })
    }

    /// Waits until all records are on disk.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        if self.is_forked_child() {
            return Err(FlushError::Forked);
        }
        let begun = Instant::now();
        let next_seq = self.check_all(timeout);
        let Some(last) = next_seq.checked_sub(1) else {
            return Ok(());
        };
        if let Some(source @ AppendError::LockLost { .. }) = self.appender.commit_error() {
            return Err(FlushError::NotWritten { timeout, source });
        }
        let left = timeout.saturating_sub(begun.elapsed());
        self.progress.wait_synced_anew(last, left).map_err(|unsynced| match unsynced {
            NotSynced::NotYet => match self.appender.commit_error() {
                Some(source) => FlushError::NotWritten { timeout, source },
                None => FlushError::TimedOut { path: self.path().to_owned(), timeout },
            },
            NotSynced::Failed(SyncFailure { path, source, .. }) => FlushError::Sync { path, source },
        })
    }

    /// Appends `log.closed`, once. Old files that are not removed within `patience` stay.
    pub(crate) fn close(&self, patience: Duration) -> Result<(), AppendError> {
        if self.is_forked_child() {
            return Err(AppendError::Forked);
        }
        if self.is_closed.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        self.check_all(patience);
        lock(&self.files).give_up_rescue();
        self.background.prune_if_begun();
        self.background.end(patience);
        let tally = self.appender.lock().tally().clone();
        let closed =
            Record::new("log.closed").resource("recorded", tally.recorded).resource("refused", tally.refused);
        let result = self.appender.append_control(&closed, patience.min(LONGEST_WAIT));
        self.progress.wait_committed(self.appender.next_seq(), deadline_after(patience));
        self.write_last_checkpoint();
        result.map(drop)
    }

    /// Waits until all records are in day files, checks the clock and these files, and appends
    /// what was found. Returns the number of the next record.
    fn check_all(&self, patience: Duration) -> u64 {
        let next_seq = self.appender.check();
        self.progress.wait_committed(next_seq, deadline_after(patience));
        lock(&self.files).check_all();
        self.appender.emit_queued()
    }

    /// Waits until all records are in day files, and writes the checkpoint.
    fn write_checkpoint(&self, patience: Duration) {
        self.progress.wait_committed(self.appender.next_seq(), deadline_after(patience));
        self.checkpoint.committed_to(self.progress.committed());
    }

    /// Writes the checkpoint when the journal ends: as a rule nothing is in the intake any more.
    fn write_last_checkpoint(&self) {
        let committed = self.progress.committed();
        if self.appender.is_at_rest(committed) {
            self.checkpoint.closed(committed);
        } else {
            self.checkpoint.committed_to(committed);
        }
    }
}

/// Appends the pending control records, and ends the threads.
impl Drop for Journal {
    fn drop(&mut self) {
        if self.is_forked_child() {
            // The threads are those of the parent.
            self.threads.drain(..).for_each(std::mem::forget);
            return;
        }
        self.background.end(Duration::ZERO);
        self.check_all(LONGEST_WAIT);
        self.report_pending();
        self.background.end(Duration::ZERO);
        self.progress.end();
        let deadline = deadline_after(LAST_WAIT);
        for thread in self.threads.drain(..) {
            // A thread that a disk holds up is left alone.
            while !thread.is_finished() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(1));
            }
            if thread.is_finished() {
                // The panic hook has reported a panic.
                thread.join().unwrap_or(());
            }
        }
        // The committer may have begun one at last.
        self.background.end(Duration::ZERO);
        self.write_last_checkpoint();
        self.reports.deliver();
    }
}

impl Journal {
    /// Appends the pending control records, or reports how many could not be appended.
    fn report_pending(&self) {
        let mut sequencer = self.appender.lock();
        if let Err(stop) = sequencer.emit_pending() {
            let (events, records) = sequencer.pending().counts();
            let when = if sequencer.intake_fill().is_some() { " before the log is opened again" } else { "" };
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
