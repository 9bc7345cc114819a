//! Comparing the lines that a file has with the numbers that it should have.

use super::super::verdict::finding::FindingKind;
use super::super::walk::scan::Place;
use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

/// So many items further on are looked at to tell a line that was moved from lines that are missing.
const AHEAD: usize = 64;

/// Lines of a file, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::read) enum Item {
    /// Lines with these numbers, which follow one another.
    Own { seqs: Range<u64>, place: Place },
    /// A line that is not the one with the number that it claims.
    Stranger { claims: Option<u64>, place: Place },
}

/// Something that is wrong with lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::read) struct Wrong {
    pub(in crate::read) kind: FindingKind,
    pub(in crate::read) seqs: Range<u64>,
    /// The first of the lines; of missing ones, that behind them.
    pub(in crate::read) place: Option<Place>,
    /// How many lines of the file are concerned.
    pub(in crate::read) lines: u64,
}

struct Aligner<'a> {
    expected: Range<u64>,
    /// Numbers that were lost before they were sealed.
    lost: &'a [Range<u64>],
    wrong: Vec<Wrong>,
    /// The number that comes next.
    next: u64,
    /// Numbers that were passed over, and may come later.
    missing: Vec<Wrong>,
    /// Numbers that came too early.
    early: BTreeSet<u64>,
    strangers: Vec<(Option<u64>, Place)>,
}

/// Compares the lines of a file with the numbers that it should have. Those in `lost` have no line.
pub(in crate::read) fn align(items: &[Item], expected: Range<u64>, lost: &[Range<u64>]) -> Vec<Wrong> {
    let mut aligner = Aligner {
        wrong: Vec::new(),
        next: expected.start,
        expected: expected.clone(),
        lost,
        missing: Vec::new(),
        early: BTreeSet::new(),
        strangers: Vec::new(),
    };
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Stranger { claims, place } => aligner.strangers.push((*claims, *place)),
            Item::Own { seqs, place } => {
                let is_early = seqs.start > aligner.next && aligner.is_early(seqs, &items[at + 1..]);
                aligner.own(seqs.clone(), *place, is_early);
            }
        }
    }
    if aligner.next < expected.end {
        let end = aligner.passed_over(expected.end, None);
        // Nothing of the file stands behind these.
        aligner.missing.extend(end.into_iter().map(|wrong| Wrong { kind: FindingKind::Truncated, ..wrong }));
    } else {
        aligner.inserted();
    }
    aligner.wrong.append(&mut aligner.missing);
    aligner.wrong.sort_by_key(|wrong| (wrong.place.map_or(u64::MAX, |place| place.line), wrong.seqs.start));
    aligner.wrong
}

impl Aligner<'_> {
    /// Returns whether lines stand before others that should come first, rather than others being missing.
    fn is_early(&self, seqs: &Range<u64>, behind: &[Item]) -> bool {
        let mut own = behind.iter().take(AHEAD).filter_map(|item| match item {
            Item::Own { seqs, .. } => Some(seqs),
            Item::Stranger { .. } => None,
        });
        own.any(|other| {
            (self.next..seqs.start).contains(&other.start) && seqs.end - seqs.start <= other.end - other.start
        })
    }

    fn own(&mut self, seqs: Range<u64>, place: Place, is_early: bool) {
        if is_early {
            self.inserted();
            self.early.extend(seqs.clone());
            self.add(FindingKind::OutOfOrder, seqs, place);
            return;
        }
        let mut seqs = seqs;
        if seqs.start < self.next {
            let back = seqs.start..seqs.end.min(self.next);
            self.back(back, place);
            seqs.start = self.next.min(seqs.end);
            if seqs.is_empty() {
                return;
            }
        }
        if seqs.start > self.next {
            let missing = self.passed_over(seqs.start, Some(place));
            self.missing.extend(missing);
        } else {
            self.inserted();
        }
        self.next = seqs.end;
    }

    /// Lines with smaller numbers than are expected: those that were passed over, or lines that were
    /// there already.
    fn back(&mut self, seqs: Range<u64>, place: Place) {
        let mut rest = Vec::new();
        let mut late = 0;
        for wrong in std::mem::take(&mut self.missing) {
            let (start, end) = (wrong.seqs.start.max(seqs.start), wrong.seqs.end.min(seqs.end));
            if start >= end {
                rest.push(wrong);
                continue;
            }
            late += end - start;
            self.add(FindingKind::OutOfOrder, start..end, place);
            for part in [wrong.seqs.start..start, end..wrong.seqs.end] {
                if !part.is_empty() {
                    rest.push(Wrong { seqs: part, ..wrong.clone() });
                }
            }
        }
        self.missing = rest;
        if late < seqs.end - seqs.start {
            self.add(FindingKind::Duplicated, seqs, place);
        }
    }

    fn add(&mut self, kind: FindingKind, seqs: Range<u64>, place: Place) {
        let lines = seqs.end - seqs.start;
        self.wrong.push(Wrong { kind, seqs, place: Some(place), lines });
    }

    /// The numbers up to `until` were passed over: strangers stand in their place, or nothing does.
    fn passed_over(&mut self, until: u64, place: Option<Place>) -> Vec<Wrong> {
        let (numbers, lost) = (self.next..until, self.lost);
        self.next = until;
        let strangers = std::mem::take(&mut self.strangers);
        let is_lost = |seq: &u64| lost.iter().any(|seqs| seqs.contains(seq));
        let is_missing = |seq: &u64| !self.early.contains(seq) && !is_lost(seq);
        let mut numbers = numbers.filter(is_missing).collect::<VecDeque<_>>();
        self.early.retain(|seq| *seq >= until);
        if strangers.is_empty() {
            return ranges(numbers.into_iter())
                .map(|seqs| Wrong { kind: FindingKind::Missing, seqs, place, lines: 0 })
                .collect();
        }
        let mut rest = Vec::new();
        let mut changed = Vec::new();
        let is_one_by_one = is_renumbered(&strangers, &numbers);
        for (claims, place) in strangers {
            let at = claims.filter(|_| !is_one_by_one).and_then(|seq| numbers.binary_search(&seq).ok());
            match (claims, at.and_then(|at| numbers.remove(at))) {
                (_, Some(seq)) => changed.push((seq, place)),
                (Some(seq), None) if !is_one_by_one && is_lost(&seq) => {
                    self.add(FindingKind::Returned, seq..seq + 1, place);
                }
                (claims, None) => rest.push((claims, place)),
            }
        }
        for (claims, place) in rest {
            match numbers.pop_front() {
                Some(seq) => changed.push((seq, place)),
                None => self.stranger(claims, place),
            }
        }
        changed.sort_by_key(|(_, place)| place.line);
        for (seq, place) in changed {
            match self.wrong.last_mut() {
                Some(last)
                    if last.kind == FindingKind::Changed
                        && last.seqs.end == seq
                        && last.place.is_some_and(|first| first.line + last.lines == place.line) =>
                {
                    last.seqs.end += 1;
                    last.lines += 1;
                }
                _ => self.add(FindingKind::Changed, seq..seq + 1, place),
            }
        }
        ranges(numbers.into_iter())
            .map(|seqs| Wrong { kind: FindingKind::Missing, seqs, place, lines: 0 })
            .collect()
    }

    /// Nothing is missing where the strangers stand.
    fn inserted(&mut self) {
        for (claims, place) in std::mem::take(&mut self.strangers) {
            self.stranger(claims, place);
        }
    }

    fn stranger(&mut self, claims: Option<u64>, place: Place) {
        let seqs = claims.map_or(0..0, |seq| seq..seq.saturating_add(1));
        let kind = match claims {
            // As far as is known, the file has that number elsewhere.
            Some(seq) if self.lost.iter().any(|seqs| seqs.contains(&seq)) => FindingKind::Returned,
            Some(seq) if self.expected.contains(&seq) => FindingKind::Duplicated,
            _ => FindingKind::Inserted,
        };
        self.wrong.push(Wrong { kind, seqs, place: Some(place), lines: 1 });
    }
}

/// Returns whether strangers stand for numbers one by one, in order: as many as there are numbers, or all with the
/// same distance from the number that they should have.
fn is_renumbered(strangers: &[(Option<u64>, Place)], numbers: &VecDeque<u64>) -> bool {
    if strangers.len() == numbers.len() {
        return true;
    }
    let Some((Some(first), _)) = strangers.first() else {
        return false;
    };
    let claims = strangers.iter().take(numbers.len()).map(|(claims, _)| *claims);
    strangers.len() > numbers.len()
        && Some(first) != numbers.front()
        && claims.zip(*first..).all(|(claims, expected)| claims == Some(expected))
}

/// Returns numbers as ranges.
fn ranges(numbers: impl Iterator<Item = u64>) -> impl Iterator<Item = Range<u64>> {
    let mut numbers = numbers.peekable();
    std::iter::from_fn(move || {
        let start = numbers.next()?;
        let mut end = start + 1;
        while numbers.next_if_eq(&end).is_some() {
            end += 1;
        }
        Some(start..end)
    })
}
