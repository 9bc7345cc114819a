//! Which files may go, and removing them.
//!
//! A file goes when its whole name is that of a day file, and its day, and that of its last
//! record, is more than `retention_days` before today: oldest first, never the newest, and none while
//! anything called `HOLD` lies in the directory. What is kept aside of a day file goes
//! with its day. A file is first moved into `.state/pruned/`, then `log.pruned` is
//! recorded and synced, then it is removed: so that a crash in between never takes one
//! that the log does not tell of. What it leaves there is put back first.
//!
//! A file that a mirror has not got yet, as its [`Keeper`] knows, stays `undelivered_days`
//! longer. Then it goes, too, and `log.pruned` says what the mirror has never got.
//!
//! It runs in a thread of its own, for as long as that takes, when the journal is
//! opened and when a day begins. It takes the sequencer's lock for single steps alone:
//! no event waits for a file to be read.

use crate::error::PruneError;
use crate::journal::Shared;
use crate::journal::days::lines::for_each_piece;
use crate::journal::days::scan::{first_line, last_record};
use crate::journal::sequence::sequencer::Sequencer;
use crate::journal::storage::Directory;
use crate::journal::storage::layout::{DayFileName, Folder, HOLD};
use crate::record::{Day, Record, hex};
use crate::report::Level;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;
use std::io;
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

/// Who knows what others have not read yet: what forbids to remove day files.
pub(crate) trait Keeper: fmt::Debug + Send + Sync + 'static {
    /// The number behind the last record that anybody has read, ever.
    fn reached(&self) -> u64;

    /// Those who read, by name, each with the number of the record that it reads next.
    fn unread(&self) -> Vec<(String, u64)>;
}

/// Nobody reads.
impl Keeper for () {
    fn reached(&self) -> u64 {
        0
    }

    fn unread(&self) -> Vec<(String, u64)> {
        Vec::new()
    }
}

/// A file that is old enough to go.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    day: Day,
    folder: Folder,
    /// Of a day file, its place among those of the day.
    index: u32,
    name: String,
}

/// Records that were removed before somebody had read them.
#[derive(Debug, Serialize)]
struct Missed {
    mirror: String,
    from_seq: u64,
    to_seq: u64,
}

/// Puts back what a crash has left on its way out: it goes again when it may, or stays, if it
/// may not any more. Nobody else moves files meanwhile.
pub(in crate::journal) fn put_back(directory: &dyn Directory) -> Result<(), PruneError> {
    let path = |folder: Folder, name: &str| directory.path().join(folder.path_of(name));
    let fail = |source| PruneError::Directory { path: path(Folder::Pruned, ""), source };
    for name in directory.names(Folder::Pruned).map_err(fail)? {
        let folder = if DayFileName::parse(&name).is_some() { Folder::Days } else { Folder::Torn };
        if folder.day_of(&name).is_some() {
            directory
                .move_file(Folder::Pruned, &name, folder, &name)
                .map_err(|source| PruneError::Remove { path: path(folder, &name), source })?;
        }
    }
    Ok(())
}

impl Shared {
    /// Files of days before this one may go, so many days after the retention; `None` if none
    /// may.
    fn cutoff(&self, sequencer: &Sequencer, more_days: u32) -> Option<Day> {
        if sequencer.timeline.suspended().is_some() {
            return None;
        }
        let time = sequencer.timeline.time_for_retention(sequencer.read_clocks());
        time.day().days_before(self.live.retention_days().saturating_add(more_days))
    }

    /// The records of a day file that its readers have not read.
    fn missed(&self, folder: Folder, first: Option<u64>, last: Option<u64>) -> Vec<Missed> {
        let (Folder::Days, Some(last)) = (folder, last) else {
            return Vec::new();
        };
        let unread = self.keeper.unread().into_iter().filter(|(_, next_seq)| *next_seq <= last);
        unread
            .map(|(mirror, next_seq)| Missed {
                mirror,
                from_seq: next_seq.max(first.unwrap_or(0)),
                to_seq: last,
            })
            .collect()
    }

    /// What is old enough to go, oldest first.
    fn candidates(&self) -> Result<Vec<Candidate>, PruneError> {
        let Some(cutoff) = self.cutoff(&self.sequencer(), 0) else {
            return Ok(Vec::new());
        };
        let mut candidates = Vec::new();
        for folder in [Folder::Days, Folder::Torn, Folder::Altered, Folder::DeadLetters] {
            let names = self.directory.names(folder).map_err(|source| PruneError::Directory {
                path: self.path.join(folder.path_of("")),
                source,
            })?;
            for name in names {
                if let Some(day) = folder.day_of(&name).filter(|day| *day < cutoff) {
                    let index = DayFileName::parse(&name).map_or(0, |name| name.index);
                    candidates.push(Candidate { day, folder, index, name });
                }
            }
        }
        candidates.sort_unstable();
        Ok(candidates)
    }

    /// Nobody else moves files meanwhile.
    pub(in crate::journal) fn pruning(&self) -> MutexGuard<'_, ()> {
        self.pruning.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is anything to remove.
    pub(in crate::journal) fn has_old_files(&self) -> bool {
        self.candidates().map_or(true, |candidates| !candidates.is_empty())
    }

    /// Removes what is old enough, for someone who is alone. Gives what was removed, and what
    /// could not be.
    pub(in crate::journal) fn prune_alone(&self) -> (Vec<String>, Vec<PruneError>) {
        let (mut removed, mut failures) = (Vec::new(), Vec::new());
        match put_back(&*self.directory).and_then(|()| self.candidates()) {
            Ok(candidates) => {
                for candidate in candidates {
                    if self.is_closing.load(Ordering::Relaxed) {
                        break;
                    }
                    match self.remove(&candidate) {
                        Ok(true) => removed.push(candidate.folder.path_of(&candidate.name)),
                        Ok(false) => {}
                        Err(error) => failures.push(error),
                    }
                }
            }
            Err(error) => failures.push(error),
        }
        (removed, failures)
    }

    /// The same, with what could not be removed on its way into the runtime log.
    pub(in crate::journal) fn prune_and_report(&self) {
        let _alone = self.pruning();
        for error in self.prune_alone().1 {
            self.reports.post(Level::Warn, || crate::journal::Chain(&error).to_string());
        }
    }

    /// Removes a file, if it may go now; says whether it did.
    fn remove(&self, candidate: &Candidate) -> Result<bool, PruneError> {
        let Candidate { day, folder, name, .. } = candidate;
        let path = || self.path.join(folder.path_of(name));
        if self.is_held()? {
            return Ok(false);
        }
        let read = |source| PruneError::Read { path: path(), source };
        let file = match self.directory.open_to_read(*folder, name) {
            Ok(file) => file,
            // A directory, or gone in the meantime: none of ours.
            Err(error) if matches!(error.kind(), io::ErrorKind::IsADirectory | io::ErrorKind::NotFound) => {
                return Ok(false);
            }
            Err(error) => return Err(read(error)),
        };
        let first = first_line(&*file).map_err(read)?.seq();
        let last = last_record(&*file).map_err(read)?;
        let last_seq = last.map(|last| last.seq);
        let missed = self.missed(*folder, first, last_seq);
        let more_days = if missed.is_empty() { 0 } else { self.live.undelivered_days() };
        if self.cutoff(&self.sequencer(), more_days).is_none_or(|cutoff| *day >= cutoff) {
            return Ok(false);
        }
        let mut sha256 = Sha256::new();
        for_each_piece(&*file, |piece| {
            sha256.update(piece);
            match self.is_closing.load(Ordering::Relaxed) {
                true => Err(io::ErrorKind::Interrupted.into()),
                false => Ok(()),
            }
        })
        .or_else(|error| if self.is_closing.load(Ordering::Relaxed) { Ok(()) } else { Err(read(error)) })?;
        if self.is_closing.load(Ordering::Relaxed) {
            return Ok(false);
        }
        drop(file);
        // A file that has been given an older day's name is as young as its records.
        if let Some(last) = last.filter(|last| last.ts.day() > *day) {
            self.reports.post(Level::Warn, || {
                format!(
                    "{} has an older day's name than its records, which are of {}",
                    path().display(),
                    last.ts
                )
            });
        }
        let day = last.map_or(*day, |last| last.ts.day().max(*day));
        let pruned = Record::new("log.pruned")
            .resource("file", folder.path_of(name))
            .resource("from_seq", first)
            .resource("to_seq", last_seq)
            .resource("sha256", hex(&sha256.finalize()))
            .resource("undelivered", (!missed.is_empty()).then_some(&missed));
        if !self.tell_and_move(candidate, day, more_days, &pruned, last_seq)? {
            return Ok(false);
        }
        for Missed { mirror, from_seq, to_seq } in missed {
            self.reports.post(Level::Error, || {
                format!(
                    "{} was removed before the mirror `{mirror}` had got its records {from_seq} to {to_seq}",
                    path().display()
                )
            });
        }
        self.progress.published();
        self.sync_all().map_err(|unsynced| PruneError::Sync { source: unsynced.into_io_error() })?;
        let remove = |source| PruneError::Remove { path: path(), source };
        self.directory.remove(Folder::Pruned, name).map_err(remove)?;
        Ok(true)
    }

    /// Moves a file out of the way and records it, both or none.
    fn tell_and_move(
        &self,
        candidate: &Candidate,
        day: Day,
        more_days: u32,
        pruned: &Record,
        last: Option<u64>,
    ) -> Result<bool, PruneError> {
        let Candidate { folder, name, .. } = candidate;
        let remove = |source| PruneError::Remove { path: self.path.join(folder.path_of(name)), source };
        let mut sequencer = self.sequencer();
        let newest = self.bookmark.newest().map(|name| name.to_string());
        let may_go = self.cutoff(&sequencer, more_days).is_some_and(|cutoff| day < cutoff)
            && !(*folder == Folder::Days && newest.as_deref() == Some(name));
        if !may_go || self.is_held()? {
            return Ok(false);
        }
        if let Some(last) = last {
            // First: whoever looks for files that are gone is not to look for this one.
            self.bookmark.pruned_before(last + 1);
        }
        self.directory.move_file(*folder, name, Folder::Pruned, name).map_err(remove)?;
        if let Err(stop) = sequencer.append_record(pruned) {
            let source = stop.into_error();
            self.directory.move_file(Folder::Pruned, name, *folder, name).map_err(remove)?;
            return Err(PruneError::Record { path: self.path.join(folder.path_of(name)), source });
        }
        Ok(true)
    }

    /// Whether there is a legal hold.
    pub(in crate::journal) fn is_held(&self) -> Result<bool, PruneError> {
        self.directory
            .exists(HOLD)
            .map_err(|source| PruneError::Directory { path: self.path.join(HOLD), source })
    }
}
