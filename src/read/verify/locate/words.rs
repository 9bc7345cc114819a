//! The findings about lines and files, in words.

use super::super::verdict::finding::{Finding, FindingKind};
use super::super::walk::scan::Place;
use super::align::Wrong;
use std::ops::Range;

/// Returns the finding of a day file that is gone, and that had these numbers.
pub(super) fn gone(name: &str, missing: Vec<Range<u64>>, all: Range<u64>) -> Option<Finding> {
    let count = missing.iter().map(|seqs| seqs.end - seqs.start).sum::<u64>();
    let detail = match count {
        0 => "the file is gone; its lines are in other files".to_owned(),
        _ => format!("the file is gone, and with it {count} records"),
    };
    let seqs = match (missing.first(), missing.last()) {
        (Some(first), Some(last)) => first.start..last.end,
        _ => all,
    };
    Some(Finding::new(FindingKind::FileMissing, detail).file(name).seqs(seqs))
}

/// Returns the finding of a line with a time before that of the line before.
pub(in crate::read) fn back(name: &str, place: Place, seq: u64) -> Finding {
    let detail = "its time is before that of the line before it: one of the two is not as it was written";
    Finding::new(FindingKind::TsDecreasing, detail).file(name).at(place.line, place.byte).seqs(seq..seq + 1)
}

/// Returns the finding of something that is wrong with lines of a file.
pub(in crate::read) fn found(name: &str, wrong: &Wrong) -> Finding {
    let detail = match wrong.kind {
        FindingKind::Changed if wrong.lines > 1 => {
            format!("these {} lines are not as they were sealed", wrong.lines)
        }
        FindingKind::Changed => "the line is not as it was sealed".to_owned(),
        FindingKind::Missing => "no file has these records; the line is that behind them".to_owned(),
        FindingKind::Truncated => "no file has these records, the last ones of this file".to_owned(),
        FindingKind::Inserted => "the line was added later".to_owned(),
        FindingKind::Duplicated => "the file has this number a second time".to_owned(),
        FindingKind::OutOfOrder => "the line does not stand where it was written".to_owned(),
        FindingKind::Returned => "the record was declared lost before it was sealed".to_owned(),
        _ => String::new(),
    };
    let finding = Finding::new(wrong.kind, detail).file(name).seqs(wrong.seqs.clone());
    match wrong.place {
        Some(place) => finding.at(place.line, place.byte).lines(wrong.lines),
        None => finding,
    }
}
