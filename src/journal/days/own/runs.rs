//! Which lines of a file are records of the journal: those whose numbers follow one another.
//!
//! The journal numbers the lines of a file one after the other. A line that another program has put
//! among them has a number that does not fit, and hides none of them: of all runs of consecutive numbers
//! in a file the longest is the journal's, and so is each that fits before or behind it, by its numbers
//! and by its place. A number behind a hole that is beyond every number that the journal is known to
//! have reached is not the log's.

use crate::journal::days::lines::{Line, LineReader, ReadAt};
use crate::journal::days::own::aside::file_altered;
use crate::record::{Record, Stamp};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;

/// So many records more than the journal is known to have reached may be in a further file: what is
/// known may be older than a loss of power.
pub(in crate::journal) const UNKNOWN: u64 = 1 << 16;

/// So many records that follow one another are believed whatever is known: what is known may be older,
/// from a backup.
const BELIEVED: u64 = 64;

/// Records that follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OwnRun {
    pub(crate) first: Stamp,
    pub(crate) last: Stamp,
    /// The offset of the first line.
    start: u64,
    /// The offset of the last line.
    last_start: u64,
}

impl OwnRun {
    fn count(&self) -> u64 {
        self.last.seq - self.first.seq
    }
}

/// A line that is not the journal's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OtherLine {
    /// Its number in the file, from 1 on.
    pub(crate) line: u64,
    /// Its offset.
    pub(crate) byte: u64,
}

/// The records in a file that are the journal's own, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnRuns {
    runs: Vec<OwnRun>,
    /// The first line with a number that is not the journal's.
    pub(crate) first_other: Option<OtherLine>,
    /// How many of them there are.
    pub(crate) others: u64,
    /// The offset behind the last line.
    end: u64,
}

impl OwnRuns {
    /// Reads a file. The journal is known to have reached the number `reached`.
    pub(crate) fn of<F: ReadAt + ?Sized>(file: &F, reached: Option<u64>) -> io::Result<OwnRuns> {
        let (all, end) = runs(file)?;
        let is_one = all.len() == 1;
        let mut own = OwnRuns { runs: chosen(all, reached), end, ..OwnRuns::default() };
        if is_one && own.runs.len() == 1 {
            return Ok(own);
        }
        let mut judge = own.judge();
        let (mut lines, mut line_number, mut byte) = (LineReader::default(), 0, 0);
        let mut others = (None, 0);
        while let Some(line) = lines.next(file)? {
            line_number += 1;
            if let Some(seq) = seq_of(&line)
                && !judge.is_own(byte, seq)
            {
                others.0.get_or_insert(OtherLine { line: line_number, byte });
                others.1 += 1;
            }
            byte = line.end;
        }
        (own.first_other, own.others) = others;
        Ok(own)
    }

    /// Returns the `log.file_altered` of the file, by its path relative to the directory.
    pub(in crate::journal) fn file_altered(&self, file: &str) -> Record {
        file_altered(file)
            .resource("line", self.first_other.map(|other| other.line))
            .resource("byte", self.first_other.map(|other| other.byte))
            .resource("lines", self.others)
    }

    /// Says in a sentence which lines of the file are not the journal's.
    pub(in crate::journal) fn describe(&self, path: &Path) -> String {
        let (path, others) = (path.display(), self.others);
        let OtherLine { line, byte } = self.first_other.unwrap_or(OtherLine { line: 0, byte: 0 });
        format!(
            "{path} has lines that the log has not written: {others}, the first of them line {line} (byte {byte}); they stay there and are skipped"
        )
    }

    pub(crate) fn first(&self) -> Option<Stamp> {
        self.runs.first().map(|run| run.first)
    }

    pub(crate) fn last(&self) -> Option<Stamp> {
        self.runs.last().map(|run| run.last)
    }

    /// Returns the offset behind the last line that was judged.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    pub(crate) fn runs(&self) -> &[OwnRun] {
        &self.runs
    }

    /// Returns whether the line at this offset, with this number, may be the journal's.
    pub(crate) fn may_be(&self, start: u64, seq: u64) -> bool {
        self.runs.iter().any(|run| {
            (run.first.seq..=run.last.seq).contains(&seq) && (run.start..=run.last_start).contains(&start)
        })
    }

    /// Returns a judge of the file's lines, from the first one on.
    pub(crate) fn judge(&self) -> Judge {
        Judge { runs: self.runs.clone(), at: 0, next_seq: self.runs.first().map(|run| run.first.seq) }
    }
}

/// Tells which lines of a file are the journal's, in order.
#[derive(Debug)]
pub(crate) struct Judge {
    runs: Vec<OwnRun>,
    at: usize,
    next_seq: Option<u64>,
}

impl Judge {
    /// Returns whether the line at this offset, with this number, is the journal's. Behind the lines that
    /// were there when the file was read, those are that follow.
    pub(crate) fn is_own(&mut self, start: u64, seq: u64) -> bool {
        if self.next_seq != Some(seq) || self.runs.get(self.at).is_some_and(|run| start < run.start) {
            return false;
        }
        self.next_seq = seq.checked_add(1);
        if self.runs.get(self.at).is_some_and(|run| run.last.seq == seq) {
            self.at += 1;
            if let Some(run) = self.runs.get(self.at) {
                self.next_seq = Some(run.first.seq);
            }
        }
        true
    }
}

fn seq_of(line: &Line<'_>) -> Option<u64> {
    stamp_of(line).map(|stamp| stamp.seq)
}

fn stamp_of(line: &Line<'_>) -> Option<Stamp> {
    if line.is_too_long { None } else { Stamp::at_the_ends(line.bytes.trim_ascii_end()).ok() }
}

/// Returns all runs of consecutive numbers in a file, and the offset behind its last line.
fn runs<F: ReadAt + ?Sized>(file: &F) -> io::Result<(Vec<OwnRun>, u64)> {
    let mut runs = Vec::<OwnRun>::new();
    // The run that ends before a number; the last line's is looked at first.
    let (mut before, mut current) = (HashMap::<u64, usize>::new(), None::<usize>);
    let (mut lines, mut start) = (LineReader::default(), 0);
    while let Some(line) = lines.next(file)? {
        let at = std::mem::replace(&mut start, line.end);
        let Some(stamp) = stamp_of(&line) else {
            continue;
        };
        let follows = |run: &usize| runs[*run].last.seq.checked_add(1) == Some(stamp.seq);
        match current.filter(follows).or_else(|| before.remove(&stamp.seq)) {
            Some(run) => {
                if current != Some(run)
                    && let Some(left) = current.replace(run)
                {
                    before.insert(runs[left].last.seq.saturating_add(1), left);
                }
                (runs[run].last, runs[run].last_start) = (stamp, at);
            }
            None => {
                if let Some(left) = current.replace(runs.len()) {
                    before.insert(runs[left].last.seq.saturating_add(1), left);
                }
                runs.push(OwnRun { first: stamp, last: stamp, start: at, last_start: at });
            }
        }
    }
    Ok((runs, start))
}

/// Chooses the journal's own among all runs of a file.
fn chosen(mut runs: Vec<OwnRun>, reached: Option<u64>) -> Vec<OwnRun> {
    let is_within = |run: &OwnRun, more: u64| {
        run.count() >= BELIEVED || reached.is_none_or(|reached| run.first.seq <= reached.saturating_add(more))
    };
    runs.sort_by_key(|run| std::cmp::Reverse((is_within(run, 0), run.count())));
    let mut own = BTreeMap::<u64, OwnRun>::new();
    for mut run in runs {
        // Within a file none is missing but by a loss of power, which leaves zeros.
        if !is_within(&run, if own.is_empty() { UNKNOWN } else { 0 }) {
            continue;
        }
        if let Some((_, before)) = own.range(..=run.first.seq).next_back()
            && (before.last.seq >= run.first.seq || before.last_start >= run.start)
        {
            // Its beginning stands for records that are there already.
            continue;
        }
        if let Some((seq, behind)) = own.range(run.first.seq..).next() {
            if run.start >= behind.start {
                continue;
            }
            if run.last.seq >= *seq {
                // Its last records are not the ones with these numbers.
                run.last = Stamp { seq: seq - 1, ..run.last };
                run.last_start = run.last_start.min(behind.start.saturating_sub(1));
            }
            if run.last_start >= behind.start {
                continue;
            }
        }
        own.insert(run.first.seq, run);
    }
    own.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn own(seqs: &[u64], reached: Option<u64>) -> (Vec<u64>, Vec<u64>) {
        let mut file = tempfile::tempfile().unwrap();
        for seq in seqs {
            writeln!(file, "{{\"ts\":\"2026-05-28T00:00:00.000000000Z\",\"seq\":{seq}}}").unwrap();
        }
        let own = OwnRuns::of(&file, reached).unwrap();
        let (mut judge, mut lines, mut byte) = (own.judge(), LineReader::default(), 0);
        let (mut ours, mut others) = (Vec::new(), Vec::new());
        while let Some(line) = lines.next(&file).unwrap() {
            let seq = seq_of(&line).unwrap();
            if judge.is_own(byte, seq) {
                ours.push(seq)
            } else {
                others.push(seq)
            }
            byte = line.end;
        }
        assert_eq!((own.others, own.first_other.is_some()), (others.len() as u64, !others.is_empty()));
        (ours, others)
    }

    #[test]
    fn a_line_that_does_not_fit_hides_no_other() {
        let genuine = (10..20).collect::<Vec<_>>();
        assert_eq!(own(&genuine, Some(20)), (genuine.clone(), vec![]));
        for forged in [0, 9, 10, 15, 19, 20, 21, 900_000, u64::MAX - 1, u64::MAX] {
            for at in 0..=genuine.len() {
                for reached in [None, Some(20)] {
                    let mut seqs = genuine.clone();
                    seqs.insert(at, forged);
                    let (ours, others) = own(&seqs, reached);
                    let what = format!("{forged} at {at}, {reached:?}: {ours:?} {others:?}");
                    assert!(genuine.iter().all(|seq| ours.contains(seq)), "{what}");
                    // One in its right place may be genuine, and behind all others, as far as is known.
                    let may_be = forged < 10 && at == 0
                        || forged >= 20 && at == 10 && (reached.is_none() || forged == 20);
                    assert!(others.contains(&forged) || may_be, "{what}");
                }
            }
        }
    }

    #[test]
    fn several_lines_that_do_not_fit_hide_no_other() {
        let (ours, others) = own(&[900_000, 900_001, 0, 900_002, 1, 2, 900_003, 3, 4, 5, 3, 4], Some(6));
        assert_eq!((ours, others.len()), (vec![0, 1, 2, 3, 4, 5], 6));
    }

    #[test]
    fn records_behind_a_hole_are_the_journals_as_far_as_it_is_known_to_have_come() {
        for (reached, ours) in [(None, 6), (Some(9), 6), (Some(7), 6), (Some(6), 3)] {
            assert_eq!(own(&[0, 1, 2, 7, 8, 9], reached).0.len(), ours, "{reached:?}");
        }
    }
}
