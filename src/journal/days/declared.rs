//! Which numbers a file says are in no day file any more.

use crate::journal::days::lines::LineReader;
use crate::journal::days::missing::control_record;
use crate::journal::days::own::ends::own_ends;
use crate::journal::days::own::runs::OwnRuns;
use crate::journal::storage::LogFile;
use crate::record::{Record, Stamp, Value};
use std::io;

/// The records that name lost or pruned numbers.
const EVENTS: [&str; 3] = ["log.file_lost", "log.pruned", "log.opened"];

/// Returns the number behind a range of numbers that has `seq`, if one of the journal's own records with a
/// number between `seq` and `synced` says that the range is lost or pruned. The journal is known to have
/// reached the number `reached`.
pub(in crate::journal) fn declared_lost_in(
    file: &dyn LogFile,
    seq: u64,
    synced: u64,
    reached: u64,
) -> io::Result<Option<u64>> {
    if own_ends(file, Some(reached))?.is_none_or(|(_, last)| last.seq <= seq) {
        return Ok(None);
    }
    // Other lines may name what they like.
    let mut judge = OwnRuns::of(file, Some(reached))?.judge();
    let (mut lines, mut start) = (LineReader::default(), 0);
    while let Some(line) = lines.next(file)? {
        let at = std::mem::replace(&mut start, line.end);
        if line.is_too_long {
            continue;
        }
        let text = line.bytes.trim_ascii_end();
        let Ok(stamp) = Stamp::at_the_ends(text) else {
            continue;
        };
        if judge.is_own(at, stamp.seq)
            && (seq.saturating_add(1)..synced).contains(&stamp.seq)
            && let Some(record) = control_record(text, &EVENTS)
            && let Some(behind) = behind(&record, seq)
        {
            return Ok(Some(behind));
        }
    }
    Ok(None)
}

/// Returns the number behind the lost or pruned range that has `seq`, if a record names one.
fn behind(record: &Record, seq: u64) -> Option<u64> {
    let number = |key: &str| record.resource.get(key).and_then(Value::as_u64);
    let kept_from =
        number("kept_from_seq").filter(|kept_from| record.event != "log.file_lost" && *kept_from > seq);
    let range = number("from_seq").zip(number("to_seq")).filter(|(from, to)| (*from..=*to).contains(&seq));
    kept_from.max(range.map(|(_, to)| to.saturating_add(1)))
}
