//! Directories and files where there are no directory handles, by path.

use crate::error::OpenError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct Handle(PathBuf);

impl Handle {
    /// The journal's directory, made if it is missing.
    pub(super) fn root(path: &Path) -> Result<Handle, OpenError> {
        let fail = |source| OpenError::Directory { path: path.to_owned(), source };
        match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_symlink() => Err(OpenError::Link { path: path.to_owned() }),
            Ok(metadata) if !metadata.is_dir() => Err(OpenError::NotADirectory { path: path.to_owned() }),
            Ok(_) => Ok(Handle(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path).map_err(fail)?;
                Ok(Handle(path.to_owned()))
            }
            Err(error) => Err(fail(error)),
        }
    }

    /// A directory in this one, made if it is missing.
    pub(super) fn child(&self, _: &str, path: &Path) -> Result<Handle, OpenError> {
        Handle::root(path)
    }

    pub(super) fn child_in(&self, name: &str) -> io::Result<Handle> {
        let path = self.0.join(name);
        fs::create_dir_all(&path)?;
        Ok(Handle(path))
    }

    /// Who else may read what is in it: not known here.
    pub(super) fn readable_by_others(&self) -> Option<&'static str> {
        None
    }

    /// Opens a file to read and to append.
    pub(crate) fn open(&self, name: &str) -> io::Result<File> {
        let path = self.0.join(name);
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is not a regular file"));
        }
        // Not `append`: on Windows a file that is opened so can't be shortened.
        OpenOptions::new().read(true).write(true).open(path)
    }

    /// Opens a file to read.
    pub(super) fn open_to_read(&self, name: &str) -> io::Result<File> {
        let path = self.0.join(name);
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is not a regular file"));
        }
        File::open(path)
    }

    /// Makes a file; an error if there is one.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.0.join(name))
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    pub(super) fn try_clone(&self) -> io::Result<Handle> {
        Ok(Handle(self.0.clone()))
    }

    /// The file system's own business where directories can't be opened.
    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// At the end, where the one writer there is always writes.
pub(super) fn append(mut file: &File, bytes: &[u8]) -> io::Result<usize> {
    file.seek(io::SeekFrom::End(0))?;
    file.write(bytes)
}

#[cfg(windows)]
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(not(windows))]
pub(super) fn read_at(mut file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    use std::io::Read as _;
    file.seek(io::SeekFrom::Start(offset))?;
    file.read(buffer)
}
