//! The first and the last record of a file that are the journal's own.

use super::runs::{OwnRuns, UNKNOWN};
use crate::journal::days::lines::{LineReader, ReadAt};
use crate::journal::days::scan::{line_end_before, stamp_between};
use crate::record::Stamp;
use std::io;

/// No line of the journal is shorter, in bytes.
const SHORTEST: u64 = 32;

/// Returns the first and the last record of a file; `None` without a record. The file is read whole
/// only if its ends look as if another program had written to it.
pub(crate) fn own_ends<F: ReadAt + ?Sized>(
    file: &F,
    reached: Option<u64>,
) -> io::Result<Option<(Stamp, Stamp)>> {
    if let Some(ends) = plausible_ends(file)?
        && reached.is_none_or(|reached| ends.0.seq <= reached.saturating_add(UNKNOWN))
    {
        return Ok(Some(ends));
    }
    let own = OwnRuns::of(file, reached)?;
    Ok(own.first().zip(own.last()))
}

/// Returns the first record of a file; `None` without a record. The file is read whole only if its
/// beginning looks as if another program had written to it.
pub(in crate::journal) fn own_first<F: ReadAt + ?Sized>(file: &F, reached: u64) -> io::Result<Option<Stamp>> {
    let mut lines = LineReader::default();
    if let Some(first) = lines.next(file)?.and_then(|line| line.stamp())
        && first.seq <= reached
    {
        let second = lines.next(file)?.map(|line| line.stamp());
        let follows = |second: Stamp| first.seq.checked_add(1) == Some(second.seq);
        if second.is_none_or(|second| second.is_some_and(follows)) {
            return Ok(Some(first));
        }
    }
    Ok(OwnRuns::of(file, Some(reached))?.first())
}

/// Returns the ends of a file that looks as the journal has written it: both ends are two records that
/// follow one another, and as many records fit between them as their numbers say.
pub(crate) fn plausible_ends<F: ReadAt + ?Sized>(file: &F) -> io::Result<Option<(Stamp, Stamp)>> {
    let mut lines = LineReader::default();
    let Some(first) = lines.next(file)?.and_then(|line| line.stamp()) else {
        return Ok(None);
    };
    let second = lines.next(file)?.map(|line| line.stamp());
    let end = line_end_before(file, file.byte_len()?)?;
    let start = line_end_before(file, end.saturating_sub(1))?;
    let Some(last) = stamp_between(file, start, end)? else {
        return Ok(None);
    };
    let follows = |one: Stamp, next: Stamp| one.seq.checked_add(1) == Some(next.seq);
    let is_plausible = match second {
        None => first == last,
        Some(second) => {
            let before = stamp_between(file, line_end_before(file, start.saturating_sub(1))?, start)?;
            second.is_some_and(|second| follows(first, second))
                && before.is_some_and(|before| follows(before, last))
                && last.seq.checked_sub(first.seq).is_some_and(|records| records <= end / SHORTEST)
        }
    };
    Ok(is_plausible.then_some((first, last)))
}
