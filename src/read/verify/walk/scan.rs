//! What a day file consists of.

use super::super::evidence::listing::DayFile;
use super::piece::{Notable, Piece, Plan, Run, What, between};
use super::pool::Pool;
use crate::read::regular_file;
use crate::seal::Hash;
use sha2::{Digest as _, Sha256};
use std::io;

/// So many runs of a file are kept; one with more is looked at line by line where it matters.
const MOST_RUNS: usize = 10_000;

/// So many other things of a file are kept.
const MOST: usize = 1000;

/// A line of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::read) struct Place {
    pub(in crate::read) line: u64,
    pub(in crate::read) byte: u64,
}

/// What a day file consists of.
#[derive(Debug, Default)]
pub(in crate::read) struct FileScan {
    pub(in crate::read) runs: Vec<Run>,
    /// Whether there are more runs than these.
    pub(in crate::read) has_more_runs: bool,
    pub(in crate::read) lines: u64,
    /// The lines that are no records: the first ones, and how many there are.
    pub(in crate::read) foreign: Vec<Place>,
    pub(in crate::read) foreign_lines: u64,
    /// How many lines are of the original product, and the first one.
    pub(in crate::read) original: Option<Place>,
    pub(in crate::read) original_lines: u64,
    /// The lines with a time before that of the line before, each with its number.
    pub(in crate::read) back: Vec<(Place, u64)>,
    /// How many bytes at the end are no whole line.
    pub(in crate::read) torn: u64,
    /// How many bytes were read.
    pub(in crate::read) bytes: u64,
    /// The SHA-256 of them, if it is asked for.
    pub(in crate::read) sha256: Option<Hash>,
}

impl FileScan {
    /// Reads a file, and shows its control records and pauses in order, and how many bytes were read. `None` if the
    /// file is gone. The file is hashed as a whole, too, if it `has_hash`.
    pub(in crate::read) fn of(
        file: &DayFile,
        pool: &mut Pool<'_>,
        has_hash: bool,
        progress: impl Fn(u64),
        mut show: impl FnMut(Notable),
    ) -> io::Result<Option<FileScan>> {
        let opened = match regular_file::open(&file.path) {
            Ok(opened) => opened,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut scan = FileScan::default();
        let plan = pool.plan();
        let mut sha256 = has_hash.then(Sha256::new);
        let hash = |bytes: &[u8]| sha256.iter_mut().for_each(|sha256| sha256.update(bytes));
        let (torn, bytes) = pool.pieces(&opened, file.len, hash, |piece| {
            scan.add(piece, plan, &mut show);
            progress(scan.bytes);
        })?;
        (scan.torn, scan.bytes) = (torn, bytes);
        scan.sha256 = sha256.map(|sha256| Hash(sha256.finalize().into()));
        Ok(Some(scan))
    }

    fn add(&mut self, piece: Piece, plan: &Plan, show: &mut impl FnMut(Notable)) {
        let (lines, bytes) = (self.lines, self.bytes);
        (self.lines, self.bytes) = (lines + piece.lines, bytes + piece.bytes);
        let mut notable = piece.notable.into_iter().peekable();
        for (at, mut run) in piece.runs.into_iter().enumerate() {
            run.line += lines;
            run.bytes = run.bytes.start + bytes..run.bytes.end + bytes;
            if at == 0 && !self.runs.is_empty() {
                // Before the first record of the piece.
                while let Some(next) = notable.next_if(|next| next.line + lines < run.line) {
                    self.note(next, lines, bytes, show);
                }
                if let Some(what) = self.runs.last().and_then(|last| between(last, &run)) {
                    self.note(Notable { line: run.line, byte: run.bytes.start, what }, 0, 0, show);
                }
            }
            self.push(run, plan);
        }
        notable.for_each(|next| self.note(next, lines, bytes, show));
    }

    fn push(&mut self, run: Run, plan: &Plan) {
        if let Some(last) = self.runs.last_mut()
            && last.bytes.end == run.bytes.start
            && last.seqs.end == run.seqs.start
            && !last.seqs.is_empty()
        {
            let mut ranges = run.ranges.into_iter();
            if let Some(first) = ranges.next() {
                match last.ranges.last_mut() {
                    Some(before) if !plan.is_stop(plan.base + first.begin()) => before.join(&first),
                    _ => last.ranges.push(first),
                }
            }
            last.ranges.extend(ranges);
            (last.seqs.end, last.bytes.end, last.last_ts) = (run.seqs.end, run.bytes.end, run.last_ts);
            last.has_only_records &= run.has_only_records;
            return;
        }
        if self.runs.len() < MOST_RUNS {
            self.runs.push(run);
        } else {
            self.has_more_runs = true;
        }
    }

    fn note(&mut self, notable: Notable, lines: u64, bytes: u64, show: &mut impl FnMut(Notable)) {
        let Notable { line, byte, what } = notable;
        let place = Place { line: line + lines, byte: byte + bytes };
        match what {
            What::Back { seq, .. } if self.back.len() < MOST => self.back.push((place, seq)),
            What::Back { .. } => {}
            What::Foreign => {
                self.foreign_lines += 1;
                if self.foreign.len() < MOST {
                    self.foreign.push(place);
                }
            }
            What::Original => {
                self.original_lines += 1;
                self.original.get_or_insert(place);
            }
            what => show(Notable { line: place.line, byte: place.byte, what }),
        }
    }

    /// Returns the range of numbers from the first to the last, if the numbers only increase in it.
    pub(in crate::read) fn is_in_order(&self) -> bool {
        !self.has_more_runs && self.runs.windows(2).all(|runs| runs[0].seqs.end <= runs[1].seqs.start)
    }

    /// Returns whether the file consists of records that follow one another, and of nothing else.
    pub(in crate::read) fn is_regular(&self) -> bool {
        self.runs.len() <= 1 && self.lines == self.records() && self.torn == 0
    }

    /// Returns how many lines have a number.
    pub(in crate::read) fn records(&self) -> u64 {
        self.lines - self.foreign_lines - self.original_lines
    }
}
