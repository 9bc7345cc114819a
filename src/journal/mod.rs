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

mod about;
mod clock;
mod commit;
mod control_queue;
pub(crate) mod days;
mod disk_level;
mod finish;
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

pub(crate) use about::log_opened::LogOpened;
pub use clock::Clock;
pub(crate) use clock::SystemClock;
pub(crate) use days::lines::{LineReader, ReadAt};
pub(crate) use days::own::ends::{own_ends, plausible_ends};
pub(crate) use days::own::runs::{Judge, OwnRuns};
pub use disk_level::DiskLevel;
pub(crate) use not_synced::{NotSynced, SyncFailure};
pub(crate) use open::opening::OpenWith;
pub use open::opening::Recovery;
pub(crate) use open::today::Today;
pub(crate) use progress::Progress;
pub(crate) use prune::how::Prune;
pub(crate) use prune::keeper::{Keeper, SEALER};
pub(crate) use sequence::appender::Appended;
pub(crate) use settings::Settings;
pub(crate) use state::reached::{LAST_SEQ, reached, synced_until};
pub(crate) use status::Status;
pub(crate) use storage::layout::{DayFileName, Folder};
pub(crate) use storage::{Directory, DiskDirectory, LogFile, Opener, Sharing};
pub(crate) use storage::{slots, state_file};
pub(crate) use subscription::Subscription;

use crate::error::{AppendError, Chain, FlushError, OpenError, PruneError};
use crate::record::encode::Draft;
use crate::record::{Object, Record};
use crate::report::Reports;
use about::log_opened::InForce;
use control_queue::ControlQueue;
use finish::Finisher;
use fork::ForkGuard;
use not_synced::deadline_after;
use open::opening::{self, Opened};
use prune::background::BackgroundPruner;
use prune::pruner::Pruner;
use sequence::appender::Appender;
use settings::LiveSettings;
use state::checkpoint::CheckpointWriter;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a call that has no deadline waits for the committer.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    id: Arc<str>,
    directory: Arc<dyn Directory>,
    checkpoint: Arc<CheckpointWriter>,
    settings: Arc<LiveSettings>,
    control_queue: Arc<ControlQueue>,
    in_force: Arc<InForce>,
    progress: &'static Progress,
    appender: Arc<Appender>,
    pruner: Arc<Pruner>,
    background: Arc<BackgroundPruner>,
    finisher: Finisher,
    clock: Arc<dyn Clock>,
    reports: Arc<Reports>,
    fork: ForkGuard,
    /// The size of the intake as it was set, in bytes.
    intake_bytes: usize,
    /// The number of the first record since it was opened.
    opened_at: u64,
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
        with: OpenWith,
        keeper: Arc<dyn Keeper>,
    ) -> Result<Journal, OpenError> {
        let intake_bytes = with.intake_bytes;
        let Opened {
            checkpoint,
            settings,
            control_queue,
            in_force,
            progress,
            files,
            appender,
            pruner,
            background,
            syncer,
            committer,
            opened_at,
        } = opening::open(
            Arc::clone(&directory),
            id,
            Arc::clone(&clock),
            Arc::clone(&reports),
            with,
            keeper,
        )?;
        let finisher = Finisher::new(
            Arc::clone(&appender),
            files,
            progress,
            Arc::clone(&background),
            Arc::clone(&checkpoint),
            Arc::clone(&reports),
            committer,
        );
        let journal = Journal {
            id: id.into(),
            directory,
            checkpoint,
            settings,
            control_queue,
            in_force,
            progress,
            appender,
            pruner,
            background,
            finisher,
            clock,
            reports,
            fork: ForkGuard::new(),
            intake_bytes,
            opened_at,
            threads: vec![syncer],
        };
        progress.wait_committed(journal.appender.next_seq(), deadline_after(LONGEST_WAIT));
        journal.checkpoint.committed_to(progress.committed());
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
            self.opened_at,
            Arc::clone(&self.directory),
            Arc::clone(&self.appender),
            self.progress,
            Arc::clone(&self.checkpoint),
            Arc::clone(&self.clock),
            Arc::clone(&self.reports),
            Arc::clone(&self.control_queue),
            Arc::clone(&self.settings),
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

    /// Appends a `log.config_changed`, after which these settings are in force.
    pub(crate) fn emit_changes(&self, record: Record, in_force: Object) {
        self.emit(record);
        self.in_force.changed(in_force, self.appender.next_seq());
    }

    /// Returns how the journal is doing. It waits for no lock that a disk can hold up.
    pub(crate) fn status(&self) -> Status {
        self.subscribe().status()
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

    /// Removes old files for an operator. Returns the paths of the removed files.
    pub(crate) fn prune(&self, prune: Prune) -> Result<Vec<String>, PruneError> {
        if self.is_forked_child() {
            return Err(PruneError::Forked);
        }
        let how = prune.how(self.settings.load().retention_days)?;
        self.pruner.check_hold()?;
        // The files that it removes belong to the answer.
        self.background.end(Duration::MAX);
        let alone = self.pruner.lock();
        let (next_seq, suspended) = {
            let mut sequencer = self.appender.lock();
            // A step that is not noticed yet must be recorded all the same.
            sequencer.check();
            if prune.trust_clock {
                sequencer.trust_clock();
            }
            sequencer.emit_pending().unwrap_or(());
            (sequencer.next_seq(), sequencer.timeline().suspended().map(str::to_owned))
        };
        self.checkpoint.write_if_due();
        if let Some(why) = suspended {
            return Err(PruneError::Suspended { why });
        }
        // The newest file is known once all records are in day files.
        self.progress.wait_committed(next_seq, deadline_after(LONGEST_WAIT));
        let (removed, mut failures) = self.pruner.prune(how);
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
        let deadline = deadline_after(timeout);
        let late = || match self.appender.commit_error() {
            Some(source) => FlushError::NotWritten { timeout, source },
            None => FlushError::TimedOut { path: self.path().to_owned(), timeout },
        };
        let mut next_seq = self.finisher.check_all(deadline).ok_or_else(late)?;
        loop {
            let Some(last) = next_seq.checked_sub(1) else {
                return Ok(());
            };
            if let Some(source @ AppendError::LockLost { .. }) = self.appender.commit_error() {
                return Err(FlushError::NotWritten { timeout, source });
            }
            let left = deadline.saturating_duration_since(Instant::now());
            self.progress.wait_synced_anew(last, left).map_err(|unsynced| match unsynced {
                NotSynced::NotYet => late(),
                NotSynced::Failed(SyncFailure { path, source, .. }) => FlushError::Sync { path, source },
            })?;
            if !self.control_queue.has_records() {
                return Ok(());
            }
            // Found by the sync: records that could not be written again, say.
            next_seq = self.finisher.emit_queued(deadline).ok_or_else(late)?;
        }
    }

    /// Appends `log.closed`, once. Old files that are not removed in half of the time stay.
    pub(crate) fn close(&self, patience: Duration) -> Result<(), AppendError> {
        if self.is_forked_child() {
            return Err(AppendError::Forked);
        }
        self.directory.closes();
        self.finisher.close(patience)
    }

    /// Removes the intake if nothing is in it, and writes the checkpoint, unless the disk holds that up beyond the
    /// deadline.
    pub(crate) fn write_checkpoint(&self, deadline: Instant) {
        self.finisher.write_checkpoint(deadline);
    }
}

/// Appends the pending control records, and ends the threads.
impl Drop for Journal {
    fn drop(&mut self) {
        let threads = std::mem::take(&mut self.threads);
        if self.is_forked_child() {
            // The threads are those of the parent.
            threads.into_iter().for_each(std::mem::forget);
            self.finisher.forget_committer();
            return;
        }
        self.directory.closes();
        self.finisher.end(threads);
        self.reports.deliver();
    }
}
