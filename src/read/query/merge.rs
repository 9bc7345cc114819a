//! What is found in several journals, in one order.

use super::found::Match;
use super::plan::{JournalPlan, Segment};
use super::scan::{Pool, Search};
use super::stream::Stream;
use super::trouble::{Trouble, TroubleKind};
use crate::record::Timestamp;
use std::cmp::{self, Reverse};
use std::collections::{BinaryHeap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

/// How many pieces are begun ahead in each of several streams.
const AHEAD: usize = 2;

/// How many bytes all streams together may have in pieces, about, and the shortest longest piece of one.
const ALL_PIECES: u64 = 16 << 20;
const SHORTEST: u64 = 16 << 10;

/// Parts of files in which times do not decrease, one behind the other.
struct Run {
    /// The time at which it begins in the order of the search, if that is known.
    begin: Option<Timestamp>,
    end: Option<Timestamp>,
    segments: Vec<Segment>,
    reached: Option<u64>,
}

/// What is found in several journals, by `ts`, journal id and `seq`, or in reverse.
pub(super) struct Merge {
    search: Arc<Search>,
    pool: Arc<Pool>,
    is_reverse: bool,
    /// The runs that are not begun yet, by their begin.
    waiting: VecDeque<Run>,
    streams: Vec<Stream>,
    /// The latest time in each stream.
    latest: Vec<Option<Timestamp>>,
    /// The next match of each stream that has one.
    heads: BinaryHeap<Head>,
    /// The streams whose next match is not known.
    unknown: Vec<usize>,
    longest_piece: u64,
    /// Journal ids that more than one directory has.
    repeated: HashSet<Arc<str>>,
    last: Option<Match>,
    held: Option<Match>,
}

/// The next match of a stream. The greatest comes first, and is the one that is next.
struct Head {
    key: Key,
    is_reverse: bool,
    stream: usize,
    found: Match,
}

/// The order of matches.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    ts: Timestamp,
    journal: Arc<str>,
    seq: Option<u64>,
    path: PathBuf,
    byte: u64,
}

impl Merge {
    pub(super) fn new(
        plans: Vec<JournalPlan>,
        search: &Arc<Search>,
        pool: &Arc<Pool>,
        is_reverse: bool,
    ) -> Merge {
        let (mut repeated, mut known) = (HashSet::new(), HashSet::new());
        let mut runs = Vec::new();
        let longest_piece = ALL_PIECES / (AHEAD as u64 + 1) / plans.len().max(1) as u64;
        for plan in plans {
            if !known.insert(Arc::clone(&plan.journal)) {
                repeated.insert(plan.journal);
            }
            runs.extend(runs_of(plan.segments, plan.reached));
        }
        if is_reverse {
            // What has no known time is begun first.
            runs.sort_by_key(|run| (run.end.is_some(), Reverse(run.end)));
        } else {
            runs.sort_by_key(|run| run.begin);
        }
        Merge {
            search: Arc::clone(search),
            pool: Arc::clone(pool),
            is_reverse,
            waiting: runs.into(),
            streams: Vec::new(),
            latest: Vec::new(),
            heads: BinaryHeap::new(),
            unknown: Vec::new(),
            longest_piece: longest_piece.max(SHORTEST),
            repeated,
            last: None,
            held: None,
        }
    }

    /// Begins the runs in which the next match may be.
    fn begin_runs(&mut self) {
        while let Some(run) = self.waiting.front() {
            let begin = if self.is_reverse { run.end } else { run.begin };
            let may_be_next = match (begin, self.heads.peek()) {
                (Some(begin), Some(head)) if self.is_reverse => begin >= head.key.ts,
                (Some(begin), Some(head)) => begin <= head.key.ts,
                (None, _) | (_, None) => true,
            };
            if !may_be_next {
                return;
            }
            let Some(run) = self.waiting.pop_front() else {
                return;
            };
            let segments = run.segments.into_iter();
            let stream = Stream::new(segments, run.reached, &self.search, &self.pool, self.is_reverse)
                .with_pieces(AHEAD, self.longest_piece);
            self.unknown.push(self.streams.len());
            self.streams.push(stream);
            self.latest.push(None);
            if self.heads.is_empty() {
                // Its first match may be before the begin of all others.
                return;
            }
        }
    }

    /// Finds the next match of a stream.
    fn advance(&mut self, stream: usize) -> Option<Trouble> {
        match self.streams[stream].next()? {
            Err(trouble) => {
                self.unknown.push(stream);
                Some(trouble)
            }
            Ok(found) => {
                let latest = self.latest[stream].unwrap_or(found.ts);
                let ts = if self.is_reverse { found.ts.min(latest) } else { found.ts.max(latest) };
                self.latest[stream] = Some(ts);
                let (journal, path) = (Arc::clone(&found.file.journal), found.file.path.clone());
                let key = Key { ts, journal, seq: found.seq, path, byte: found.byte };
                self.heads.push(Head { key, is_reverse: self.is_reverse, stream, found });
                None
            }
        }
    }
}

impl Iterator for Merge {
    type Item = Result<Match, Trouble>;

    fn next(&mut self) -> Option<Result<Match, Trouble>> {
        loop {
            if let Some(held) = self.held.take() {
                return Some(Ok(held));
            }
            while let Some(stream) = self.unknown.pop() {
                if let Some(trouble) = self.advance(stream) {
                    return Some(Err(trouble));
                }
            }
            self.begin_runs();
            if !self.unknown.is_empty() {
                continue;
            }
            let Head { stream, found, .. } = self.heads.pop()?;
            self.unknown.push(stream);
            if !self.repeated.contains(&found.file.journal) {
                return Some(Ok(found));
            }
            let same = self.last.replace(found.clone()).filter(|last| {
                last.seq.is_some() && (last.seq, &last.file.journal) == (found.seq, &found.file.journal)
            });
            match same {
                None => return Some(Ok(found)),
                // Another directory has it, too.
                Some(last) if last.line == found.line => {}
                Some(_) => {
                    let kind = TroubleKind::TwoHistories { seq: found.seq.unwrap_or_default() };
                    let (path, byte) = (found.file.path.clone(), Some(found.byte));
                    self.held = Some(found);
                    return Some(Err(Trouble { path, line: None, byte, kind }));
                }
            }
        }
    }
}

/// Splits the parts of a journal's files where times decrease.
fn runs_of(segments: Vec<Segment>, reached: Option<u64>) -> Vec<Run> {
    let mut runs = Vec::<Run>::new();
    for segment in segments {
        let (begin, end) = segment.times.unzip();
        match runs.last_mut() {
            Some(run) if begin.is_none() == run.begin.is_none() && run.end <= begin => {
                run.end = end;
                run.segments.push(segment);
            }
            _ => runs.push(Run { begin, end, segments: vec![segment], reached }),
        }
    }
    runs
}

impl Ord for Head {
    fn cmp(&self, other: &Head) -> cmp::Ordering {
        if self.is_reverse { self.key.cmp(&other.key) } else { other.key.cmp(&self.key) }
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Head) -> Option<cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Head) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}
