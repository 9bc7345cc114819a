//! A file that is written for a user: it has its name only when it is whole and on disk.

#[cfg_attr(target_os = "linux", path = "unnamed_linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "unnamed_none.rs")]
mod unnamed;

use crate::record::hex;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that is being written. If it is dropped before its end, nothing is left of it; where the system has files
/// without a name, also if the process is killed.
#[derive(Debug)]
pub(super) struct Output {
    file: File,
    path: PathBuf,
    folder: PathBuf,
    /// Its name until it is whole.
    temporary: PathBuf,
    is_named: bool,
}

impl Output {
    pub(super) fn new(path: &Path) -> io::Result<Output> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        // Such as `/dev/stdout`, whose name would be taken away from it.
        match path.symlink_metadata() {
            Ok(there) if there.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(there) if !there.is_file() => {
                let what =
                    "there is a link, a FIFO, a socket or a device of this name, which is not replaced";
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, what));
            }
            _ => {}
        }
        let mut random = [0; 8];
        getrandom::fill(&mut random)?;
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}.part", hex(&random)));
        let temporary = folder.join(temporary);
        let (file, is_named) = match unnamed::open(&folder) {
            Some(file) => (file, false),
            None => {
                let mut options = OpenOptions::new();
                options.write(true).create_new(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                (options.open(&temporary)?, true)
            }
        };
        Ok(Output { file, path: path.to_owned(), folder, temporary, is_named })
    }

    /// Begins again.
    #[cfg(feature = "cli")]
    pub(super) fn restart(&mut self) -> io::Result<()> {
        use std::io::{Seek as _, SeekFrom};
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0)).map(drop)
    }

    /// Names the file, once it is on disk. A file of that name is replaced.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        if !self.is_named {
            unnamed::link(&self.file, &self.temporary)?;
            self.is_named = true;
        }
        std::fs::rename(&self.temporary, &self.path)?;
        self.is_named = false;
        sync_folder(&self.folder)
    }
}

/// Returns whether a file at `path` would lie in `dir`, as far as both can be found.
pub(super) fn is_in(path: &Path, dir: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    matches!((folder.canonicalize(), dir.canonicalize()), (Ok(folder), Ok(dir)) if folder.starts_with(&dir))
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if self.is_named {
            // The error that ends it is told.
            std::fs::remove_file(&self.temporary).unwrap_or(());
        }
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Other systems have no such call.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "as on Unix")]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
