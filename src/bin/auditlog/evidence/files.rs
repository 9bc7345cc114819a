//! Files that have their names only when they are whole.

use crate::failure::Failure;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a file that only its owner may read, and replaces one of its name when it is whole and on disk.
pub(super) fn replace(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    write(path, contents).map_err(|error| Failure::new(format!("can't write {}: {error}", path.display())))
}

fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut part = std::ffi::OsString::from(".");
    part.push(name);
    part.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(part);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part)?;
    let written = file.write_all(contents).and_then(|()| file.sync_all());
    drop(file);
    written.and_then(|()| std::fs::rename(&part, path)).inspect_err(|_| {
        // The error says why; what is left of the file is no use.
        let _ = std::fs::remove_file(&part);
    })
}
