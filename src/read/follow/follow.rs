//! What is to be followed.

use super::directory::{FollowedDirectory, synced};
use super::following::Following;
use crate::journal::storage::layout::{STATE, SYNCED};
use crate::read::Trouble;
use crate::read::query::{Match, Query, QueryError};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

/// Follows one log or several while they are written.
///
/// ```no_run
/// use tracing_audit::read::{Follow, Query};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let query = Query::new(["/var/log/myapp/audit"]).event("auth.*");
/// let mut following = Follow::new(query).last(10).start()?;
/// loop {
///     for found in &mut following {
///         match found {
///             Ok(record) => println!("{}", String::from_utf8_lossy(record.line())),
///             Err(trouble) => eprintln!("{trouble}"),
///         }
///     }
///     following.wait();
/// }
/// # }
/// ```
///
/// Each record is returned once, also if its file is removed and the log copies it to another one, if a file
/// could not be synced and its records were written again, if a file is truncated or replaced, and if the
/// directory is removed and comes back. A directory that is not there is waited for. If another log takes its
/// place, that one is followed.
///
/// A record is new if its number is: one with a number that is out of order is returned, with a
/// [`Trouble`], and hides no other. Two different records with the same number are both returned, and named,
/// as far as the first of them is among the last 65,536. Lines without a number, of the product that this
/// crate replaces, are returned as they come, and again if their file is replaced.
#[derive(Clone, Debug)]
#[must_use = "nothing is followed until it is `start`ed"]
pub struct Follow {
    query: Query,
    last: usize,
    only_synced: bool,
}

impl Follow {
    /// Follows the directories of a query, and returns the records that match it. Its order and its limit are of no
    /// account.
    pub fn new(query: Query) -> Follow {
        Follow { query, last: 0, only_synced: false }
    }

    /// Begins with the last records that match. Default: 0, only new ones are returned.
    pub fn last(self, records: usize) -> Follow {
        Follow { last: records, ..self }
    }

    /// Returns records only when they are on disk. Only the log's owner can read how far that is, in `.state`.
    /// Default: records are returned as soon as they are in a day file. Lines without a number are returned
    /// in any case.
    pub fn only_synced(self, only_synced: bool) -> Follow {
        Follow { only_synced, ..self }
    }

    /// Begins to follow. No thread is started: all is done by the calls of [`Following`].
    ///
    /// # Errors
    ///
    /// [`QueryError`]: no directory is named, one is there and can't be read, or
    /// [how far the disk is](Follow::only_synced) can't be read.
    pub fn start(self) -> Result<Following, QueryError> {
        let dirs = self.query.dirs().to_vec();
        if dirs.is_empty() {
            return Err(QueryError::NoDirectory);
        }
        let search = Arc::new(self.query.search());
        let (mut followed, mut there) = (Vec::new(), Vec::new());
        for dir in dirs {
            let mut directory = FollowedDirectory::new(&dir, &search, self.only_synced);
            let unreadable = |path, source| QueryError::Unreadable { path, source };
            directory.begin_at_the_end().map_err(|source| unreadable(dir.clone(), source))?;
            let is_there = dir.is_dir();
            if self.only_synced
                && is_there
                && let Err(error) = synced(&dir)
                && error.kind() != io::ErrorKind::NotFound
            {
                return Err(QueryError::NotSynced { path: dir.join(STATE).join(SYNCED), source: error });
            }
            if is_there {
                there.push(dir);
            }
            followed.push(directory);
        }
        let (shown, troubles) = self.last_records(&there, &mut followed)?;
        Ok(Following::new(shown, troubles, followed))
    }

    /// Returns the last records of those that are passed over, oldest first.
    fn last_records(
        &self,
        dirs: &[std::path::PathBuf],
        followed: &mut [FollowedDirectory],
    ) -> Result<(VecDeque<Match>, VecDeque<Trouble>), QueryError> {
        let (mut shown, mut troubles) = (VecDeque::new(), VecDeque::new());
        if dirs.is_empty() {
            return Ok((shown, troubles));
        }
        let mut matches = self.query.clone().in_dirs(dirs).reverse(true).run()?;
        while shown.len() < self.last
            && let Some(found) = matches.next()
        {
            match found {
                Ok(found) => {
                    if let Some(directory) = followed.iter_mut().find(|directory| directory.was_there(&found))
                    {
                        directory.was_shown(&found);
                        shown.push_front(found);
                    }
                }
                Err(trouble) => troubles.push_back(trouble),
            }
        }
        Ok((shown, troubles))
    }
}
