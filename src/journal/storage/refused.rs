//! What is refused: a name that leads to another kind of thing than expected, and a directory whose
//! files others may replace.

use crate::error::OpenError;
use std::io;
use std::path::Path;

/// Who besides its owner may use a directory on disk.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sharing {
    /// The group that may read the directory and its day files.
    pub(crate) group: Option<u32>,
    /// Whether any group may write in it.
    #[cfg_attr(not(unix), allow(dead_code, reason = "there are no such groups here"))]
    pub(crate) allow_group_writable: bool,
}

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

/// Returns the error for a directory that `who` may write in, which `setting` allows.
pub(super) fn writable(path: &Path, who: String, setting: Option<&'static str>) -> OpenError {
    OpenError::Writable { path: path.to_owned(), who, setting }
}
