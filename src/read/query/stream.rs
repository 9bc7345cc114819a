//! What is found in parts of files, in order.

use super::found::Match;
use super::plan::{DayFile, Segment, untangle};
use super::scan::{Fault, FaultyLines, Hit, Job, LONGEST_LINE, Pending, Piece, Pool, Search, Taker};
use super::trouble::{Trouble, TroubleKind};
use crate::lock::lock;
use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The first piece of a stream, in bytes; each further one is twice as long, up to the longest.
const FIRST_PIECE: u64 = 64 * 1024;
const LONGEST_PIECE: u64 = 1 << 20;

/// Returns what takes the matches of a piece of a file.
pub(super) type Begin = Arc<dyn Fn(&Path) -> Taker + Send + Sync>;

/// What is found in parts of files, in order or in reverse.
pub(super) struct Stream {
    search: Arc<Search>,
    pool: Arc<Pool>,
    is_reverse: bool,
    /// The number before which there were records, if it is known.
    reached: Option<u64>,
    /// How many pieces are begun ahead, and how long they are.
    ahead: usize,
    piece_len: u64,
    longest_piece: u64,
    /// In the order in which they are searched.
    segments: VecDeque<Arc<Segment>>,
    cut: Option<Cut>,
    begun: VecDeque<Begun>,
    current: Option<Current>,
    /// The segment of the last piece, and what is known where its next one begins.
    last: Option<Arc<Segment>>,
    next_line: Option<u64>,
    next_seq: Option<u64>,
    troubles: VecDeque<Trouble>,
    /// Set if matches are not to be shown.
    begin: Option<Begin>,
}

/// A segment of which pieces are cut.
#[derive(Debug)]
struct Cut {
    segment: Arc<Segment>,
    file: Arc<File>,
    rest: Range<u64>,
}

/// A piece that is being searched.
#[derive(Debug)]
struct Begun {
    segment: Arc<Segment>,
    /// Its length in bytes.
    len: u64,
    pending: Pending,
}

/// A piece that was searched, and how far it is taken.
#[derive(Debug)]
struct Current {
    piece: Piece,
    file: Arc<DayFile>,
    /// How many lines are before it in the file, if that is known.
    lines_before: Option<u64>,
    hits: Range<usize>,
    faults: Range<usize>,
}

impl Stream {
    pub(super) fn new(
        segments: impl DoubleEndedIterator<Item = Segment>,
        reached: Option<u64>,
        search: &Arc<Search>,
        pool: &Arc<Pool>,
        is_reverse: bool,
    ) -> Stream {
        let mut segments = segments.map(Arc::new).collect::<VecDeque<_>>();
        if is_reverse {
            segments.make_contiguous().reverse();
        }
        Stream {
            search: Arc::clone(search),
            pool: Arc::clone(pool),
            is_reverse,
            reached,
            ahead: pool.ahead(),
            longest_piece: LONGEST_PIECE,
            piece_len: FIRST_PIECE,
            segments,
            cut: None,
            begun: VecDeque::new(),
            current: None,
            last: None,
            next_line: None,
            next_seq: None,
            troubles: VecDeque::new(),
            begin: None,
        }
    }

    /// Has matches taken by what this returns.
    pub(super) fn taken_by(self, begin: &Begin) -> Stream {
        Stream { begin: Some(Arc::clone(begin)), ..self }
    }

    /// Begins so many pieces ahead, no longer than this.
    pub(super) fn with_pieces(mut self, ahead: usize, longest: u64) -> Stream {
        (self.ahead, self.longest_piece) = (ahead, longest.min(LONGEST_PIECE));
        self.piece_len = self.piece_len.min(self.longest_piece);
        self
    }

    /// Returns how many records match in what is left, and shows what else is met.
    pub(super) fn count_matches(&mut self, mut trouble: impl FnMut(Trouble)) -> u64 {
        let mut count = 0;
        self.each_piece(|_, piece| count += piece.count, &mut trouble);
        count
    }

    /// Shows what has taken the matches of each piece, with its file, and what else is met.
    pub(super) fn take_all(&mut self, mut add: impl FnMut(&Path, Taker), mut trouble: impl FnMut(Trouble)) {
        self.each_piece(
            |file, piece| piece.taker.take().into_iter().for_each(|taken| add(file, taken)),
            &mut trouble,
        );
    }

    fn each_piece(&mut self, mut show: impl FnMut(&Path, &mut Piece), trouble: &mut impl FnMut(Trouble)) {
        while let Some(mut current) = self.next_piece() {
            show(&current.file.path, &mut current.piece);
            for met in self.troubles.drain(..) {
                trouble(met);
            }
            while let Some(met) = current.next_fault(self.is_reverse) {
                met.into_iter().for_each(&mut *trouble);
            }
            self.pool.take_back(current.piece.into_buffer());
        }
        self.troubles.drain(..).for_each(trouble);
    }

    /// Returns the next piece that was searched.
    fn next_piece(&mut self) -> Option<Current> {
        loop {
            while self.begun.len() < self.ahead && self.begin_piece() {}
            let Begun { segment, len, pending } = self.begun.pop_front()?;
            let finished = self.pool.finish(pending);
            if let Some(advance) = &self.search.advance {
                advance.by(len);
            }
            let piece = match finished {
                Ok(piece) => piece,
                Err(error) => {
                    self.leave(&segment);
                    let trouble = Trouble::of(&segment.file.path, TroubleKind::Unreadable(error));
                    self.troubles.push_back(trouble);
                    continue;
                }
            };
            if self.is_tangled(&segment, &piece) {
                self.untangle(&segment, &piece);
                continue;
            }
            let lines_before = self.next_line;
            self.next_line = lines_before.map(|lines| lines + piece.lines);
            let (hits, faults) = (0..piece.hits.len(), 0..piece.faults.len());
            return Some(Current { piece, file: Arc::clone(&segment.file), lines_before, hits, faults });
        }
    }

    /// Begins to search the next piece. Returns `false` if there is none.
    fn begin_piece(&mut self) -> bool {
        let cut = loop {
            match &mut self.cut {
                Some(cut) if !cut.rest.is_empty() => break cut,
                _ => self.cut = None,
            }
            let Some(segment) = self.segments.pop_front() else {
                return false;
            };
            match segment.file.open() {
                Ok(file) => self.cut = Some(Cut { rest: segment.bytes.clone(), file, segment }),
                Err(error) => {
                    self.troubles.push_back(Trouble::of(&segment.file.path, TroubleKind::Unreadable(error)));
                }
            }
        };
        let rest = &mut cut.rest;
        let len = self.piece_len.min(rest.end - rest.start);
        self.piece_len = (2 * self.piece_len).min(self.longest_piece);
        let range = if self.is_reverse { rest.end - len..rest.end } else { rest.start..rest.start + len };
        if self.is_reverse {
            rest.end = range.start;
        } else {
            rest.start = range.end;
        }
        let begins_with_line = range.start == cut.segment.bytes.start;
        let taker = self.begin.as_ref().map(|begin| begin(&cut.segment.file.path));
        let search = Arc::clone(&self.search);
        let job = Job { file: Arc::clone(&cut.file), range, begins_with_line, search, taker };
        let segment = Arc::clone(&cut.segment);
        self.begun.push_back(Begun { segment, len, pending: self.pool.begin(job) });
        true
    }

    /// Drops what is left of a segment.
    fn leave(&mut self, segment: &Arc<Segment>) {
        self.begun.retain(|begun| !Arc::ptr_eq(&begun.segment, segment));
        self.cut.take_if(|cut| Arc::ptr_eq(&cut.segment, segment));
    }

    /// Returns whether the numbers of a piece's records do not follow those of the one before, or one another.
    fn is_tangled(&mut self, segment: &Arc<Segment>, piece: &Piece) -> bool {
        if !self.last.as_ref().is_some_and(|last| Arc::ptr_eq(last, segment)) {
            self.last = Some(Arc::clone(segment));
            let from_start = segment.bytes.start == 0 && !self.is_reverse;
            self.next_line = from_start.then_some(0);
            self.next_seq = segment.seqs.map(|(first, _)| first).filter(|_| from_start);
        }
        let Some((first, last)) = piece.seqs.ends else {
            return false;
        };
        let (begin, end) =
            if self.is_reverse { (last, first.checked_sub(1)) } else { (first, last.checked_add(1)) };
        let follows = self.next_seq.is_none_or(|next| next == begin) && !piece.seqs.has_break;
        self.next_seq = end;
        !segment.is_untangled && !follows
    }

    /// Replaces what is left of a segment, from this piece on, by the parts that are the log's own.
    fn untangle(&mut self, segment: &Arc<Segment>, piece: &Piece) {
        let left = if self.is_reverse {
            // A last line that is too long is left out of the piece, and named all the same.
            let has_more = piece.faults.last().is_some_and(|faulty| faulty.fault == Fault::TooLong);
            segment.bytes.start..piece.end() + u64::from(has_more)
        } else {
            piece.start..segment.bytes.end.max(piece.end())
        };
        // Segments behind it that were begun are begun again.
        let mut behind = Vec::<Arc<Segment>>::new();
        let begun = self.begun.drain(..).map(|begun| begun.segment);
        for begun in begun.chain(self.cut.take().map(|cut| cut.segment)) {
            if !Arc::ptr_eq(&begun, segment) && !behind.iter().any(|known| Arc::ptr_eq(known, &begun)) {
                behind.push(begun);
            }
        }
        let file = &segment.file;
        let (parts, troubles) =
            untangle(&[(segment.seqs.map(|(first, _)| first), Arc::clone(file))], self.reached);
        let mut parts = parts
            .into_iter()
            .filter_map(|mut part| {
                part.bytes = part.bytes.start.max(left.start)..part.bytes.end.min(left.end);
                (!part.bytes.is_empty()).then(|| Arc::new(part))
            })
            .collect::<Vec<_>>();
        if self.is_reverse {
            parts.reverse();
        }
        let is_left = |trouble: &Trouble| trouble.byte.is_none_or(|byte| left.contains(&byte));
        self.troubles.extend(troubles.into_iter().filter(is_left));
        for segment in behind.into_iter().rev() {
            self.segments.push_front(segment);
        }
        for segment in parts.into_iter().rev() {
            self.segments.push_front(segment);
        }
    }
}

impl Iterator for Stream {
    type Item = Result<Match, Trouble>;

    fn next(&mut self) -> Option<Result<Match, Trouble>> {
        loop {
            if let Some(trouble) = self.troubles.pop_front() {
                return Some(Err(trouble));
            }
            let Some(current) = &mut self.current else {
                match self.next_piece() {
                    Some(current) => self.current = Some(current),
                    None if self.troubles.is_empty() => return None,
                    None => {}
                }
                continue;
            };
            if current.has_fault_first(self.is_reverse) {
                if let Some(Some(trouble)) = current.next_fault(self.is_reverse) {
                    return Some(Err(trouble));
                }
                continue;
            }
            if let Some(found) = current.next_match(self.is_reverse) {
                return Some(Ok(found));
            }
            if let Some(current) = self.current.take() {
                self.pool.take_back(current.piece.into_buffer());
            }
        }
    }
}

impl Current {
    /// Returns the next of a range of places.
    fn pass(places: &mut Range<usize>, is_reverse: bool) -> Option<usize> {
        if is_reverse { places.next_back() } else { places.next() }
    }

    /// Returns whether the next fault is before the next match.
    fn has_fault_first(&self, is_reverse: bool) -> bool {
        let Some(fault) = Current::pass(&mut self.faults.clone(), is_reverse) else {
            return false;
        };
        let Some(hit) = Current::pass(&mut self.hits.clone(), is_reverse) else {
            return true;
        };
        (self.piece.faults[fault].at <= self.piece.hits[hit].at) != is_reverse
    }

    fn next_match(&mut self, is_reverse: bool) -> Option<Match> {
        let hit: Hit = self.piece.hits[Current::pass(&mut self.hits, is_reverse)?];
        Some(Match {
            file: Arc::clone(&self.file),
            byte: self.piece.start + u64::from(hit.at),
            line_number: self.lines_before.map(|lines| lines + u64::from(hit.line) + 1),
            line: self.piece.line(&hit).into(),
            seq: hit.seq,
            ts: hit.ts,
        })
    }

    /// Returns what is to be said of the next faulty lines; `Some(None)` if it was said.
    fn next_fault(&mut self, is_reverse: bool) -> Option<Option<Trouble>> {
        let FaultyLines { at, line, lines, fault } =
            &self.piece.faults[Current::pass(&mut self.faults, is_reverse)?];
        let said_once = match fault {
            Fault::OtherVersion(version) => Some(version.as_str()),
            Fault::WithoutNumber => Some(""),
            _ => None,
        };
        if let Some(key) = said_once {
            let mut said = lock(&self.file.said);
            // Many versions would be the work of another program.
            if said.len() >= 64 || said.iter().any(|said| said == key) {
                return Some(None);
            }
            said.push(key.to_owned());
        }
        let kind = match fault.clone() {
            Fault::NotARecord(reason) => TroubleKind::NotARecord { lines: *lines, reason },
            Fault::Altered(reason) => TroubleKind::Altered { lines: *lines, reason },
            Fault::TooLong => TroubleKind::TooLong { at_most: LONGEST_LINE as u64 },
            Fault::Torn(bytes) => TroubleKind::Torn { bytes, is_newest: self.file.is_newest },
            Fault::OtherVersion(version) => TroubleKind::OtherVersion { version },
            Fault::WithoutNumber => TroubleKind::WithoutNumber,
        };
        let byte = self.piece.start + u64::from(*at);
        let line = match self.lines_before {
            Some(before) => Some(before + u64::from(*line) + 1),
            None => self.file.lines_before(byte).ok().map(|lines| lines + 1),
        };
        Some(Some(Trouble { path: self.file.path.clone(), line, byte: Some(byte), kind }))
    }
}
