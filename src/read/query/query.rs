//! What is asked of a log.

use super::condition::{Condition, Glob};
use super::error::QueryError;
use super::found::Match;
use super::merge::Merge;
use super::plan::{JournalPlan, plan};
use super::scan::{Advance, Pool, Progress, Search};
use super::stream::{Begin, Stream};
use super::trouble::Trouble;
use crate::record::{Outcome, Timestamp};
use std::collections::VecDeque;
use std::ops::{Bound, RangeBounds};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A search of less is not worth a thread, in bytes.
const FEW: u64 = 4 << 20;

/// A search in the day files of one log, or of several: see the [module](crate::read#searching).
///
/// Each condition narrows the search: a record matches if all of them hold, and one of the event types.
///
/// | | default |
/// |---|---|
/// | [`event`](Query::event), [`filter`](Query::filter), [`outcome`](Query::outcome), [`tenant`](Query::tenant), [`session`](Query::session), [`trace_id`](Query::trace_id) | all records |
/// | [`since`](Query::since), [`until`](Query::until), [`seq`](Query::seq), [`around`](Query::around) | from the first to the last |
/// | [`reverse`](Query::reverse) | oldest first |
/// | [`limit`](Query::limit) | none |
/// | [`progress`](Query::progress) | none |
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is `run`"]
pub struct Query {
    dirs: Vec<PathBuf>,
    events: Vec<Glob>,
    conditions: Vec<Condition>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    seqs: (u64, u64),
    around: Option<u64>,
    is_reverse: bool,
    limit: Option<u64>,
    progress: Option<Progress>,
}

impl Query {
    /// Searches the logs in these directories.
    pub fn new<P: AsRef<Path>>(dirs: impl IntoIterator<Item = P>) -> Query {
        Query {
            dirs: dirs.into_iter().map(|dir| dir.as_ref().to_owned()).collect(),
            events: Vec::new(),
            conditions: Vec::new(),
            since: None,
            until: None,
            seqs: (0, u64::MAX),
            around: None,
            is_reverse: false,
            limit: None,
            progress: None,
        }
    }

    /// Searches for an event type. In `auth.*`, `*` stands for any characters, or none. Of several, one matches.
    pub fn event(mut self, pattern: impl Into<String>) -> Query {
        self.events.push(Glob::new(pattern));
        self
    }

    /// Searches for records that meet a condition. Of several, all are met.
    pub fn filter(mut self, condition: Condition) -> Query {
        self.conditions.push(condition);
        self
    }

    /// Searches for an outcome.
    pub fn outcome(self, outcome: Outcome) -> Query {
        self.filter(Condition::text_is(&["outcome"], outcome.as_str()))
    }

    /// Searches for `actor.tenant`.
    pub fn tenant(self, tenant: &str) -> Query {
        self.filter(Condition::text_is(&["actor", "tenant"], tenant))
    }

    /// Searches for `actor.session_id`.
    pub fn session(self, session_id: &str) -> Query {
        self.filter(Condition::text_is(&["actor", "session_id"], session_id))
    }

    /// Searches for `trace_id`.
    pub fn trace_id(self, trace_id: &str) -> Query {
        self.filter(Condition::text_is(&["trace_id"], trace_id))
    }

    /// Searches for records at or after a time.
    pub fn since(mut self, since: impl Into<Timestamp>) -> Query {
        self.since = Some(since.into());
        self
    }

    /// Searches for records before a time.
    pub fn until(mut self, until: impl Into<Timestamp>) -> Query {
        self.until = Some(until.into());
        self
    }

    /// Searches for records with these numbers. Lines without a number do not match then.
    pub fn seq(mut self, seqs: impl RangeBounds<u64>) -> Query {
        let first = match seqs.start_bound() {
            Bound::Included(first) => Some(*first),
            Bound::Excluded(before) => before.checked_add(1),
            Bound::Unbounded => Some(0),
        };
        let last = match seqs.end_bound() {
            Bound::Included(last) => Some(*last),
            Bound::Excluded(behind) => behind.checked_sub(1),
            Bound::Unbounded => Some(u64::MAX),
        };
        // No number is in an empty range.
        self.seqs = first.zip(last).unwrap_or((1, 0));
        self
    }

    /// Searches for the record with this number, and for as many before and behind it as `context` says. It replaces
    /// [`seq`](Query::seq), and fits one directory.
    pub fn around(mut self, seq: u64, context: u64) -> Query {
        self.around = Some(seq);
        self.seqs = (seq.saturating_sub(context), seq.saturating_add(context));
        self
    }

    /// Returns the newest first.
    pub fn reverse(mut self, is_reverse: bool) -> Query {
        self.is_reverse = is_reverse;
        self
    }

    /// Returns at most so many records. The search ends with the last of them.
    pub fn limit(mut self, limit: u64) -> Query {
        self.limit = Some(limit);
        self
    }

    /// Sets what is told, while the search goes on, how many bytes are searched, and of how many. Default: nothing.
    pub fn progress(mut self, progress: impl Fn(u64, u64) + Send + Sync + 'static) -> Query {
        self.progress = Some(Progress(Arc::new(progress)));
        self
    }

    /// Starts the search. It goes on in threads, as many as there are processors and at most 8, a few pieces ahead
    /// of what was taken from the iterator, and ends when that is dropped.
    ///
    /// # Errors
    ///
    /// [`QueryError`]: a directory can't be read, or the query makes no sense. All else is a [`Trouble`] in the
    /// iterator.
    pub fn run(self) -> Result<Matches, QueryError> {
        let Prepared { search, plans, troubles, pool } = self.prepare(false)?;
        let found = if plans.len() > 1 {
            Found::Several(Box::new(Merge::new(plans, &search, &pool, self.is_reverse)))
        } else {
            Found::One(Box::new(self.stream(plans, &search, &pool)))
        };
        Ok(Matches { troubles: troubles.into(), found, left: self.limit })
    }

    /// Counts the matches, up to the limit, and shows what else is met. It is faster than
    /// [`run`](Query::run), since no match is copied.
    ///
    /// # Errors
    ///
    /// As [`run`](Query::run).
    pub fn count(self, mut trouble: impl FnMut(Trouble)) -> Result<u64, QueryError> {
        if self.dirs.len() > 1 {
            // Each record of a journal counts once, however many directories have it.
            let mut count = 0;
            for found in self.run()? {
                match found {
                    Ok(_) => count += 1,
                    Err(met) => trouble(met),
                }
            }
            return Ok(count);
        }
        let Prepared { search, plans, troubles, pool } = self.prepare(true)?;
        troubles.into_iter().for_each(&mut trouble);
        let count = self.stream(plans, &search, &pool).count_matches(trouble);
        Ok(self.limit.map_or(count, |limit| count.min(limit)))
    }

    /// Returns the directories.
    pub(in crate::read) fn dirs(&self) -> &[PathBuf] {
        &self.dirs
    }

    /// Returns the same query in other directories.
    pub(in crate::read) fn in_dirs(self, dirs: &[PathBuf]) -> Query {
        Query { dirs: dirs.to_vec(), limit: None, ..self }
    }

    /// Returns what is searched for.
    pub(in crate::read) fn search(&self) -> Search {
        let (events, conditions) = (self.events.clone(), self.conditions.clone());
        Search::new(self.since, self.until, self.seqs.0..=self.seqs.1, events, conditions)
    }

    fn stream(&self, plans: Vec<JournalPlan>, search: &Arc<Search>, pool: &Arc<Pool>) -> Stream {
        let reached = plans.first().and_then(|plan| plan.reached);
        let segments = plans.into_iter().flat_map(|plan| plan.segments).collect::<Vec<_>>();
        Stream::new(segments.into_iter(), reached, search, pool, self.is_reverse)
    }

    /// Returns what was met so far, and a stream over each directory, whose matches are taken.
    pub(super) fn taken_by(
        &self,
        begin: &Begin,
        prepared: Prepared,
    ) -> (Vec<Trouble>, impl Iterator<Item = Stream>) {
        let Prepared { search, plans, troubles, pool } = prepared;
        let stream = move |plan| self.stream(vec![plan], &search, &pool).taken_by(begin);
        (troubles, plans.into_iter().map(stream))
    }

    pub(super) fn has_limit(&self) -> bool {
        self.limit.is_some()
    }

    pub(super) fn prepare(&self, only_counts: bool) -> Result<Prepared, QueryError> {
        match (self.around, &self.dirs[..]) {
            (_, []) => return Err(QueryError::NoDirectory),
            (Some(seq), [_, _, ..]) => {
                return Err(QueryError::AroundInSeveral { seq, directories: self.dirs.len() });
            }
            _ => {}
        }
        let mut search = self.search();
        search.only_counts = only_counts;
        let (mut plans, mut troubles, mut bytes) = (Vec::new(), Vec::new(), 0);
        for dir in &self.dirs {
            let mut plan = plan(dir, &search)?;
            troubles.append(&mut plan.troubles);
            bytes += plan.segments.iter().map(|part| part.bytes.end - part.bytes.start).sum::<u64>();
            plans.push(plan);
        }
        let pool = Arc::new(if bytes < FEW { Pool::without_threads() } else { Pool::start() });
        search.advance = self.progress.clone().map(|progress| Advance::new(progress, bytes));
        Ok(Prepared { search: Arc::new(search), plans, troubles, pool })
    }
}

/// A query whose files are known.
pub(super) struct Prepared {
    search: Arc<Search>,
    plans: Vec<JournalPlan>,
    troubles: Vec<Trouble>,
    pool: Arc<Pool>,
}

impl Prepared {
    /// Returns whether several directories have the same journal, and so the same records.
    pub(super) fn has_a_journal_twice(&self) -> bool {
        let is_again = |(at, plan): (usize, &JournalPlan)| {
            self.plans[..at].iter().any(|before| before.journal == plan.journal)
        };
        self.plans.iter().enumerate().any(is_again)
    }
}

/// The records that match a [`Query`], and what else is met on the way. After a [`Trouble`], it goes on.
#[must_use = "an iterator does nothing until it is asked"]
pub struct Matches {
    troubles: VecDeque<Trouble>,
    found: Found,
    /// How many matches may still be returned.
    left: Option<u64>,
}

enum Found {
    One(Box<Stream>),
    Several(Box<Merge>),
}

impl Iterator for Matches {
    type Item = Result<Match, Trouble>;

    fn next(&mut self) -> Option<Result<Match, Trouble>> {
        if let Some(trouble) = self.troubles.pop_front() {
            return Some(Err(trouble));
        }
        if self.left == Some(0) {
            return None;
        }
        let found = match &mut self.found {
            Found::One(stream) => stream.next(),
            Found::Several(merge) => merge.next(),
        };
        if let (Some(Ok(_)), Some(left)) = (&found, &mut self.left) {
            *left -= 1;
        }
        found
    }
}

impl std::fmt::Debug for Matches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Matches").field("left", &self.left).finish_non_exhaustive()
    }
}
