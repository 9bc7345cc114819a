//! Delivering records again in a log that no process has open.

use super::cursors::saved_cursors;
use crate::follow::{cursor_at, file_name, too_late};
use crate::handle::Log;
use crate::request::Answer;
use std::path::Path;

/// Sets the cursor of a mirror back, in a log that was opened for this.
pub(super) fn replay(dir: &Path, log: &Log, mirror: &str, from_seq: u64) -> Answer {
    let Some(journal) = log.journal().map(|journal| journal.subscribe()) else {
        return Answer::failed("the log is disabled");
    };
    let cursors = match saved_cursors(dir) {
        Ok(cursors) => cursors,
        Err(error) => return Answer::failed(format!("the cursors can't be read: {error}")),
    };
    let Some(cursor) = cursors.into_iter().find(|cursor| cursor.mirror == mirror) else {
        return Answer::failed(format!(
            "the audit log has no mirror `{mirror}`: there is no cursor of this name"
        ));
    };
    if from_seq >= cursor.next_seq {
        return Answer::failed(too_late(mirror, from_seq, cursor.next_seq));
    }
    let written = cursor_at(from_seq, journal.id())
        .and_then(|contents| journal.write_cursor(&file_name(mirror), &contents, true));
    match written {
        Ok(()) => Answer { seq: Some(cursor.next_seq), ..Answer::default() },
        Err(error) => {
            Answer::failed(format!("the cursor of the mirror `{mirror}` can't be written: {error}"))
        }
    }
}
