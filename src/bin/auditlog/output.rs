//! Files that commands write.

use crate::failure::Failure;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

/// Writes a file that is not there yet, and syncs it. What could not be written whole is removed again.
pub(crate) fn new_file(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    let fail = |error: std::io::Error| {
        let failure = Failure::new(format!("can't write {}: {error}", path.display()));
        match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                failure.hint("Move the old file away, or name another place.")
            }
            _ => failure,
        }
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(fail)?;
    file.write_all(contents).and_then(|()| file.sync_all()).map_err(|error| {
        // What is left of it is no use; the error that is returned says why.
        let _ = std::fs::remove_file(path);
        fail(error)
    })
}
