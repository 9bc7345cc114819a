//! Where two histories part: the first line that differs.

use super::super::walk::section::{Files, RunLines, Source};
use super::history::Side;
use std::io;
use std::ops::Range;

/// A line of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) seq: u64,
    pub(super) file: String,
    pub(super) line: u64,
    pub(super) byte: u64,
    text: Vec<u8>,
}

/// The lines of one side that count, in order.
struct Lines<'a> {
    files: Files<'a>,
    sources: Vec<Source>,
    current: Option<(usize, RunLines)>,
}

impl<'a> Lines<'a> {
    /// Returns those of the leaves in a range.
    fn of(side: &Side<'a>, leaves: &Range<u64>) -> Lines<'a> {
        let base = side.files.plan.base;
        let seqs = base.saturating_add(leaves.start)..base.saturating_add(leaves.end);
        let mut sources = side.outcome.sources.clone();
        for source in &mut sources {
            source.seqs = source.seqs.start.max(seqs.start)..source.seqs.end.min(seqs.end);
        }
        sources.retain(|source| !source.seqs.is_empty());
        sources.sort_by_key(|source| std::cmp::Reverse(source.seqs.start));
        Lines { files: side.files, sources, current: None }
    }

    fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            if let Some((file, lines)) = &mut self.current
                && let Some(line) = lines.next()?
            {
                return Ok(Some(Line {
                    seq: line.seq,
                    file: self.files.list[*file].name.clone(),
                    line: line.place.line,
                    byte: line.place.byte,
                    text: line.text.to_vec(),
                }));
            }
            let Some(Source { file, run, seqs }) = self.sources.pop() else {
                return Ok(None);
            };
            self.current = Some((file, self.files.lines(file, run, seqs)?));
        }
    }
}

/// Returns the lines of both sides at which they part, within a range of leaves; `None` for a side that does
/// not have its line any more.
pub(super) fn find(own: &Side<'_>, other: &Side<'_>, leaves: Range<u64>) -> io::Result<[Option<Line>; 2]> {
    let [mut own, mut other] = [own, other].map(|side| Lines::of(side, &leaves));
    let (mut one, mut two) = (own.next()?, other.next()?);
    loop {
        match (&one, &two) {
            (Some(line), Some(counterpart)) if line.seq == counterpart.seq => {
                if line.text != counterpart.text {
                    return Ok([one, two]);
                }
                (one, two) = (own.next()?, other.next()?);
            }
            // One of the two does not have it: it was lost there, or pruned.
            (Some(line), Some(counterpart)) if line.seq < counterpart.seq => one = own.next()?,
            (Some(_), Some(_)) => two = other.next()?,
            _ => return Ok([None, None]),
        }
    }
}
