//! Errors for a name that leads to another kind of thing than expected.

use crate::error::OpenError;
use std::io;
use std::path::Path;

/// Returns why `path` can't be opened as a directory, if its kind is the reason.
pub(super) fn not_a_directory(path: &Path) -> Option<OpenError> {
    let kind = std::fs::symlink_metadata(path).ok()?.file_type();
    if kind.is_symlink() {
        Some(OpenError::Link { path: path.to_owned() })
    } else if !kind.is_dir() {
        Some(OpenError::NotADirectory { path: path.to_owned() })
    } else {
        None
    }
}

/// Returns the error for a name that does not lead to a regular file.
pub(super) fn not_a_regular_file() -> io::Error {
    io::Error::new(io::ErrorKind::IsADirectory, "it is not a regular file")
}
