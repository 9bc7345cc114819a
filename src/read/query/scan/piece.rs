//! Searching the lines of a piece of a file.

use super::super::condition::Condition;
use super::super::json::{Json, Text};
use super::fault::Fault;
use super::members::{self, Members};
use super::odd_line::OddLine;
use super::search::Search;
use super::take::{Found, Taker};
use crate::record::{Frame, Timestamp};
use memchr::{memchr, memmem};

/// What was found in a piece of a file.
#[derive(Debug, Default)]
pub(in crate::read::query) struct Piece {
    /// What was read. Whole lines stand from `skipped` on.
    pub(super) bytes: Vec<u8>,
    pub(super) skipped: usize,
    /// Where the lines begin in the file.
    pub(in crate::read::query) start: u64,
    /// The lines that match.
    pub(in crate::read::query) hits: Vec<Hit>,
    /// How many lines match.
    pub(in crate::read::query) count: u64,
    /// What is wrong with lines, in order.
    pub(in crate::read::query) faults: Vec<FaultyLines>,
    /// How many lines there are.
    pub(in crate::read::query) lines: u64,
    pub(in crate::read::query) seqs: Seqs,
    /// What takes the lines that match, if they are not to be shown.
    pub(in crate::read::query) taker: Option<Taker>,
}

/// A line that matches.
#[derive(Clone, Copy, Debug)]
pub(in crate::read::query) struct Hit {
    /// Where the line begins in the piece, and its length without the `\n`.
    pub(in crate::read::query) at: u32,
    pub(in crate::read::query) len: u32,
    /// Its number in the piece, from 0 on.
    pub(in crate::read::query) line: u32,
    pub(in crate::read::query) seq: Option<u64>,
    pub(in crate::read::query) ts: Timestamp,
}

/// Lines, one behind the other, with the same fault.
#[derive(Debug)]
pub(in crate::read::query) struct FaultyLines {
    pub(in crate::read::query) at: u32,
    /// The number of the first one in the piece, from 0 on.
    pub(in crate::read::query) line: u32,
    pub(in crate::read::query) lines: u64,
    pub(in crate::read::query) fault: Fault,
}

/// The numbers of the records in a piece.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::read::query) struct Seqs {
    /// The first and the last one.
    pub(in crate::read::query) ends: Option<(u64, u64)>,
    /// Whether one does not follow the one before it.
    pub(in crate::read::query) has_break: bool,
}

impl Seqs {
    #[inline]
    fn add(&mut self, seq: u64) {
        match &mut self.ends {
            Some((_, last)) => {
                self.has_break |= last.checked_add(1) != Some(seq);
                *last = seq;
            }
            None => self.ends = Some((seq, seq)),
        }
    }
}

impl Piece {
    /// Returns a line that matches, without its `\n`.
    pub(in crate::read::query) fn line(&self, hit: &Hit) -> &[u8] {
        let at = self.skipped + hit.at as usize;
        &self.bytes[at..at + hit.len as usize]
    }

    /// Returns where its last whole line ends in the file.
    pub(in crate::read::query) fn end(&self) -> u64 {
        self.start + (self.bytes.len() - self.skipped) as u64
    }

    /// Returns the buffer, to be used again.
    pub(in crate::read::query) fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn fault(&mut self, at: usize, line: u64, fault: Fault) {
        if let Some(last) = self.faults.last_mut()
            && u64::from(last.line) + last.lines == line
            && std::mem::discriminant(&last.fault) == std::mem::discriminant(&fault)
            && matches!(fault, Fault::NotARecord(_) | Fault::Altered(_))
        {
            last.lines += 1;
            return;
        }
        // What concerns all lines from one on is said once.
        let is_said = |said: &FaultyLines| said.fault == fault;
        if matches!(fault, Fault::OtherVersion(_) | Fault::WithoutNumber) && self.faults.iter().any(is_said) {
            return;
        }
        self.faults.push(FaultyLines { at: at as u32, line: line as u32, lines: 1, fault });
    }

    /// Searches the lines.
    pub(super) fn search(&mut self, search: &Search) {
        let buffer = std::mem::take(&mut self.bytes);
        let bytes = &buffer[self.skipped..];
        let mut lines = Lines::new(bytes, search);
        let mut at = 0;
        while let Some(len) = memchr(b'\n', &bytes[at..]) {
            let line = &bytes[at..at + len];
            if let Some((seq, ts)) = lines.hit(self, at, line) {
                self.count += 1;
                if let Some(Taker(taker)) = &mut self.taker {
                    let byte = self.start + at as u64;
                    taker.take(&Found { byte, seq, ts, members: &lines.members });
                } else if !search.only_counts {
                    let (line, len) = (self.lines as u32, len as u32);
                    self.hits.push(Hit { at: at as u32, len, line, seq, ts });
                }
            }
            self.lines += 1;
            at += len + 1;
        }
        self.bytes = buffer;
    }
}

/// What is known of a piece's bytes as a whole, and where the search stands.
struct Lines<'a> {
    search: &'a Search,
    bytes: &'a [u8],
    /// Whether the bytes are UTF-8 without control characters other than `\n`.
    is_clean: bool,
    /// Whether there are escapes that the log writes for control characters only: such a line may say what
    /// is searched for in another spelling.
    has_odd_escapes: bool,
    /// Where the needle is found next; the end if it is not.
    next_needle: usize,
    members: Members<'a>,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8], search: &'a Search) -> Lines<'a> {
        let is_clean = std::str::from_utf8(bytes).is_ok()
            && controls(bytes) == memchr::memchr_iter(b'\n', bytes).count();
        Lines {
            search,
            bytes,
            is_clean,
            has_odd_escapes: search.needle.is_some() && has_odd_escapes(bytes),
            next_needle: search.needle.as_ref().map_or(0, |needle| needle.find(bytes).unwrap_or(bytes.len())),
            members: Vec::new(),
        }
    }

    /// Returns the number and the time of a line that matches.
    #[inline]
    fn hit(&mut self, piece: &mut Piece, at: usize, line: &'a [u8]) -> Option<(Option<u64>, Timestamp)> {
        let search = self.search;
        let Some(frame) = Frame::of(line) else {
            return self.odd_hit(piece, at, line);
        };
        piece.seqs.add(frame.seq);
        if !self.is_clean
            && let Some(reason) = unclean(line)
        {
            piece.fault(at, piece.lines, Fault::NotARecord(reason));
            return None;
        }
        if !search.has_text(&frame.ts) || !search.seqs.contains(&frame.seq) || !self.may_match(at, line) {
            return None;
        }
        let event = frame.event();
        if event.is_some_and(|event| !search.has_event(event)) {
            return None;
        }
        let checked = self.check(line, true, event.is_none()).and_then(|holds| {
            let ts = holds.then(|| frame.ts.timestamp().ok_or("there is no such time `ts`".to_owned()));
            ts.transpose()
        });
        match checked {
            Ok(ts) => ts.map(|ts| (Some(frame.seq), ts)),
            Err(reason) => {
                piece.fault(at, piece.lines, Fault::NotARecord(reason));
                None
            }
        }
    }

    /// Returns whether the line may be one that matches, by its bytes.
    #[inline]
    fn may_match(&mut self, at: usize, line: &[u8]) -> bool {
        let Some(needle) = &self.search.needle else {
            return true;
        };
        if self.next_needle < at {
            self.next_needle = needle.find(&self.bytes[at..]).map_or(self.bytes.len(), |found| at + found);
        }
        self.next_needle < at + line.len() || self.has_odd_escapes && has_odd_escapes(line)
    }

    /// Returns whether the conditions hold for a line, and its event type if it `has_event` to be looked for.
    /// All of the line is looked at: what matches is JSON.
    fn check(&mut self, line: &'a [u8], has_frame: bool, looks_for_event: bool) -> Result<bool, String> {
        members::read(line, has_frame, &mut self.members)?;
        if looks_for_event {
            let event = self.members.iter().find(|(key, _)| key.is("event"));
            let is_one = match event {
                Some((_, Json::String(event))) => self.search.has_event(&event.unescaped()),
                _ => false,
            };
            if !is_one {
                return Ok(false);
            }
        }
        all_hold(&self.search.conditions, &self.members)
    }

    #[cold]
    fn odd_hit(&mut self, piece: &mut Piece, at: usize, line: &'a [u8]) -> Option<(Option<u64>, Timestamp)> {
        let odd = match OddLine::of(line) {
            Ok(odd) => odd,
            Err(reason) => {
                piece.fault(at, piece.lines, Fault::NotARecord(reason));
                return None;
            }
        };
        if let Some(seq) = odd.seq {
            piece.seqs.add(seq);
        }
        if let Some(fault) = odd.fault(line) {
            piece.fault(at, piece.lines, fault);
        }
        let search = self.search;
        let is_in_range = search.has_time(odd.ts)
            && odd.seq.map_or(*search.seqs.start() == 0 && *search.seqs.end() == u64::MAX, |seq| {
                search.seqs.contains(&seq)
            })
            && search.has_event(&odd.event);
        let holds = is_in_range && self.check(line, false, false).unwrap_or(false);
        holds.then_some((odd.seq, odd.ts))
    }
}

fn all_hold(conditions: &[Condition], members: &[(Text<'_>, Json<'_>)]) -> Result<bool, String> {
    for condition in conditions {
        match condition.holds(members) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            // Unreachable, as the members were walked through; said all the same.
            Err(at) => return Err(format!("a value of it is not JSON, at byte {}", at.0 + 1)),
        }
    }
    Ok(true)
}

/// Returns how many bytes are control characters.
fn controls(bytes: &[u8]) -> usize {
    // Blocks whose count fits into a byte become vector instructions.
    let count = |block: &[u8]| block.iter().map(|byte| u8::from(*byte < b' ')).sum::<u8>();
    bytes.chunks(128).map(|block| usize::from(count(block))).sum()
}

/// Returns why a line is no JSON in UTF-8, if that shows in single characters.
fn unclean(line: &[u8]) -> Option<String> {
    if let Err(error) = std::str::from_utf8(line) {
        return Some(format!("it is not UTF-8 from byte {} on", error.valid_up_to() + 1));
    }
    let at = line.iter().position(|byte| *byte < b' ')?;
    Some(format!("there is a control character at byte {}", at + 1))
}

/// Returns whether there are escapes that the log writes for control characters only, or never.
fn has_odd_escapes(bytes: &[u8]) -> bool {
    memmem::find(bytes, br"\u").is_some() || memmem::find(bytes, br"\/").is_some()
}
