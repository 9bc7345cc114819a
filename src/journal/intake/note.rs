//! How the log notes, in its intake, a record about itself that it could not append yet.

use crate::journal::intake::format::LONGEST_NOTE;
use crate::record::encode::{Draft, TsText};
use crate::record::{Record, fit};

/// The slots for the note of a `log.gap`. A newer note goes into the other slot before the
/// older one is removed, so that there is always one.
pub(in crate::journal) const GAP_SLOTS: [usize; 2] = [0, 1];

/// Returns a record as it is noted: a line without `\n`, with a placeholder for its time and 0
/// for its number.
pub(in crate::journal) fn noted_line(record: &Record) -> String {
    let mut draft = Draft::of(record);
    draft.stamp(&TsText::UNKNOWN, 0);
    String::from_utf8_lossy(draft.line().trim_ascii_end()).into_owned()
}

/// Returns a record as it is noted, cut to what a note can hold if it is longer, and flagged as cut.
pub(in crate::journal) fn short_note(record: &Record) -> String {
    let line = noted_line(record);
    if line.len() <= LONGEST_NOTE {
        return line;
    }
    let mut short = record.clone();
    // A cut value is better than no record of the process at all.
    fit(&mut short, LONGEST_NOTE, Vec::new());
    noted_line(&short)
}

/// Returns the record of a note, without time and number; `None` if the line is no record.
pub(in crate::journal) fn noted_record(line: &[u8]) -> Option<Record> {
    let mut record = Record::from_newer_line(line).ok()?;
    (record.ts, record.seq) = (None, None);
    Some(record)
}
