//! What the threads of a journal share, and how they wait for one another.

use super::Chain;
use crate::error::AppendError;
use crate::journal::clock::Clock;
use crate::journal::control_queue::News;
use crate::journal::days::files::DayFiles;
use crate::journal::fork::ForkGuard;
use crate::journal::progress::{Progress, Unsynced, after};
use crate::journal::prune::pruner::Pruner;
use crate::journal::prune::retention::Keeper;
use crate::journal::sequence::sequencer::{Sequencer, Stop};
use crate::journal::settings::Live;
use crate::journal::state::checkpoint::Bookmark;
use crate::journal::state::synced::SyncedFile;
use crate::journal::storage::Directory;
use crate::record::Record;
use crate::record::encode::Draft;
use crate::report::{Level, Reports};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What the threads of a journal share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) path: PathBuf,
    /// The journal's id.
    pub(super) id: String,
    pub(super) directory: Arc<dyn Directory>,
    pub(super) bookmark: Arc<Bookmark>,
    pub(super) live: Arc<Live>,
    pub(super) sequencer: Mutex<Sequencer>,
    pub(super) files: Arc<Mutex<DayFiles>>,
    pub(super) news: Arc<News>,
    pub(super) progress: &'static Progress,
    pub(super) fork: ForkGuard,
    /// The thread that removes old files, while there is one.
    pub(super) pruner: Mutex<Option<Pruner>>,
    /// Held by whoever removes files.
    pub(super) pruning: Mutex<()>,
    /// Held by whoever syncs.
    pub(super) syncing: Mutex<SyncedFile>,
    /// Whether there is something that was not told.
    pub(super) owes: AtomicBool,
    /// Why the committer could not write, the last time.
    pub(super) commit_error: Mutex<Option<AppendError>>,
    pub(super) reports: Arc<Reports>,
    pub(super) clock: Arc<dyn Clock>,
    /// What forbids to remove day files.
    pub(super) keeper: Arc<dyn Keeper>,
    /// Whether whoever removes files should leave the rest for the next time.
    pub(super) is_closing: AtomicBool,
}

/// How long the log waits for room for what it has to say of itself, in the end.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(1);

impl Shared {
    /// No panic leaves it in a state that the next append can't go on from:
    /// a number is given only after its line is whole.
    pub(super) fn sequencer(&self) -> MutexGuard<'_, Sequencer> {
        self.sequencer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn files(&self) -> MutexGuard<'_, DayFiles> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes old files if a file has begun.
    pub(super) fn prune_if_begun(self: &Arc<Self>) {
        if self.news.has_begun() && !self.progress.is_over() {
            self.begin_pruning();
        }
    }

    /// Appends a line, and waits for room that long.
    #[cold]
    pub(super) fn append_with_patience(
        &self,
        draft: &mut Draft,
        patience: Duration,
    ) -> (MutexGuard<'_, Sequencer>, Result<u64, AppendError>) {
        let deadline = after(patience);
        let mut freed = self.progress.freed_count();
        loop {
            let mut sequencer = self.sequencer();
            match sequencer.append(draft) {
                Ok(seq) => return (sequencer, Ok(seq)),
                Err(Stop::Failed(error)) => return (sequencer, Err(error)),
                Err(Stop::Full) => drop(sequencer),
            }
            self.progress.published();
            if !self.progress.wait_for_room(freed, deadline) {
                let source = self.commit_error().map(Box::new);
                let error = AppendError::Backlogged { waited: patience, source };
                return (self.sequencer(), Err(error));
            }
            freed = self.progress.freed_count();
        }
    }

    /// Waits until all is in day files, looks whether these are as they should be, and tells
    /// what there is to tell. Gives the number of the next record.
    pub(super) fn look_at_all(&self, patience: Duration) -> u64 {
        let next_seq = {
            let mut sequencer = self.sequencer();
            sequencer.look_around();
            // What can't be told now is told later.
            sequencer.tell().unwrap_or(());
            sequencer.next_seq
        };
        self.wait_committed(next_seq, patience);
        self.files().look_at_all();
        let mut sequencer = self.sequencer();
        sequencer.take_news();
        sequencer.tell().unwrap_or(());
        let next_seq = sequencer.next_seq;
        drop(sequencer);
        self.progress.published();
        next_seq
    }

    /// Has the log say something of itself: now, or as soon as it can.
    pub(super) fn tell(&self, record: Record) {
        let mut sequencer = self.sequencer();
        sequencer.tell_later(record);
        if let Err(Stop::Failed(error)) = sequencer.tell() {
            self.reports.post(Level::Error, || Chain(&error).to_string());
        }
        self.owes.store(sequencer.owes(), Ordering::Relaxed);
        drop(sequencer);
        self.progress.published();
    }

    /// Why the committer can't write just now, if it can't.
    pub(super) fn commit_error(&self) -> Option<AppendError> {
        self.commit_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The committer could not write, for this reason, or it could.
    pub(super) fn note_commit_error(&self, error: Option<AppendError>) {
        let is_stuck = error.is_some();
        *self.commit_error.lock().unwrap_or_else(PoisonError::into_inner) = error;
        self.progress.set_stuck(is_stuck);
    }

    pub(super) fn wait_committed(&self, next_seq: u64, patience: Duration) -> bool {
        self.progress.wait_committed(next_seq, after(patience))
    }

    /// Writes down how far the day files have come.
    pub(super) fn come_to_rest(&self, patience: Duration) {
        let next_seq = self.sequencer().next_seq;
        self.wait_committed(next_seq, patience);
        self.bookmark.came_to(self.progress.committed());
    }

    /// Brings all that was appended to disk, unless that takes too long, or who removes files
    /// is to leave the rest for the next time.
    pub(super) fn sync_all(&self) -> Result<(), Unsynced> {
        const LONGEST: Duration = Duration::from_secs(30);
        const AGAIN: Duration = Duration::from_millis(50);
        let last = self.sequencer().next_seq.saturating_sub(1);
        let begun = Instant::now();
        loop {
            let outcome = self.progress.wait_synced(last, AGAIN);
            let goes_on = !self.is_closing.load(Ordering::Relaxed) && begun.elapsed() < LONGEST;
            if !(goes_on && matches!(outcome, Err(Unsynced::NotYet))) {
                return outcome;
            }
        }
    }
}
