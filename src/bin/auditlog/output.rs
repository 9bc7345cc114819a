//! Files that commands write.

use crate::failure::Failure;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a file that is not there yet, and syncs it. What could not be written whole is removed again.
pub(crate) fn new_file(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    let fail = |error: io::Error| {
        let failure = Failure::new(format!("can't write {}: {error}", path.display()));
        match error.kind() {
            io::ErrorKind::AlreadyExists => failure.hint("Move the old file away, or name another place."),
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

/// Writes a file that only its owner may read, and replaces one of its name when it is whole and on disk.
pub(crate) fn replace_private(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    replace(path, contents, &mut options)
        .map_err(|error| Failure::new(format!("can't write {}: {error}", path.display())))
}

/// Writes a file, opened with these options, and replaces one of its name when it is whole and on disk.
pub(crate) fn replace(path: &Path, contents: &[u8], options: &mut OpenOptions) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut part = std::ffi::OsString::from(".");
    part.push(name);
    part.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(part);
    let mut file = options.write(true).create_new(true).open(&part)?;
    let written = file.write_all(contents).and_then(|()| file.sync_all());
    drop(file);
    written.and_then(|()| std::fs::rename(&part, path)).inspect_err(|_| {
        // The error says why; what is left of the file is no use.
        let _ = std::fs::remove_file(&part);
    })
}
