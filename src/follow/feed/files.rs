//! What a feed has learnt of the day files.

use crate::journal::{DayFileName, LogFile, Subscription};
use std::io;

/// The day files in their order, each with its first number, as they were when the journal had counted so
/// many changes.
#[derive(Debug, Default)]
pub(super) struct KnownFiles {
    changes: Option<u64>,
    files: Vec<(Option<u64>, DayFileName)>,
}

/// The newest file with a number.
pub(super) struct Newest {
    pub(super) name: DayFileName,
    pub(super) file: Box<dyn LogFile>,
    /// The number from which on a file behind it in the order has the lines.
    pub(super) until: Option<u64>,
}

/// What is known about the files in which a number is not.
#[derive(Default)]
pub(super) struct Search {
    pub(super) seq: u64,
    /// Files that were read from their beginning and do not contain it.
    pub(super) without: Vec<DayFileName>,
    /// The lowest number behind it that was seen.
    pub(super) behind: Option<u64>,
}

impl Search {
    /// Returns what is known about a number.
    pub(super) fn of(&mut self, seq: u64) -> &mut Search {
        if self.seq != seq {
            *self = Search { seq, ..Search::default() };
        }
        self
    }

    pub(super) fn saw(&mut self, seq: Option<u64>) {
        self.behind = [self.behind, seq].into_iter().flatten().min();
    }
}

impl KnownFiles {
    /// Returns whether a day file has begun since the files were listed.
    pub(super) fn are_outdated(&self, journal: &Subscription) -> bool {
        self.changes != Some(journal.file_changes())
    }

    /// Lists the files.
    pub(super) fn renew(&mut self, journal: &Subscription) -> io::Result<()> {
        // In this order: a file that begins meanwhile is looked for again.
        let changes = journal.file_changes();
        self.files = journal.day_files()?;
        self.changes = Some(changes);
        Ok(())
    }

    /// Opens the newest file that contains the number of the search: its copy was synced last.
    pub(super) fn newest_with(
        &self,
        journal: &Subscription,
        search: &mut Search,
    ) -> io::Result<Option<Newest>> {
        let mut until = None;
        for (first, name) in self.files.iter().copied().rev() {
            if first > Some(search.seq) {
                search.saw(first);
                until = first;
                continue;
            }
            if search.without.contains(&name) {
                continue;
            }
            let file = match journal.open(name) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let last = journal.last_seq(&*file)?;
            // Without a number at either end, it is a file of the original product.
            if last.map_or(first.is_some(), |last| last >= search.seq) {
                return Ok(Some(Newest { name, file, until }));
            }
        }
        Ok(None)
    }
}
