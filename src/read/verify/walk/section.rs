//! A part of the tree between two signed states of it, and the lines that it is made of.

use super::super::evidence::chain::SealFile;
use super::super::evidence::listing::DayFile;
use super::piece::{Plan, Run, has_seq};
use super::scan::{FileScan, Place};
use crate::journal::{DayFileName, LineReader};
use crate::read::regular_file;
use crate::seal::{Hash, LOST_LEAF, TreeRange, leaf_hash};
use std::cmp::Reverse;
use std::fs::File;
use std::io;
use std::ops::Range;

/// A part of the tree between two signed states of it: what one seal is about, or what is behind the last
/// seal.
#[derive(Clone, Debug)]
pub(in crate::read) struct Section<'a> {
    pub(in crate::read) seqs: Range<u64>,
    /// The tree at its begin, if that is known.
    pub(in crate::read) before: Option<TreeRange>,
    /// The seal at its end.
    pub(in crate::read) seal: Option<&'a SealFile>,
    /// The signed root at its end.
    pub(in crate::read) root: Hash,
}

/// The lines of a section that a file has.
#[derive(Clone, Debug)]
pub(in crate::read) struct Source {
    pub(in crate::read) file: usize,
    pub(in crate::read) run: usize,
    pub(in crate::read) seqs: Range<u64>,
}

/// Which lines a section was made of, and what came out.
#[derive(Clone, Debug)]
pub(in crate::read) struct Made {
    pub(in crate::read) sources: Vec<Source>,
    /// The numbers that no file has.
    pub(in crate::read) holes: Vec<Range<u64>>,
    /// The tree at the end; without a known begin, that of the section alone.
    pub(in crate::read) tree: TreeRange,
    /// The roots at the stops of the plan, each with the tree's size.
    pub(in crate::read) roots: Vec<(u64, Hash)>,
    /// Whether the root is the signed one.
    pub(in crate::read) is_as_signed: bool,
}

/// All files, with what they consist of.
#[derive(Clone, Copy, Debug)]
pub(in crate::read) struct Files<'a> {
    pub(in crate::read) list: &'a [DayFile],
    pub(in crate::read) scans: &'a [FileScan],
    pub(in crate::read) plan: &'a Plan,
}

/// A range of leaves that a file has.
struct Part<'a> {
    source: Source,
    range: &'a TreeRange,
}

impl<'a> Files<'a> {
    /// Returns what the files have of a section.
    fn parts(&self, seqs: &Range<u64>) -> Vec<Part<'a>> {
        let mut parts = Vec::new();
        for (file, scan) in self.scans.iter().enumerate() {
            for (run, Run { seqs: of_run, ranges, .. }) in scan.runs.iter().enumerate() {
                if of_run.end <= seqs.start || of_run.start >= seqs.end {
                    continue;
                }
                for range in ranges {
                    let of_range = self.plan.base + range.begin()..self.plan.base + range.end();
                    if of_range.start >= seqs.start && of_range.end <= seqs.end {
                        parts.push(Part { source: Source { file, run, seqs: of_range }, range });
                    }
                }
            }
        }
        parts
    }

    /// Returns whether some file has the record of this number.
    pub(in crate::read) fn has(&self, seq: u64) -> bool {
        self.scans.iter().flat_map(|scan| &scan.runs).any(|run| run.seqs.contains(&seq))
    }

    /// Returns whether some file has records of a section.
    pub(in crate::read) fn has_any_of(&self, seqs: &Range<u64>) -> bool {
        !self.parts(seqs).is_empty()
    }

    /// Makes the tree of a section from the lines of the files. Of lines with the same number those of the sealed file
    /// count, then those of the file with the last name, or with `first` those of the first one.
    /// Those in `without` count as missing.
    pub(in crate::read) fn make(
        &self,
        section: &Section<'_>,
        first: bool,
        without: &[Range<u64>],
    ) -> io::Result<Made> {
        let sealed = section.seal.map(|seal| seal.seal.file.as_str());
        let mut parts = self.parts(&section.seqs);
        let rank = |part: &Part<'_>| {
            let name = self.list[part.source.file].name.as_str();
            let place = DayFileName::parse(name);
            (sealed != Some(name), if first { (place, Reverse(None)) } else { (None, Reverse(place)) })
        };
        parts.sort_by_key(|part| (part.source.seqs.start, rank(part)));
        let base = self.plan.base;
        let mut made = Made {
            sources: Vec::new(),
            holes: Vec::new(),
            tree: section.before.clone().unwrap_or_else(|| TreeRange::at(section.seqs.start - base)),
            roots: Vec::new(),
            is_as_signed: false,
        };
        let mut seq = section.seqs.start;
        while seq < section.seqs.end {
            let excluded = without.iter().find(|range| range.contains(&seq));
            // Up to the first number that a better file has.
            let best =
                parts.iter().filter(|part| part.source.seqs.contains(&seq)).min_by_key(|part| rank(part));
            let (Some(part), None) = (best, excluded) else {
                let next = parts.iter().map(|part| part.source.seqs.start).filter(|start| *start > seq).min();
                let end = match excluded {
                    Some(range) => range.end,
                    None => next.unwrap_or(section.seqs.end),
                };
                let end = end.min(section.seqs.end);
                (seq..end).for_each(|_| made.tree.push(LOST_LEAF));
                made.holes.push(seq..end);
                seq = end;
                continue;
            };
            let better =
                parts.iter().filter(|other| other.source.seqs.start > seq && rank(other) < rank(part));
            let better = better.map(|other| other.source.seqs.start).min().unwrap_or(u64::MAX);
            let excluded = without.iter().map(|range| range.start).filter(|start| *start > seq).min();
            let end = part.source.seqs.end.min(better).min(excluded.unwrap_or(u64::MAX));
            let Source { file, run, .. } = part.source;
            if part.source.seqs == (seq..end) {
                made.tree.join(part.range);
            } else {
                made.tree.join(&self.hash_part(file, run, seq..end)?);
            }
            match made.sources.last_mut() {
                Some(last) if (last.file, last.run, last.seqs.end) == (file, run, seq) => last.seqs.end = end,
                _ => made.sources.push(Source { file, run, seqs: seq..end }),
            }
            seq = end;
            if section.before.is_some() && self.plan.is_stop(seq) {
                made.roots.push((seq - base, made.tree.root()));
            }
        }
        made.is_as_signed = section.before.is_some() && made.tree.root() == section.root;
        Ok(made)
    }

    /// Hashes a part of a run again.
    fn hash_part(&self, file: usize, run: usize, seqs: Range<u64>) -> io::Result<TreeRange> {
        let mut range = TreeRange::at(seqs.start - self.plan.base);
        let mut lines = self.lines(file, run, seqs)?;
        while let Some(line) = lines.next()? {
            range.push(leaf_hash(line.text));
        }
        Ok(range)
    }

    /// Reads lines of a run again.
    pub(in crate::read) fn lines(&self, file: usize, run: usize, seqs: Range<u64>) -> io::Result<RunLines> {
        let run = &self.scans[file].runs[run];
        let file = regular_file::open(&self.list[file].path)?;
        let lines = LineReader::new(run.bytes.start);
        Ok(RunLines { file, lines, seqs, seq: run.seqs.start, line: run.line, byte: run.bytes.start })
    }
}

/// The lines of a part of a run.
#[derive(Debug)]
pub(in crate::read) struct RunLines {
    file: File,
    lines: LineReader,
    seqs: Range<u64>,
    /// Those of the next line.
    seq: u64,
    line: u64,
    byte: u64,
}

/// A line with its number.
#[derive(Clone, Copy, Debug)]
pub(in crate::read) struct NumberedLine<'a> {
    pub(in crate::read) seq: u64,
    pub(in crate::read) place: Place,
    pub(in crate::read) text: &'a [u8],
}

impl RunLines {
    /// Returns the next line; an error if the file was changed meanwhile.
    pub(in crate::read) fn next(&mut self) -> io::Result<Option<NumberedLine<'_>>> {
        while self.seq < self.seqs.start {
            let line = self.lines.next(&self.file)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            (self.seq, self.line, self.byte) = (self.seq + 1, self.line + 1, line.end);
        }
        if self.seq >= self.seqs.end {
            return Ok(None);
        }
        let line = self.lines.next(&self.file)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let (seq, place) = (self.seq, Place { line: self.line, byte: self.byte });
        (self.seq, self.line, self.byte) = (seq + 1, self.line + 1, line.end);
        if !has_seq(line.text(), seq) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file was changed meanwhile"));
        }
        Ok(Some(NumberedLine { seq, place, text: line.text() }))
    }
}
