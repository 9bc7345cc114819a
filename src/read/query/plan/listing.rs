//! What is in a log's directory.

use super::super::error::QueryError;
use super::super::trouble::{Trouble, TroubleKind};
use crate::journal::storage::layout::{DayFileName, HOLD, SEAL, STATE};
use std::ffi::OsStr;
use std::fs::DirEntry;
use std::io;
use std::path::{Path, PathBuf};

/// What is in a log's directory.
pub(super) struct Listing {
    /// The day files, by name.
    pub(super) files: Vec<(DayFileName, PathBuf)>,
    pub(super) troubles: Vec<Trouble>,
}

/// Returns whether a name in a log's directory is one of the log, besides day files.
pub(in crate::read) fn is_of_the_log(name: &OsStr) -> bool {
    matches!(name.to_str(), Some(STATE | SEAL | HOLD | "status.json"))
}

/// Returns what stands in the place of a day file, if it is no file.
pub(in crate::read) fn day_file_in(entry: &DirEntry) -> Result<(), Trouble> {
    let unreadable = |error| Trouble::of(entry.path(), TroubleKind::Unreadable(error));
    let kind = entry.file_type().map_err(unreadable)?;
    let what = if kind.is_file() {
        return Ok(());
    } else if kind.is_symlink() {
        "it is a link, not a file"
    } else if kind.is_dir() {
        "it is a directory, not a file"
    } else {
        "it is a FIFO, a socket or a device, not a file"
    };
    Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, what)))
}

/// Lists a directory. No file is opened.
pub(super) fn list(dir: &Path) -> Result<Listing, QueryError> {
    let fail = |source| QueryError::Unreadable { path: dir.to_owned(), source };
    let mut listing = Listing { files: Vec::new(), troubles: Vec::new() };
    for entry in std::fs::read_dir(dir).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let (name, path) = (entry.file_name(), entry.path());
        let Some(day_file) = name.to_str().and_then(DayFileName::parse) else {
            if !is_of_the_log(&name) {
                listing.troubles.push(Trouble::of(path, TroubleKind::NotADayFile));
            }
            continue;
        };
        match day_file_in(&entry) {
            Ok(()) => listing.files.push((day_file, path)),
            Err(trouble) => listing.troubles.push(trouble),
        }
    }
    listing.files.sort_unstable();
    listing.troubles.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(listing)
}
