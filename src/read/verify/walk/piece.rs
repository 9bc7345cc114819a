//! Hashing the lines of a piece of a day file.
//!
//! This is what a verification does most of its time. A line whose end is the number that is expected is not
//! looked at any further: the tree shows whether it is as it was sealed.

use crate::record::{PlainLines, Record, Stamp, Timestamp, encode};
use crate::seal::{Hash, TreeRange, leaf_hash};
use sha2::{Digest as _, Sha256};
use std::ops::Range;

/// A time as a line spells it. Times sort as their spelling does.
pub(in crate::read) type Ts = [u8; Timestamp::LEN];

/// What stands behind the time of a record that the log writes about itself.
const CONTROL: &[u8] = br#"","event":"log."#;

/// Which leaves are hashed, and where ranges of the tree end.
#[derive(Clone, Debug, Default)]
pub(in crate::read) struct Plan {
    /// The number of the first leaf.
    pub(in crate::read) base: u64,
    /// The number behind the last leaf.
    pub(in crate::read) end: u64,
    /// The numbers at which a range ends, in order.
    pub(in crate::read) stops: Vec<u64>,
}

impl Plan {
    /// Returns whether a range of the tree ends before the leaf of this number.
    pub(super) fn is_stop(&self, seq: u64) -> bool {
        self.stops.binary_search(&seq).is_ok()
    }

    /// Returns the first stop behind a number.
    fn next_stop(&self, seq: u64) -> u64 {
        let at = self.stops.partition_point(|stop| *stop <= seq);
        self.stops.get(at).copied().unwrap_or(u64::MAX)
    }
}

/// Lines whose numbers follow one another, with nothing in between.
#[derive(Clone, Debug)]
pub(in crate::read) struct Run {
    pub(in crate::read) seqs: Range<u64>,
    /// The number of the first line, from 1 on.
    pub(in crate::read) line: u64,
    /// Where the lines are in the file.
    pub(in crate::read) bytes: Range<u64>,
    /// The leaves among them, cut at the stops of the plan.
    pub(in crate::read) ranges: Vec<TreeRange>,
    pub(in crate::read) first_ts: Ts,
    pub(in crate::read) last_ts: Ts,
    /// Whether each line behind the leaves is a record. The tree vouches for the others.
    pub(in crate::read) has_only_records: bool,
}

/// Something about a line that is looked at later, in order.
#[derive(Clone, Debug)]
pub(in crate::read) struct Notable {
    pub(in crate::read) line: u64,
    pub(in crate::read) byte: u64,
    pub(in crate::read) what: What,
}

#[derive(Clone, Debug)]
pub(in crate::read) enum What {
    /// A record that the log has written about itself.
    Control { seq: u64, line: Vec<u8> },
    /// Nothing was recorded for a minute or more before this record.
    Pause { seq: u64, from: Ts, to: Ts },
    /// The time is before that of the line before.
    Back { seq: u64 },
    /// A line of the original product: an object without a number.
    Original,
    /// A line that is no record.
    Foreign,
}

/// What was found in a piece. Lines are counted from 1 on, bytes from 0 on, both from its beginning.
#[derive(Debug, Default)]
pub(in crate::read) struct Piece {
    pub(in crate::read) bytes: u64,
    pub(in crate::read) lines: u64,
    pub(in crate::read) runs: Vec<Run>,
    pub(in crate::read) notable: Vec<Notable>,
}

/// The number that is expected next, as the end of a line.
struct Expected {
    text: Vec<u8>,
    seq: u64,
}

impl Expected {
    fn new(seq: u64) -> Expected {
        Expected { text: format!(",\"seq\":{seq}}}").into_bytes(), seq }
    }

    fn advance(&mut self) {
        self.seq = self.seq.wrapping_add(1);
        let digits = self.text.len() - 2;
        for at in (7..=digits).rev() {
            if self.text[at] != b'9' {
                self.text[at] += 1;
                return;
            }
            self.text[at] = b'0';
        }
        self.text.insert(7, b'1');
    }
}

/// Returns where the time of a line is, if it begins as this crate writes it.
fn ts_of(line: &[u8]) -> Option<&Ts> {
    line.strip_prefix(encode::HEAD)?.first_chunk()
}

/// Returns the number and the time of a line.
pub(in crate::read) fn stamp_of(line: &[u8]) -> Option<(u64, Ts)> {
    let stamp = Stamp::at_the_ends(line).ok()?;
    let mut ts = [0; Timestamp::LEN];
    ts.copy_from_slice(stamp.ts.to_string().as_bytes());
    Some((stamp.seq, ts))
}

/// Returns whether a line counts as the one with this number: as it did when it was read first.
pub(super) fn has_seq(line: &[u8], seq: u64) -> bool {
    line.ends_with(&Expected::new(seq).text) || stamp_of(line).is_some_and(|(actual, _)| actual == seq)
}

pub(in crate::read) fn time_of(ts: &Ts) -> Option<Timestamp> {
    std::str::from_utf8(ts).ok()?.parse().ok()
}

/// Adds what there is to say of the time between two lines.
fn compare(from: &Ts, to: &Ts, seq: u64, add: impl FnOnce(What)) {
    if to < from {
        add(What::Back { seq });
    } else if from[..16] != to[..16]
        && let (Some(one), Some(other)) = (time_of(from), time_of(to))
        && other.unix_nanos() - one.unix_nanos() >= 60_000_000_000
    {
        add(What::Pause { seq, from: *from, to: *to });
    }
}

/// Hashes the lines of a piece, each of which ends with `\n`. Afterwards, the ends of lines are no longer there.
pub(in crate::read) fn scan(bytes: &mut [u8], plan: &Plan) -> Piece {
    let mut piece = Piece { bytes: bytes.len() as u64, ..Piece::default() };
    let mut scanner = Scanner {
        piece: &mut piece,
        plan,
        expected: Expected::new(0),
        stop: 0,
        is_in_run: false,
        plain: PlainLines::default(),
    };
    let mut start = 0;
    while let Some(len) = memchr::memchr(b'\n', &bytes[start..]) {
        let end = start + len;
        if start > 0 {
            // The byte that a leaf begins with: so leaf and line are hashed in one go.
            bytes[start - 1] = 0x00;
            scanner.line(&bytes[start..end], Some(&bytes[start - 1..end]), start as u64);
        } else {
            scanner.line(&bytes[start..end], None, start as u64);
        }
        start = end + 1;
    }
    piece
}

struct Scanner<'a> {
    piece: &'a mut Piece,
    plan: &'a Plan,
    expected: Expected,
    stop: u64,
    /// Whether the line before belongs to the last run.
    is_in_run: bool,
    plain: PlainLines,
}

impl Scanner<'_> {
    fn line(&mut self, line: &[u8], leaf: Option<&[u8]>, byte: u64) {
        self.piece.lines += 1;
        let number = self.piece.lines;
        let fast =
            if self.is_in_run && line.ends_with(&self.expected.text) { ts_of(line).copied() } else { None };
        let (seq, ts) = match fast {
            Some(ts) => (self.expected.seq, ts),
            None => match stamp_of(line) {
                // The number behind that of a record has to be one as well.
                Some(stamp) if stamp.0 < u64::MAX => stamp,
                _ => {
                    let what = if is_original(line) { What::Original } else { What::Foreign };
                    self.piece.notable.push(Notable { line: number, byte, what });
                    self.is_in_run = false;
                    return;
                }
            },
        };
        let end = byte + line.len() as u64 + 1;
        // A number so high is none that a run could go on behind.
        let follows = self.is_in_run && seq == self.expected.seq && seq != 0;
        if let Some(last) = self.piece.runs.last() {
            let notable = &mut self.piece.notable;
            compare(&last.last_ts, &ts, seq, |what| notable.push(Notable { line: number, byte, what }));
        }
        if follows && let Some(run) = self.piece.runs.last_mut() {
            run.seqs.end = seq.saturating_add(1);
            (run.bytes.end, run.last_ts) = (end, ts);
            self.expected.advance();
        } else {
            let seqs = seq..seq.saturating_add(1);
            self.piece.runs.push(Run {
                seqs,
                line: number,
                bytes: byte..end,
                ranges: Vec::new(),
                first_ts: ts,
                last_ts: ts,
                has_only_records: true,
            });
            self.expected = Expected::new(seq.wrapping_add(1));
            self.stop = self.plan.next_stop(seq);
            self.is_in_run = true;
        }
        if (self.plan.base..self.plan.end).contains(&seq) {
            let leaf = leaf.map_or_else(|| leaf_hash(line), |leaf| Hash(Sha256::digest(leaf).into()));
            let index = seq - self.plan.base;
            if let Some(run) = self.piece.runs.last_mut() {
                if seq >= self.stop || run.ranges.is_empty() {
                    self.stop = self.plan.next_stop(seq);
                    run.ranges.push(TreeRange::at(index));
                }
                if let Some(range) = run.ranges.last_mut() {
                    range.push(leaf);
                }
            }
        } else if seq >= self.plan.end
            && let Some(run) = self.piece.runs.last_mut()
            && run.has_only_records
        {
            run.has_only_records = self.plain.has(line) || Record::from_newer_line(line).is_ok();
        }
        let behind = line.get(encode::HEAD.len() + Timestamp::LEN..);
        if behind.is_some_and(|behind| behind.starts_with(CONTROL)) {
            let what = What::Control { seq, line: line.to_vec() };
            self.piece.notable.push(Notable { line: number, byte, what });
        }
    }
}

/// Returns whether a line is an object with a time and without a number, as the original product writes it.
fn is_original(line: &[u8]) -> bool {
    line.starts_with(encode::HEAD)
        && serde_json::from_slice::<crate::record::Object>(line)
            .is_ok_and(|object| object.get("seq").is_none())
}

/// Returns what there is to say of the time between two runs.
pub(super) fn between(before: &Run, behind: &Run) -> Option<What> {
    let mut between = None;
    compare(&before.last_ts, &behind.first_ts, behind.seqs.start, |what| between = Some(what));
    between
}
