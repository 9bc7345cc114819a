//! The cursors of all followers: they keep day files from being removed.

use super::cursor::Cursor;
use crate::journal::{Directory, Folder, Keeper};
use crate::lock::lock;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// Returns the name of the file of a follower's cursor.
pub(crate) fn file_name(name: &str) -> String {
    format!("{name}.json")
}

/// The last saved cursor of each follower.
#[derive(Debug, Default)]
pub(crate) struct Cursors {
    /// By the follower's name: the cursors on disk, and those that are in use.
    known: Mutex<BTreeMap<String, Known>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    cursor: Cursor,
    is_followed: bool,
}

impl Cursors {
    /// Reads the cursors of a journal, and returns warnings with them. A cursor that can't be read
    /// does not fail: its follower starts at the first record that is kept.
    pub(crate) fn load(directory: &dyn Directory, journal: &str) -> (Arc<Cursors>, Vec<String>) {
        let (mut known, mut warnings) = (BTreeMap::new(), Vec::new());
        let path = |name: &str| directory.path().join(Folder::Cursors.path_of(name));
        let names = directory.names(Folder::Cursors).unwrap_or_else(|error| {
            warnings.push(format!(
                "could not read {}: {error}; all mirrors start at the first record that is kept",
                path("").display()
            ));
            Vec::new()
        });
        for file in names {
            let Some(name) = file.strip_suffix(".json") else {
                continue;
            };
            let contents = directory.read_in(Folder::Cursors, &file).map(Option::unwrap_or_default);
            let reason = match contents.and_then(|contents| Cursor::parse(&contents, journal)) {
                Ok(Some(cursor)) => {
                    known.insert(name.to_owned(), Known { cursor, is_followed: false });
                    continue;
                }
                Ok(None) => "it belongs to another journal".to_owned(),
                Err(error) => error.to_string(),
            };
            warnings.push(format!(
                "could not use the cursor {}: {reason}; the mirror `{name}` starts at the first record that is kept",
                path(&file).display()
            ));
        }
        (Arc::new(Cursors { known: Mutex::new(known) }), warnings)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        lock(&self.known)
    }

    /// Marks the cursor of this name as in use.
    pub(crate) fn reserve(&self, name: &str) {
        self.follow(name);
    }

    /// Marks the cursor of this name as in use, and returns it.
    pub(super) fn follow(&self, name: &str) -> Cursor {
        let mut known = self.known();
        let known = known.entry(name.to_owned()).or_default();
        known.is_followed = true;
        known.cursor
    }

    /// Marks the cursor of this name as not in use. It is kept.
    pub(super) fn leave(&self, name: &str) {
        if let Some(known) = self.known().get_mut(name) {
            known.is_followed = false;
        }
    }

    /// Notes a cursor that was saved.
    pub(super) fn saved(&self, name: &str, cursor: Cursor) {
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

    #[test]
    fn only_a_cursor_in_use_keeps_day_files() {
        let cursors = Cursors::default();
        let cursor = Cursor { next_seq: 42, ..Cursor::default() };
        assert_eq!(cursors.follow("otlp"), Cursor::default());
        cursors.saved("otlp", cursor);
        assert_eq!((cursors.reached(), cursors.unread()), (42, vec![("otlp".to_owned(), 42)]));
        cursors.leave("otlp");
        assert_eq!((cursors.reached(), cursors.unread()), (42, Vec::new()));
        assert_eq!(cursors.follow("otlp"), cursor);
    }
}
