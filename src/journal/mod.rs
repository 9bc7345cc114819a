//! The append-only directory of day files.
//!
//! It promises: a record for which [`Journal::append`] has given a number is in a
//! day file, whole, as far as the operating system's cache; numbers and lines are
//! in the same order, without a hole; nothing else ever changes a line. What can't
//! be appended is counted, and the first record that can be appended after it is
//! preceded by a `log.gap` that tells.
//!
//! One process writes at a time (`lock`), one thread of it at a time. What a line
//! says is `record`'s business.

mod clock;
mod closed;
mod day_file;
mod day_files;
mod directory;
mod gap;
mod layout;
mod lines;
mod lock;
mod lost;
mod mark;
mod opening;
mod pruner;
mod recovery;
mod retention;
mod sequencer;
#[cfg(test)]
mod tests;
mod timeline;
mod unsynced;
mod watch;

pub use clock::Clock;
pub(crate) use clock::SystemClock;
pub(crate) use directory::DiskDirectory;

use crate::error::{AppendError, FlushError, PruneError};
use crate::record::encode::Draft;
use crate::record::{Record, Timestamp};
use crate::report::{Level, Reports};
use directory::Directory;
use mark::Bookmark;
use pruner::Pruner;
use sequencer::Sequencer;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

/// What can be set, and set anew while the journal is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// For how many days files are kept.
    pub(crate) retention_days: u32,
    /// With less space than this left, the log warns, in bytes.
    pub(crate) disk_low_bytes: u64,
}

/// The settings as they are now.
#[derive(Debug)]
struct Live {
    retention_days: AtomicU32,
    disk_low_bytes: AtomicU64,
}

impl Live {
    fn new(settings: Settings) -> Live {
        Live {
            retention_days: AtomicU32::new(settings.retention_days),
            disk_low_bytes: AtomicU64::new(settings.disk_low_bytes),
        }
    }

    fn set(&self, settings: Settings) {
        self.retention_days.store(settings.retention_days, Ordering::Relaxed);
        self.disk_low_bytes.store(settings.disk_low_bytes, Ordering::Relaxed);
    }

    fn retention_days(&self) -> u32 {
        self.retention_days.load(Ordering::Relaxed)
    }

    fn disk_low_bytes(&self) -> u64 {
        self.disk_low_bytes.load(Ordering::Relaxed)
    }
}

#[derive(Debug)]
pub(crate) struct Journal {
    shared: Arc<Shared>,
    /// The thread that removes old files, while there is one.
    pruner: Mutex<Option<Pruner>>,
}

/// What the threads of a journal share.
#[derive(Debug)]
struct Shared {
    path: PathBuf,
    directory: Arc<dyn Directory>,
    bookmark: Arc<Bookmark>,
    live: Arc<Live>,
    sequencer: Mutex<Sequencer>,
    reports: Arc<Reports>,
    /// Whether whoever removes files should leave the rest for the next time.
    is_closing: AtomicBool,
}

/// What a journal has done since it was opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) recorded: u64,
    pub(crate) refused: u64,
    pub(crate) bytes: u64,
    pub(crate) last_error: Option<(Timestamp, AppendError)>,
}

/// How a journal stands.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) tally: Tally,
    pub(crate) last_seq: Option<u64>,
    pub(crate) pruning_suspended: bool,
    pub(crate) disk_free: Option<u64>,
}

impl Journal {
    pub(crate) fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Appends a line, and gives its number.
    pub(crate) fn append(&self, draft: &mut Draft) -> Result<u64, AppendError> {
        let mut sequencer = self.shared.sequencer();
        let result = sequencer.append(draft);
        match &result {
            Ok(_) => sequencer.tally.recorded += 1,
            Err(_) => sequencer.tally.refused += 1,
        }
        if sequencer.files.has_begun() {
            drop(sequencer);
            self.begin_pruning();
        }
        result
    }

    pub(crate) fn standing(&self) -> Standing {
        let sequencer = self.shared.sequencer();
        let mut standing = Standing {
            tally: sequencer.tally.clone(),
            last_seq: sequencer.next_seq.checked_sub(1),
            pruning_suspended: sequencer.timeline.suspended().is_some(),
            disk_free: None,
        };
        drop(sequencer);
        // Not known where it can't be had.
        standing.disk_free = self.shared.directory.free_space().ok().flatten();
        standing
    }

    pub(crate) fn settings(&self) -> Settings {
        let live = &self.shared.live;
        Settings { retention_days: live.retention_days(), disk_low_bytes: live.disk_low_bytes() }
    }

    /// Goes on with other settings.
    pub(crate) fn set(&self, settings: Settings) {
        self.shared.live.set(settings);
        self.prune_soon();
    }

    /// Has the log say something of itself: now, or as soon as it can.
    pub(crate) fn tell(&self, record: Record) {
        let mut sequencer = self.shared.sequencer();
        sequencer.tell_later(record);
        if let Err(error) = sequencer.tell() {
            self.shared.reports.post(Level::Error, || Chain(&error).to_string());
        }
    }

    /// Removes old files on an operator's word that the clock is right. Gives what was
    /// removed.
    pub(crate) fn prune(&self) -> Result<Vec<String>, PruneError> {
        if self.shared.is_held()? {
            return Err(PruneError::Held { path: self.shared.path.join(layout::HOLD) });
        }
        // What it removes is to be in the answer.
        self.end_pruning(Duration::MAX);
        {
            let mut sequencer = self.shared.sequencer();
            // A step that nobody has noticed yet is to be told all the same.
            sequencer.look_around();
            let now = sequencer.read_clocks();
            sequencer.timeline.trust(now);
            sequencer.tell().unwrap_or(());
            self.shared.bookmark.suspended(None);
        }
        let (removed, mut failures) = self.shared.prune();
        if failures.is_empty() {
            return Ok(removed);
        }
        let source = Box::new(failures.remove(0));
        let others = failures.iter().map(|error| Chain(error).to_string()).collect();
        Err(PruneError::Partly { removed, source, others })
    }

    /// Waits until all that was appended is on disk. Once a sync has failed, that can't
    /// be known any more.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        let mut sequencer = self.shared.sequencer();
        sequencer.look_at_all();
        // What can't be told now is told later.
        sequencer.tell().unwrap_or(());
        let unsynced = Arc::clone(sequencer.files.unsynced());
        let fail = |source| FlushError::Sync { path: self.shared.path.clone(), source: Arc::new(source) };
        let Some((name, file)) = sequencer.files.syncer().map_err(fail)? else {
            return unsynced.first().map_or(Ok(()), Err);
        };
        let path = self.shared.path.join(name.to_string());
        let fail = |source| FlushError::Sync { path: path.clone(), source: Arc::new(source) };
        let names = self.shared.directory.syncer().map_err(fail)?;
        drop(sequencer);
        // In a thread of its own: a disk may take longer than the caller can wait.
        let (done, outcome) = mpsc::sync_channel(1);
        let sync = {
            let (unsynced, path) = (Arc::clone(&unsynced), path.clone());
            move || {
                if let Err(source) = file().and_then(|()| names()) {
                    unsynced.note(path, source);
                }
                // Nobody may be waiting any more.
                done.send(()).unwrap_or(());
            }
        };
        std::thread::Builder::new().name("audit-flush".to_owned()).spawn(sync).map_err(fail)?;
        if outcome.recv_timeout(timeout).is_err() {
            return Err(FlushError::TimedOut { path, timeout });
        }
        match unsynced.first() {
            None => Ok(()),
            Some(error) => {
                self.shared.sequencer().files.poison(name);
                Err(error)
            }
        }
    }

    /// Appends `log.closed`, once. Old files have so long to go.
    pub(crate) fn close(&self, patience: Duration) -> Result<(), AppendError> {
        self.end_pruning(patience);
        let mut sequencer = self.shared.sequencer();
        if std::mem::replace(&mut sequencer.is_closed, true) {
            return Ok(());
        }
        sequencer.look_at_all();
        let closed = Record::new("log.closed")
            .resource("recorded", sequencer.tally.recorded)
            .resource("refused", sequencer.tally.refused);
        let result = sequencer.append_record(&closed).map(drop);
        self.shared.bookmark.came_to(sequencer.next_seq);
        result
    }
}

impl Shared {
    /// No panic leaves it in a state that the next append can't go on from:
    /// a number is given only after its line is whole.
    fn sequencer(&self) -> MutexGuard<'_, Sequencer> {
        self.sequencer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings all that was appended to disk, however long that takes.
    fn sync_all(&self) -> io::Result<()> {
        let (file, names) = {
            let sequencer = self.sequencer();
            (sequencer.files.syncer()?, self.directory.syncer()?)
        };
        file.map_or(Ok(()), |(_, sync)| sync())?;
        names()
    }
}

/// What was not told yet is told now, if it can be.
impl Drop for Journal {
    fn drop(&mut self) {
        self.end_pruning(Duration::ZERO);
        let mut sequencer = self.shared.sequencer();
        sequencer.look_at_all();
        if let Err(error) = sequencer.tell() {
            let (count, owed) = (sequencer.gap.count(), sequencer.owed.len());
            self.shared.reports.post(Level::Error, || {
                format!(
                    "{count} audit events were not recorded, and the log can't tell, nor of {owed} other things: {}",
                    Chain(&error)
                )
            });
            self.shared.reports.deliver_from_outside();
        }
        self.shared.bookmark.came_to(sequencer.next_seq);
    }
}

/// An error with its causes.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
