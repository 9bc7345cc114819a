//! What is followed.

use super::directory::FollowedDirectory;
use crate::read::Trouble;
use crate::read::query::Match;
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

/// The records of logs that are [followed](super::Follow), as they come.
///
/// The iterator ends when there is nothing new, and goes on when there is: [`wait`](Following::wait) in between.
/// After a [`Trouble`], it goes on. Records of several directories are merged by time, as far as they come
/// together.
#[must_use = "an iterator does nothing until it is asked"]
pub struct Following {
    last: VecDeque<Match>,
    troubles: VecDeque<Trouble>,
    /// Each with its next record.
    directories: Vec<(FollowedDirectory, Option<Match>)>,
    has_looked: bool,
}

impl Following {
    pub(super) fn new(
        last: VecDeque<Match>,
        troubles: VecDeque<Trouble>,
        directories: Vec<FollowedDirectory>,
    ) -> Following {
        let directories = directories.into_iter().map(|directory| (directory, None)).collect();
        Following { last, troubles, directories, has_looked: false }
    }

    /// Returns the next of the last records from before following began. No file is looked at.
    pub fn next_of_the_last(&mut self) -> Option<Result<Match, Trouble>> {
        match self.troubles.pop_front() {
            Some(trouble) => Some(Err(trouble)),
            None => self.last.pop_front().map(Ok),
        }
    }

    /// Waits until it is time to look for new records: 50 milliseconds.
    pub fn wait(&self) {
        std::thread::sleep(Duration::from_millis(50));
    }
}

impl Iterator for Following {
    type Item = Result<Match, Trouble>;

    fn next(&mut self) -> Option<Result<Match, Trouble>> {
        if let Some(next) = self.next_of_the_last() {
            return Some(next);
        }
        loop {
            for (directory, held) in self.directories.iter_mut().filter(|(_, held)| held.is_none()) {
                match directory.next() {
                    Some(Ok(found)) => *held = Some(found),
                    Some(Err(trouble)) => return Some(Err(trouble)),
                    None => {}
                }
            }
            let earliest = self.directories.iter_mut().filter(|(_, held)| held.is_some());
            let earliest = earliest.min_by_key(|(_, held)| held.as_ref().map(Match::ts));
            if let Some(found) = earliest.and_then(|(_, held)| held.take()) {
                return Some(Ok(found));
            }
            self.has_looked = !self.has_looked;
            if !self.has_looked {
                return None;
            }
            self.directories.iter_mut().for_each(|(directory, _)| directory.look());
        }
    }
}

impl fmt::Debug for Following {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Following").field("directories", &self.directories.len()).finish_non_exhaustive()
    }
}
