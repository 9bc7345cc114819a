//! `.state/cursors/NAME.json`: how far a follower has come.
//!
//! ```json
//! {"version":1,"journal":"5f0c…","file":"audit-2026-05-28.log","offset":9301,"next_seq":42}
//! ```
//!
//! The records of that journal before `next_seq` are delivered; the next one stands at `offset`,
//! in bytes, of `file`, or in a file that follows. The number is what counts: where the file does
//! not have it there, it is looked for. `failing_since` is there, too, while nothing can be
//! delivered: a time as `ts`; and `"alarmed":true`, once `log.mirror_failed` has told of it.
//!
//! The file is put in the place of the one before, whole or not at all, and safe against a loss of
//! power. Who takes it away has all records delivered again.

use crate::journal::{DayFileName, Directory, Folder, Keeper};
use crate::record::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How far a follower has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Where the next record stands, as far as that is known.
    pub(super) place: Option<(DayFileName, u64)>,
    /// The number of the next record.
    pub(super) next_seq: u64,
    /// Since when nothing can be delivered, if that is so.
    pub(super) failing_since: Option<Timestamp>,
    /// Whether the log has told of that.
    pub(super) is_alarmed: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CursorFile {
    version: u32,
    journal: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(default)]
    offset: u64,
    next_seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failing_since: Option<String>,
    #[serde(default, skip_serializing_if = "is_not")]
    alarmed: bool,
}

fn is_not(alarmed: &bool) -> bool {
    !alarmed
}

impl Cursor {
    pub(super) fn spell(&self, journal: &str) -> io::Result<Vec<u8>> {
        let file = CursorFile {
            version: 1,
            journal: journal.to_owned(),
            file: self.place.map(|(file, _)| file.to_string()),
            offset: self.place.map_or(0, |(_, offset)| offset),
            next_seq: self.next_seq,
            failing_since: self.failing_since.map(|time| time.to_string()),
            alarmed: self.is_alarmed,
        };
        let mut text = serde_json::to_vec(&file)?;
        text.push(b'\n');
        Ok(text)
    }

    /// What a file says; `None` of another journal's.
    fn parse(contents: &[u8], journal: &str) -> io::Result<Option<Cursor>> {
        let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
        let file = serde_json::from_slice::<CursorFile>(contents)?;
        if file.version != 1 {
            return Err(invalid(format!("version {} is not 1, the one that is known here", file.version)));
        }
        let name = |name: String| {
            DayFileName::parse(&name).ok_or_else(|| invalid(format!("`{name}` is no day file's name")))
        };
        let place = file.file.map(name).transpose()?.map(|name| (name, file.offset));
        let failing_since = file.failing_since.map(|time| time.parse::<Timestamp>()).transpose();
        let failing_since = failing_since.map_err(|error| invalid(error.to_string()))?;
        let (next_seq, is_alarmed) = (file.next_seq, file.alarmed);
        let cursor = Cursor { place, next_seq, failing_since, is_alarmed };
        Ok((file.journal == journal).then_some(cursor))
    }
}

/// The name of a follower's cursor.
pub(super) fn file_name(name: &str) -> String {
    format!("{name}.json")
}

/// How far each follower has come: what keeps day files from being removed.
#[derive(Debug, Default)]
pub(crate) struct Cursors {
    /// All there are, and those that somebody follows by.
    known: Mutex<BTreeMap<String, Known>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    cursor: Cursor,
    is_followed: bool,
}

impl Cursors {
    /// Reads the cursors of a journal. Gives warnings, too: one that can't be read begins anew.
    pub(crate) fn load(directory: &dyn Directory, journal: &str) -> (Arc<Cursors>, Vec<String>) {
        let (mut known, mut warnings) = (BTreeMap::new(), Vec::new());
        let path = |name: &str| directory.path().join(Folder::Cursors.path_of(name));
        let names = directory.names(Folder::Cursors).unwrap_or_else(|error| {
            warnings.push(format!("{} can't be read: {error}", path("").display()));
            Vec::new()
        });
        for file in names {
            let Some(name) = file.strip_suffix(".json") else {
                continue;
            };
            let contents = directory.read_in(Folder::Cursors, &file).map(Option::unwrap_or_default);
            match contents.and_then(|contents| Cursor::parse(&contents, journal)) {
                Ok(Some(cursor)) => {
                    known.insert(name.to_owned(), Known { cursor, is_followed: false });
                }
                Ok(None) => warnings.push(format!(
                    "{} is of another journal: the mirror `{name}` begins at the beginning of this one",
                    path(&file).display()
                )),
                Err(error) => warnings.push(format!(
                    "{} can't be used, and the mirror `{name}` begins at the beginning: {error}",
                    path(&file).display()
                )),
            }
        }
        (Arc::new(Cursors { known: Mutex::new(known) }), warnings)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody follows by this name; gives how far it has come.
    pub(crate) fn follow(&self, name: &str) -> Cursor {
        let mut known = self.known();
        let known = known.entry(name.to_owned()).or_default();
        known.is_followed = true;
        known.cursor
    }

    /// Nobody follows by this name any more. Its cursor stays.
    pub(super) fn leave(&self, name: &str) {
        if let Some(known) = self.known().get_mut(name) {
            known.is_followed = false;
        }
    }

    /// It has come so far, and that is written down.
    pub(super) fn came_to(&self, name: &str, cursor: Cursor) {
        if let Some(known) = self.known().get_mut(name) {
            known.cursor = cursor;
        }
    }
}

impl Keeper for Cursors {
    fn reached(&self) -> u64 {
        self.known().values().map(|known| known.cursor.next_seq).max().unwrap_or(0)
    }

    fn unread(&self) -> Vec<(String, u64)> {
        let known = self.known();
        let followed = known.iter().filter(|(_, known)| known.is_followed);
        followed.map(|(name, known)| (name.clone(), known.cursor.next_seq)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> Cursor {
        Cursor {
            place: Some((DayFileName::parse("audit-2026-05-28.1.log").unwrap(), 9301)),
            next_seq: 42,
            failing_since: Some("2026-05-28T09:30:00.000000000Z".parse().unwrap()),
            is_alarmed: true,
        }
    }

    #[test]
    fn what_is_spelled_is_read_again() {
        for cursor in [cursor(), Cursor::default(), Cursor { is_alarmed: false, ..cursor() }] {
            let text = cursor.spell("5f").unwrap();
            assert_eq!(Cursor::parse(&text, "5f").unwrap(), Some(cursor));
            assert_eq!(Cursor::parse(&text, "60").unwrap(), None);
        }
    }

    #[test]
    fn what_makes_no_sense_is_an_error() {
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
    fn those_that_nobody_follows_keep_nothing() {
        let cursors = Cursors::default();
        assert_eq!(cursors.follow("otlp"), Cursor::default());
        cursors.came_to("otlp", cursor());
        assert_eq!((cursors.reached(), cursors.unread()), (42, vec![("otlp".to_owned(), 42)]));
        cursors.leave("otlp");
        assert_eq!((cursors.reached(), cursors.unread()), (42, Vec::new()));
        assert_eq!(cursors.follow("otlp"), cursor());
    }
}
