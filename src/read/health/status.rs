//! Reading `status.json`.

use crate::published::{PublishedStatus, STATUS};
use crate::read::regular_file;
use serde::Deserialize;
use std::io;
use std::path::Path;

/// The longest file that is read, in bytes. Messages are what makes it long.
const LONGEST: u64 = 1 << 20;

/// Why there is no status.
#[derive(Debug)]
pub(super) enum NoStatus {
    /// There is no file.
    Missing,
    /// There is one that can't be read, with the reason.
    Unreadable(String),
}

#[derive(Deserialize)]
struct OfAnyVersion {
    version: u64,
}

/// Returns what the writer of the log in `dir` has published, if that can be read.
pub(crate) fn published(dir: &Path) -> Option<PublishedStatus> {
    read(dir).ok()
}

pub(super) fn read(dir: &Path) -> Result<PublishedStatus, NoStatus> {
    let text = match regular_file::contents(&dir.join(STATUS), LONGEST) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(NoStatus::Missing),
        Err(error) => return Err(NoStatus::Unreadable(error.to_string())),
    };
    let unreadable = |error: serde_json::Error| NoStatus::Unreadable(error.to_string());
    match serde_json::from_slice::<OfAnyVersion>(&text).map_err(unreadable)?.version {
        1 => serde_json::from_slice(&text).map_err(unreadable),
        version => Err(NoStatus::Unreadable(format!("its version is {version}, and 1 is known here"))),
    }
}
