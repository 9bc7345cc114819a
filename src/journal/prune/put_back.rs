//! What a crash has left in `.state/pruned` on its way out.
//!
//! There a file is called by its name and the SHA-256 of its contents: `audit-2026-05-28.log.0f3a…`.
//! Only a file that still has these contents is put back, and only where no other has its name. Any
//! other is not what was put there: it is set aside in `.state/altered/`, and a `log.file_altered`
//! names it. Whatever becomes of one file, the others go on.

use crate::error::{Chain, PruneError};
use crate::journal::days::lines::RangeReader;
use crate::journal::days::own::aside::{file_altered, set_aside};
use crate::journal::storage::Directory;
use crate::journal::storage::layout::{DayFileName, Folder};
use crate::record::{Record, is_hex};
use crate::report::{Level, Reports};
use std::io;

/// The number of hex digits of a SHA-256.
const DIGITS: usize = 64;

/// Moves back what a crash has left in `.state/pruned`: it is removed again if it may be, or stays. No
/// other thread may move files meanwhile. Returns a `log.file_altered` for each file that was not what
/// it should have been. What can't be moved is reported, and tried again the next time.
pub(in crate::journal) fn put_back(directory: &dyn Directory, reports: &Reports) -> Vec<Record> {
    let names = directory.names(Folder::Pruned).unwrap_or_else(|source| {
        let path = directory.path().join(Folder::Pruned.path_of(""));
        let error = PruneError::Directory { path, source };
        reports.post(Level::Warn, || Chain(&error).to_string());
        Vec::new()
    });
    let mut altered = Vec::new();
    for name in names {
        match put_one_back(directory, &name) {
            Ok(None) => {}
            Ok(Some(kept_in)) => {
                let file = Folder::Pruned.path_of(&name);
                let path = directory.path().join(&file);
                reports.post(Level::Error, || {
                    format!(
                        "{} is not the file that was put there; it was moved to {kept_in}",
                        path.display()
                    )
                });
                altered.push(file_altered(&file).resource("kept_in", kept_in));
            }
            Err(source) => {
                let path = directory.path().join(Folder::Pruned.path_of(&name));
                reports.post(Level::Warn, || format!("could not put {} back: {source}", path.display()));
            }
        }
    }
    altered
}

/// Returns where the file is set aside, if it is not put back.
fn put_one_back(directory: &dyn Directory, name: &str) -> io::Result<Option<String>> {
    let (original, sha256) = match name.rsplit_once('.') {
        Some((original, digits)) if is_hex(digits, DIGITS) => (original, Some(digits)),
        _ => (name, None),
    };
    let folder = if DayFileName::parse(original).is_some() { Folder::Days } else { Folder::Torn };
    if folder.day_of(original).is_none() {
        // The journal has not put it there.
        return Ok(None);
    }
    if sha256.is_some() && hash_of(directory, name)?.as_deref() == sha256 {
        match directory.move_file(Folder::Pruned, name, folder, original) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            moved => return moved.map(|()| None),
        }
    }
    set_aside(directory, Folder::Pruned, name, original).map(Some)
}

/// Returns the SHA-256 of a file in hex digits; `None` if it is not a file.
fn hash_of(directory: &dyn Directory, name: &str) -> io::Result<Option<String>> {
    let file = match directory.open_to_read(Folder::Pruned, name) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut contents = RangeReader::new(&*file, 0..file.len()?);
    io::copy(&mut contents, &mut io::sink())?;
    Ok(Some(contents.sha256()))
}
