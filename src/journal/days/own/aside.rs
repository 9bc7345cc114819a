//! Setting aside files that are not what they should be, and `log.file_altered`, which names them.

use crate::journal::storage::Directory;
use crate::journal::storage::layout::Folder;
use crate::record::{Outcome, Record};
use std::io;

/// Returns the `log.file_altered` of a file, by its path relative to the directory.
pub(in crate::journal) fn file_altered(file: &str) -> Record {
    Record::new("log.file_altered").resource("file", file).outcome(Outcome::Failure)
}

/// Moves a file to the quarantine, `.state/altered/`, under `new_name`, with a number behind it if there
/// is one of that name. Returns its new path, relative to the directory.
pub(in crate::journal) fn set_aside(
    directory: &dyn Directory,
    folder: Folder,
    name: &str,
    new_name: &str,
) -> io::Result<String> {
    for number in 0..=u32::MAX {
        let new_name = if number == 0 { new_name.to_owned() } else { format!("{new_name}.{number}") };
        match directory.move_file(folder, name, Folder::Altered, &new_name) {
            Ok(()) => return Ok(Folder::Altered.path_of(&new_name)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
