//! `.state/cursors/NAME.json`: the position of a follower.
//!
//! ```json
//! {"version":1,"journal":"5f0c…","file":"audit-2026-05-28.log","offset":9301,"next_seq":42}
//! ```
//!
//! The records of that journal before `next_seq` are delivered. The next record is at `offset`, in
//! bytes, of `file`, or in a later file. `next_seq` decides: if the record is not at that place, the
//! follower searches for it. While nothing can be delivered, `failing_since` has the time of the
//! first failed attempt, in the form of `ts`, and `"alarmed":true` says that `log.mirror_failed` is
//! recorded.
//!
//! While records are delivered, the file is replaced by a rename, without a sync: after the death of
//! the process it is complete, and after a loss of power it may be an older one, empty or torn. A
//! file that can't be read causes a warning, and the mirror starts at the first record that is kept.
//! When the log is closed, the file is synced. Deleting it makes the mirror deliver all records again.

use crate::journal::DayFileName;
use crate::journal::LAST_SEQ;
use crate::journal::state_file::{self, Version};
use crate::record::Timestamp;
use serde::{Deserialize, Serialize};
use std::io;

/// The position of a follower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The file and the offset of the next record, if they are known.
    pub(super) position: Option<(DayFileName, u64)>,
    /// The number of the next record.
    pub(super) next_seq: u64,
    /// The time of the first failed attempt since the last delivery.
    pub(super) failing_since: Option<Timestamp>,
    /// Whether the log has recorded that failure.
    pub(super) is_alarmed: bool,
}

/// Returns the number of the next record in a cursor's file, and since when the mirror fails; `None` if it belongs to another
/// journal.
pub(crate) fn next_in(contents: &[u8], journal: &str) -> io::Result<Option<(u64, Option<Timestamp>)>> {
    let cursor = Cursor::parse(contents, journal)?;
    Ok(cursor.map(|cursor| (cursor.next_seq, cursor.failing_since)))
}

/// Returns the contents of a cursor's file that begins at this record.
pub(crate) fn cursor_at(next_seq: u64, journal: &str) -> io::Result<Vec<u8>> {
    Cursor { next_seq, ..Cursor::default() }.encode(journal)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CursorFile {
    version: Version,
    journal: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(default)]
    offset: u64,
    next_seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failing_since: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    alarmed: bool,
}

fn is_false(alarmed: &bool) -> bool {
    !alarmed
}

impl Cursor {
    /// Returns the contents of the file.
    pub(super) fn encode(&self, journal: &str) -> io::Result<Vec<u8>> {
        let file = CursorFile {
            version: Version,
            journal: journal.to_owned(),
            file: self.position.map(|(file, _)| file.to_string()),
            offset: self.position.map_or(0, |(_, offset)| offset),
            next_seq: self.next_seq,
            failing_since: self.failing_since.map(|time| time.to_string()),
            alarmed: self.is_alarmed,
        };
        state_file::to_text(&file)
    }

    /// Parses the contents of a file; returns `None` if it belongs to another journal.
    pub(super) fn parse(contents: &[u8], journal: &str) -> io::Result<Option<Cursor>> {
        let file = state_file::parse::<CursorFile>(contents)?;
        let name = |name: String| {
            DayFileName::parse(&name)
                .ok_or_else(|| state_file::invalid(format!("`{name}` is not the name of a day file")))
        };
        let position = file.file.map(name).transpose()?.map(|name| (name, file.offset));
        let failing_since = file.failing_since.map(|time| time.parse::<Timestamp>()).transpose();
        let failing_since = failing_since.map_err(|error| state_file::invalid(error.to_string()))?;
        if file.next_seq >= LAST_SEQ {
            let reason = format!("its number {} is higher than any record's", file.next_seq);
            return Err(state_file::invalid(reason));
        }
        let (next_seq, is_alarmed) = (file.next_seq, file.alarmed);
        let cursor = Cursor { position, next_seq, failing_since, is_alarmed };
        Ok((file.journal == journal).then_some(cursor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> Cursor {
        Cursor {
            position: Some((DayFileName::parse("audit-2026-05-28.1.log").unwrap(), 9301)),
            next_seq: 42,
            failing_since: Some("2026-05-28T09:30:00.000000000Z".parse().unwrap()),
            is_alarmed: true,
        }
    }

    #[test]
    fn an_encoded_cursor_is_parsed_again() {
        for cursor in [cursor(), Cursor::default(), Cursor { is_alarmed: false, ..cursor() }] {
            let text = cursor.encode("5f").unwrap();
            assert_eq!(Cursor::parse(&text, "5f").unwrap(), Some(cursor));
            assert_eq!(Cursor::parse(&text, "60").unwrap(), None);
        }
    }

    #[test]
    fn an_invalid_file_is_an_error() {
        for text in [
            "",
            "{}",
            r#"{"version":2,"journal":"5f","next_seq":1}"#,
            r#"{"version":1,"journal":"5f","next_seq":-1}"#,
            r#"{"version":1,"journal":"5f","next_seq":1,"file":"../x"}"#,
            r#"{"version":1,"journal":"5f","next_seq":1,"more":1}"#,
            r#"{"version":1,"journal":"5f","next_seq":1,"failing_since":"yesterday"}"#,
        ] {
            assert!(Cursor::parse(text.as_bytes(), "5f").is_err(), "{text}");
        }
    }

    #[test]
    fn a_torn_file_is_an_error_at_whatever_byte_it_is_torn() {
        let text = cursor().encode("5f").unwrap();
        // Without the `\n` alone it is still whole.
        for len in 0..text.len() - 1 {
            assert!(Cursor::parse(&text[..len], "5f").is_err(), "{len}");
            let mut zeroed = text.clone();
            zeroed[len..].fill(0);
            assert!(Cursor::parse(&zeroed, "5f").is_err(), "{len}");
        }
    }
}
