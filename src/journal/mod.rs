//! The append-only directory of day files.
//!
//! It promises: a record for which [`Journal::append`] has given a number is in the
//! intake or in a day file, whole, as far as the operating system's cache; numbers and
//! lines are in the same order, without a hole; nothing else ever changes a line. What
//! can't be appended is counted, and the first record that can be appended after it is
//! preceded by a `log.gap` that tells.
//!
//! One process writes at a time (`lock`), one thread of it at a time. Where a file can be
//! mapped safely, that is the committer, and callers only copy their lines into the intake;
//! elsewhere it is whoever appends. What a line says is `record`'s business.

mod clock;
mod commit;
mod control_queue;
mod days;
mod disk_level;
mod fork;
pub(crate) mod intake;
mod open;
mod progress;
mod prune;
mod sequence;
mod settings;
mod shared;
mod state;
pub(crate) mod storage;
mod subscription;
mod sync;
#[cfg(test)]
mod tests;

pub use clock::Clock;
pub(crate) use clock::SystemClock;
pub(crate) use days::lines::LineReader;
pub(crate) use days::scan::{first_line, last_record_anywhere};
pub use disk_level::DiskLevel;
pub use open::opening::Recovery;
pub(crate) use prune::retention::Keeper;
pub(crate) use storage::layout::{DayFileName, Folder};
pub(crate) use storage::state_file;
pub(crate) use storage::{Directory, DiskDirectory, LogFile};
pub(crate) use subscription::Tap;

pub(crate) use crate::error::Chain;
use crate::error::{AppendError, FlushError, PruneError};
use crate::record::encode::Draft;
use crate::record::{Record, Timestamp};
use crate::report::Level;
pub(crate) use progress::{Progress, SyncFailure, Unsynced};
use sequence::sequencer::Stop;
use settings::Live;
pub(crate) use settings::Settings;
use shared::{LONGEST_WAIT, Shared};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the end of a journal waits for its threads.
const LAST_WAIT: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Journal {
    shared: Arc<Shared>,
    /// How much the intake was to hold, in bytes.
    intake_bytes: usize,
    /// The threads that are there as long as the journal is.
    threads: Vec<JoinHandle<()>>,
}

/// What a journal has done since it was opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) recorded: u64,
    pub(crate) refused: u64,
    pub(crate) bytes: u64,
    pub(crate) gaps: u64,
    pub(crate) last_error: Option<(Timestamp, AppendError)>,
}

/// How a journal stands.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) tally: Tally,
    pub(crate) last_seq: Option<u64>,
    pub(crate) committed: u64,
    pub(crate) synced: u64,
    /// `None` where there is no intake.
    pub(crate) intake_fill: Option<u64>,
    pub(crate) pruning_suspended: bool,
    pub(crate) disk_free: Option<u64>,
    pub(crate) disk_level: DiskLevel,
}

impl Journal {
    pub(crate) fn path(&self) -> &Path {
        &self.shared.path
    }

    /// How far it has come.
    pub(crate) fn progress(&self) -> &'static Progress {
        self.shared.progress
    }

    /// What those see of it who follow it.
    pub(crate) fn tap(&self) -> Tap {
        Tap::new(Arc::clone(&self.shared))
    }

    /// How much the intake was to hold, in bytes, when it was opened.
    pub(crate) fn intake_bytes(&self) -> usize {
        self.intake_bytes
    }

    /// Whether a caller waits until its record is on disk, and how long.
    pub(crate) fn waits_for_disk(&self) -> Option<Duration> {
        self.shared.live.waits_for_disk()
    }

    /// Whether this is a process that was forked off the one that has opened it.
    #[inline]
    pub(crate) fn is_childs(&self) -> bool {
        self.shared.fork.is_child()
    }

    /// Appends a line, and gives its number.
    pub(crate) fn append(&self, draft: &mut Draft) -> Result<u64, AppendError> {
        // Before any lock: whoever has held it may not be in this process.
        if self.is_childs() {
            return Err(AppendError::Forked);
        }
        let mut sequencer = self.shared.sequencer();
        let result = match sequencer.append(draft) {
            Ok(seq) => Ok(seq),
            Err(Stop::Full) => {
                drop(sequencer);
                let patience = self.shared.live.append_deadline();
                let waited;
                (sequencer, waited) = self.shared.append_with_patience(draft, patience);
                waited
            }
            Err(Stop::Failed(error)) => Err(error),
        };
        match &result {
            Ok(_) => sequencer.tally.recorded += 1,
            Err(error) => {
                sequencer.refuse(draft, error);
                if self.shared.news.any() {
                    // A reserve was given up for it.
                    sequencer.take_news();
                    sequencer.tell().unwrap_or(());
                }
                self.shared.owes.store(true, Ordering::Relaxed);
            }
        }
        drop(sequencer);
        self.shared.progress.published();
        self.shared.prune_if_begun();
        result
    }

    pub(crate) fn standing(&self) -> Standing {
        let sequencer = self.shared.sequencer();
        let mut standing = Standing {
            tally: sequencer.tally.clone(),
            last_seq: sequencer.next_seq.checked_sub(1),
            committed: self.shared.progress.committed(),
            synced: self.shared.progress.synced(),
            intake_fill: sequencer.intake_fill(),
            pruning_suspended: sequencer.timeline.suspended().is_some(),
            disk_free: None,
            disk_level: self.shared.news.disk_level(),
        };
        drop(sequencer);
        // Not known where it can't be had.
        standing.disk_free = self.shared.directory.free_space().ok().flatten();
        standing
    }

    pub(crate) fn settings(&self) -> Settings {
        let live = &self.shared.live;
        Settings {
            retention_days: live.retention_days(),
            undelivered_days: live.undelivered_days(),
            disk_low_bytes: live.disk_low_bytes(),
            disk_critical_bytes: live.disk_critical_bytes(),
            append_deadline: live.append_deadline(),
            sync_interval: live.sync_interval(),
            waits_for_disk: live.waits_for_disk(),
        }
    }

    /// Goes on with other settings.
    pub(crate) fn set(&self, settings: Settings) {
        if self.is_childs() {
            return;
        }
        self.shared.live.set(settings);
        self.shared.prune_soon();
    }

    /// Has the log say something of itself: now, or as soon as it can.
    pub(crate) fn tell(&self, record: Record) {
        if !self.is_childs() {
            self.shared.tell(record);
        }
    }

    /// Removes old files on an operator's word that the clock is right. Gives what was
    /// removed.
    pub(crate) fn prune(&self) -> Result<Vec<String>, PruneError> {
        if self.is_childs() {
            return Err(PruneError::Forked);
        }
        if self.shared.is_held()? {
            return Err(PruneError::Held { path: self.shared.path.join(storage::layout::HOLD) });
        }
        // What others remove is to be in the answer, too: nobody does, from here on.
        self.shared.end_pruning(Duration::MAX);
        let alone = self.shared.pruning();
        let next_seq = {
            let mut sequencer = self.shared.sequencer();
            // A step that nobody has noticed yet is to be told all the same.
            sequencer.look_around();
            let now = sequencer.read_clocks();
            sequencer.timeline.trust(now);
            sequencer.tell().unwrap_or(());
            self.shared.bookmark.suspended(None);
            sequencer.next_seq
        };
        // Which file is the newest shows when all is in day files.
        self.shared.wait_committed(next_seq, LONGEST_WAIT);
        let (removed, mut failures) = self.shared.prune_alone();
        drop(alone);
        if failures.is_empty() {
            return Ok(removed);
        }
        let source = Box::new(failures.remove(0));
        let others = failures.iter().map(|error| Chain(error).to_string()).collect();
        Err(PruneError::Partly { removed, source, others })
    }

    /// Waits until all that was appended is on disk.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        if self.is_childs() {
            return Err(FlushError::Forked);
        }
        let begun = Instant::now();
        let next_seq = self.shared.look_at_all(timeout);
        let Some(last) = next_seq.checked_sub(1) else {
            return Ok(());
        };
        let path = || self.shared.path.clone();
        let left = timeout.saturating_sub(begun.elapsed());
        self.shared.progress.wait_synced(last, left).map_err(|unsynced| match unsynced {
            Unsynced::NotYet => match self.shared.commit_error() {
                Some(source) => FlushError::NotWritten { timeout, source },
                None => FlushError::TimedOut { path: path(), timeout },
            },
            Unsynced::Failed(SyncFailure { path, source, .. }) => FlushError::Sync { path, source },
        })
    }

    /// Appends `log.closed`, once. Old files have so long to go.
    pub(crate) fn close(&self, patience: Duration) -> Result<(), AppendError> {
        if self.is_childs() {
            return Err(AppendError::Forked);
        }
        if std::mem::replace(&mut self.shared.sequencer().is_closed, true) {
            return Ok(());
        }
        self.shared.look_at_all(patience);
        self.shared.prune_if_begun();
        self.shared.end_pruning(patience);
        let tally = self.shared.sequencer().tally.clone();
        let closed =
            Record::new("log.closed").resource("recorded", tally.recorded).resource("refused", tally.refused);
        let (sequencer, result) =
            self.shared.append_with_patience(&mut Draft::of(&closed), patience.min(LONGEST_WAIT));
        drop(sequencer);
        self.shared.progress.published();
        self.shared.come_to_rest(patience);
        result.map(drop)
    }
}

/// What was not told yet is told now, if it can be.
impl Drop for Journal {
    fn drop(&mut self) {
        if self.is_childs() {
            // Its threads are its parent's.
            self.threads.drain(..).for_each(std::mem::forget);
            return;
        }
        self.shared.end_pruning(Duration::ZERO);
        self.shared.look_at_all(LONGEST_WAIT);
        let mut sequencer = self.shared.sequencer();
        if let Err(stop) = sequencer.tell() {
            let (count, owed) = (sequencer.gap.count(), sequencer.owed.len());
            let error = stop.into_error();
            let when = if sequencer.intake_fill().is_some() { " before it is opened again" } else { "" };
            self.shared.reports.post(Level::Error, || {
                format!(
                    "{count} audit events were not recorded, and the log can't tell{when}, nor of {owed} other things: {}",
                    Chain(&error)
                )
            });
        }
        drop(sequencer);
        self.shared.end_pruning(Duration::ZERO);
        self.shared.progress.end();
        let deadline = progress::after(LAST_WAIT);
        for thread in self.threads.drain(..) {
            // A disk that hangs holds nobody for ever.
            while !thread.is_finished() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(1));
            }
            if thread.is_finished() {
                // A panic there has been told of by the hook.
                thread.join().unwrap_or(());
            }
        }
        // One that the committer has begun just then.
        self.shared.end_pruning(Duration::ZERO);
        self.shared.bookmark.came_to(self.shared.progress.committed());
        self.shared.reports.deliver_from_outside();
    }
}
