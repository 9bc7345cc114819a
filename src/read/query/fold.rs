//! Matches that are taken in the threads that find them.

use super::error::QueryError;
use super::found::Match;
use super::json::{Json, Text, Walk};
use super::query::Query;
use super::scan::{Found, Take, Taker};
use super::stream::Begin;
use super::trouble::Trouble;
use crate::lock::lock;
use std::any::Any;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// So many matches of several directories with the same journal are taken at a time.
const BATCH: usize = 4096;

impl Query {
    /// Runs the query. A value takes the matches of each piece of a file, and is given to `add` then, in the order of the records. No line
    /// is copied. Values are used again: `begin` sets them to the piece's file, and `add` leaves nothing in them.
    ///
    /// # Errors
    ///
    /// As [`run`](Query::run).
    pub(in crate::read) fn fold<T: Take + Default>(
        self,
        begin: impl Fn(&Path, &mut T) + Send + Sync + 'static,
        mut add: impl FnMut(&Path, &mut T),
        mut trouble: impl FnMut(Trouble),
    ) -> Result<(), QueryError> {
        let prepared = self.prepare(false)?;
        if prepared.has_a_journal_twice() || self.has_limit() {
            // Which records count is known in order only.
            fold_in_order(self.run()?, begin, add, trouble);
            return Ok(());
        }
        let used = Arc::new(Mutex::new(Vec::<Box<T>>::new()));
        let again = Arc::clone(&used);
        let begin: Begin = Arc::new(move |path: &Path| {
            let mut taker = lock(&again).pop().unwrap_or_default();
            begin(path, &mut taker);
            Taker(taker)
        });
        let mut add = |path: &Path, Taker(taker): Taker| {
            // It is what `begin` has returned.
            if let Ok(mut taker) = (taker as Box<dyn Any>).downcast::<T>() {
                add(path, &mut taker);
                lock(&used).push(taker);
            }
        };
        let (troubles, streams) = self.taken_by(&begin, prepared);
        troubles.into_iter().for_each(&mut trouble);
        streams.for_each(|mut stream| stream.take_all(&mut add, &mut trouble));
        Ok(())
    }
}

fn fold_in_order<T: Take + Default>(
    matches: impl Iterator<Item = Result<Match, Trouble>>,
    begin: impl Fn(&Path, &mut T),
    mut add: impl FnMut(&Path, &mut T),
    mut trouble: impl FnMut(Trouble),
) {
    let mut taker = T::default();
    // The first match that it has taken, and how many.
    let mut taken = None::<(Match, usize)>;
    for found in matches {
        let found = match found {
            Ok(found) => found,
            Err(met) => {
                trouble(met);
                continue;
            }
        };
        if let Some((first, _)) =
            taken.take_if(|(first, count)| first.path() != found.path() || *count == BATCH)
        {
            add(first.path(), &mut taker);
        }
        let (_, count) = taken.get_or_insert_with(|| {
            begin(found.path(), &mut taker);
            (found.clone(), 0)
        });
        *count += 1;
        let members = members(found.line());
        taker.take(&Found { byte: found.byte(), seq: found.seq(), ts: found.ts(), members: &members });
    }
    if let Some((first, _)) = taken {
        add(first.path(), &mut taker);
    }
}

/// Returns the members of a line that was found, and so is JSON.
fn members(line: &[u8]) -> Vec<(Text<'_>, Json<'_>)> {
    let mut walk = Walk::of(line);
    std::iter::from_fn(|| walk.member().ok().flatten()).collect()
}
