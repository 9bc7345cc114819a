//! Finding the part of a day file that may be in the range, without reading the rest.

use super::examine::Examined;
use crate::journal::LineReader;
use crate::read::query::scan::Search;
use crate::record::Stamp;
use std::fs::File;
use std::io;
use std::ops::Range;

/// A part of a file that is no longer is read whole, in bytes.
const SHORT: u64 = 64 * 1024;

/// Returns a part of a file that has all of its lines which are in the range, and few others. Numbers and times do
/// not decrease in a file of the log; if those that are met on the way do, it is the whole file.
pub(super) fn part_in_range(file: &File, examined: &Examined, search: &Search) -> io::Result<Range<u64>> {
    let whole = 0..examined.len;
    let Some((first, last)) = examined.ends else {
        return Ok(whole);
    };
    let is_before = |stamp: &Stamp| {
        search.since.is_some_and(|since| stamp.ts < since) || stamp.seq < *search.seqs.start()
    };
    let is_behind =
        |stamp: &Stamp| search.until.is_some_and(|until| until <= stamp.ts) || *search.seqs.end() < stamp.seq;
    let mut part = whole.clone();
    if is_before(&first) {
        match narrow(file, (first, last), part.clone(), is_before)? {
            Some(narrow) => part.start = narrow.start,
            None => return Ok(whole),
        }
    }
    if is_behind(&last) {
        match narrow(file, (first, last), part.clone(), |stamp| !is_behind(stamp))? {
            Some(narrow) => part.end = narrow.end,
            None => return Ok(whole),
        }
    }
    Ok(part)
}

/// Narrows a range of lines to a short one, before which the condition holds for all lines, and behind which for
/// none. Returns `None` if the lines are not in order.
fn narrow(
    file: &File,
    (first, last): (Stamp, Stamp),
    mut range: Range<u64>,
    holds: impl Fn(&Stamp) -> bool,
) -> io::Result<Option<Range<u64>>> {
    let (mut low, mut high) = (first, last);
    while range.end - range.start > SHORT {
        let middle = range.start + (range.end - range.start) / 2;
        let mut lines = LineReader::new(middle - 1);
        // The rest of the line that the middle is in, or the end of the one before.
        let Some(begin) = lines.next(file)?.filter(|line| !line.is_too_long).map(|line| line.end) else {
            return Ok(None);
        };
        if begin >= range.end {
            // No line begins between the middle and the end.
            return Ok(Some(range));
        }
        let Some(line) = lines.next(file)? else {
            return Ok(None);
        };
        let Some(stamp) = line.stamp() else {
            return Ok(None);
        };
        let is_in_order = (low.seq..=high.seq).contains(&stamp.seq) && (low.ts..=high.ts).contains(&stamp.ts);
        if !is_in_order {
            return Ok(None);
        }
        if holds(&stamp) {
            (range.start, low) = (begin, stamp);
        } else {
            (range.end, high) = (begin, stamp);
        }
    }
    Ok(Some(range))
}
