//! What is in a log's directory.

use super::super::error::QueryError;
use super::super::trouble::{Trouble, TroubleKind};
use crate::journal::storage::layout::{DayFileName, HOLD, SEAL, STATE};
use std::io;
use std::path::{Path, PathBuf};

/// What is in a log's directory.
pub(super) struct Listing {
    /// The day files, by name.
    pub(super) files: Vec<(DayFileName, PathBuf)>,
    pub(super) troubles: Vec<Trouble>,
}

/// Lists a directory. No file is opened.
pub(super) fn list(dir: &Path) -> Result<Listing, QueryError> {
    let fail = |source| QueryError::Unreadable { path: dir.to_owned(), source };
    let mut listing = Listing { files: Vec::new(), troubles: Vec::new() };
    for entry in std::fs::read_dir(dir).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let (name, path) = (entry.file_name(), entry.path());
        let Some(day_file) = name.to_str().and_then(DayFileName::parse) else {
            let is_known = matches!(name.to_str(), Some(STATE | SEAL | HOLD | "status.json"));
            if !is_known {
                listing.troubles.push(Trouble::of(path, TroubleKind::NotADayFile));
            }
            continue;
        };
        let kind = entry.file_type().map_err(fail)?;
        if kind.is_file() {
            listing.files.push((day_file, path));
            continue;
        }
        let what = if kind.is_symlink() {
            "it is a link, not a file"
        } else if kind.is_dir() {
            "it is a directory, not a file"
        } else {
            "it is a FIFO, a socket or a device, not a file"
        };
        let error = io::Error::new(io::ErrorKind::InvalidInput, what);
        listing.troubles.push(Trouble::of(path, TroubleKind::Unreadable(error)));
    }
    listing.files.sort_unstable();
    listing.troubles.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(listing)
}
