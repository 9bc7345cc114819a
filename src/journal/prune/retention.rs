//! Which files are old enough to be removed.

use crate::error::PruneError;
use crate::journal::about::hold::Hold;
use crate::journal::prune::keeper::{Keeper, SEALER};
use crate::journal::sequence::sequencer::Sequencer;
use crate::journal::settings::LiveSettings;
use crate::journal::storage::Directory;
use crate::journal::storage::layout::{DayFileName, Folder, HOLD};
use crate::record::Day;
use serde::Serialize;
use std::sync::Arc;

/// The folders with files that belong to a day.
const FOLDERS: [Folder; 4] = [Folder::Days, Folder::Torn, Folder::Altered, Folder::DeadLetters];

/// Decides which files may be removed.
#[derive(Debug)]
pub(super) struct Retention {
    pub(super) directory: Arc<dyn Directory>,
    pub(super) settings: Arc<LiveSettings>,
    pub(super) keeper: Arc<dyn Keeper>,
    pub(super) hold: Arc<Hold>,
}

/// A file that is old enough to be removed. They are sorted by age.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub(super) day: Day,
    pub(super) folder: Folder,
    /// The index of a day file among those of its day.
    index: u32,
    pub(super) name: String,
}

impl Candidate {
    /// Returns the path of the file, relative to the directory.
    pub(super) fn path(&self) -> String {
        self.folder.path_of(&self.name)
    }
}

/// Records that a mirror has not got.
#[derive(Debug, Serialize)]
pub(super) struct Undelivered {
    pub(super) mirror: String,
    pub(super) from_seq: u64,
    pub(super) to_seq: u64,
}

impl Undelivered {
    /// Returns whether it is the sealer that has not come so far.
    pub(super) fn is_of_seals(&self) -> bool {
        self.mirror == SEALER
    }
}

impl Retention {
    /// Returns the first day whose files stay, when files stay so many days longer than the
    /// retention; `None` while pruning is suspended.
    pub(super) fn cutoff(&self, sequencer: &Sequencer, more_days: u32) -> Option<Day> {
        let timeline = sequencer.timeline();
        if timeline.suspended().is_some() {
            return None;
        }
        let time = timeline.time_for_retention(sequencer.read_clocks());
        time.day().days_before(self.settings.load().retention_days.saturating_add(more_days))
    }

    /// Returns the files of days before `cutoff`, the oldest first.
    pub(super) fn candidates(&self, cutoff: Day) -> Result<Vec<Candidate>, PruneError> {
        let mut candidates = Vec::new();
        for folder in FOLDERS {
            let names = self.directory.names(folder).map_err(|source| PruneError::Directory {
                path: self.directory.path().join(folder.path_of("")),
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

    /// Returns the records of a file that mirrors have not got, by its first and last number.
    pub(super) fn undelivered(
        &self,
        folder: Folder,
        first: Option<u64>,
        last: Option<u64>,
    ) -> Vec<Undelivered> {
        let (Folder::Days, Some(last)) = (folder, last) else {
            return Vec::new();
        };
        let unread = self.keeper.unread().into_iter().filter(|(_, next_seq)| *next_seq <= last);
        unread
            .map(|(mirror, next_seq)| Undelivered {
                mirror,
                from_seq: next_seq.max(first.unwrap_or(0)),
                to_seq: last,
            })
            .collect()
    }

    /// Returns the number of days that a file with such records stays longer.
    pub(super) fn more_days(&self, undelivered: &[Undelivered]) -> u32 {
        if undelivered.is_empty() { 0 } else { self.settings.load().undelivered_days }
    }

    /// Returns whether there is a legal hold.
    pub(super) fn is_held(&self) -> Result<bool, PruneError> {
        let fail = |source| PruneError::Directory { path: self.directory.path().join(HOLD), source };
        self.hold.look().map_err(fail)
    }
}
