//! How far the mirrors of a log have come, as their cursors say it.

use crate::follow::next_in;
use crate::journal::storage::id_in;
use crate::journal::storage::layout::{Folder, JOURNAL, STATE};
use crate::read::small_file;
use crate::record::Timestamp;
use std::io;
use std::path::Path;

/// The longest file that is read, in bytes.
const LONGEST: u64 = 1 << 16;

/// How far a mirror has delivered.
#[derive(Clone, Debug)]
pub(super) struct SavedCursor {
    pub(super) mirror: String,
    /// The number of the record that it gets next.
    pub(super) next_seq: u64,
    pub(super) failing_since: Option<Timestamp>,
}

/// Reads the cursors of a log, sorted by their names. Those that can't be are left out, as the log does it.
pub(super) fn saved_cursors(dir: &Path) -> io::Result<Vec<SavedCursor>> {
    let id = small_file(&dir.join(STATE).join(JOURNAL), LONGEST).and_then(|text| id_in(&text))?;
    let folder = dir.join(Folder::Cursors.path_of(""));
    let names = match folder.read_dir() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        names => names?,
    };
    let mut cursors = Vec::new();
    for name in names {
        let name = name?.file_name();
        let Some(mirror) = name.to_str().and_then(|name| name.strip_suffix(".json")) else {
            continue;
        };
        let contents = small_file(&folder.join(&name), LONGEST);
        if let Ok(Some((next_seq, failing_since))) = contents.and_then(|contents| next_in(&contents, &id)) {
            cursors.push(SavedCursor { mirror: mirror.to_owned(), next_seq, failing_since });
        }
    }
    cursors.sort_unstable_by(|one, other| one.mirror.cmp(&other.mirror));
    Ok(cursors)
}
