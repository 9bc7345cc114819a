//! Directories and files where there is neither Unix nor Windows, by path.

use super::Identity;
use crate::error::OpenError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(crate) struct Handle(PathBuf);

impl Handle {
    /// The journal's directory, made if it is missing.
    /// There are no groups here to open it to.
    pub(super) fn root(path: &Path, _group: Option<u32>) -> Result<Handle, OpenError> {
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
        Handle::root(path, None)
    }

    pub(super) fn child_in(&self, name: &str) -> io::Result<Handle> {
        let path = self.0.join(name);
        fs::create_dir_all(&path)?;
        Ok(Handle(path))
    }

    /// A directory in this one, if it is there.
    pub(super) fn existing_child(&self, name: &str) -> io::Result<Option<Handle>> {
        let path = self.0.join(name);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => Ok(Some(Handle(path))),
            Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether it is the directory that this path leads to: there are only paths here.
    pub(super) fn is_at(&self, path: &Path) -> io::Result<bool> {
        Ok(path.is_dir())
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
        OpenOptions::new().read(true).write(true).open(path)
    }

    /// Opens a day file to read and to append.
    pub(super) fn open_day_file(&self, name: &str) -> io::Result<File> {
        self.open(name)
    }

    /// Opens a file to read.
    pub(super) fn open_to_read(&self, name: &str) -> io::Result<File> {
        let path = self.0.join(name);
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is not a regular file"));
        }
        File::open(path)
    }

    /// Writes into a file, made if it is missing.
    pub(super) fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(self.0.join(name))?;
        file.seek(io::SeekFrom::Start(offset))?;
        file.write_all(bytes)
    }

    /// Makes a file; an error if there is one.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.0.join(name))
    }

    /// Makes a day file; an error if there is one.
    pub(super) fn create_day_file(&self, name: &str) -> io::Result<File> {
        self.create(name)
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    /// As a new one is: by what the directory passes on.
    pub(super) fn make_private(&self, _: &File) -> io::Result<()> {
        Ok(())
    }

    /// Moves a file to another directory, in which there must be none of that name.
    pub(super) fn rename_to(&self, name: &str, to: &Handle, new_name: &str) -> io::Result<()> {
        let new = to.0.join(new_name);
        if fs::symlink_metadata(&new).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(self.0.join(name), new)
    }

    pub(super) fn exists(&self, name: &str) -> io::Result<bool> {
        match fs::symlink_metadata(self.0.join(name)) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Not known: see `identity`.
    pub(super) fn identity(&self, _: &str) -> io::Result<Option<Identity>> {
        Ok(None)
    }

    pub(super) fn free_space(&self) -> io::Result<Option<u64>> {
        Ok(None)
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

/// Which file it is is not known here.
pub(super) fn len_and_identity(file: &File) -> io::Result<(u64, Option<Identity>)> {
    Ok((file.metadata()?.len(), None))
}

/// Has so much space allocated for a new file.
pub(super) fn allocate(mut file: &File, bytes: u64) -> io::Result<()> {
    file.write_all(&vec![b'.'; usize::try_from(bytes).unwrap_or(0)])
}

/// There are no groups here.
pub(super) fn group_of(_: &Path, _: impl Fn(&str) -> bool) -> Option<u32> {
    None
}

/// At the end, where the one writer there is always writes.
pub(super) fn append(mut file: &File, bytes: &[u8]) -> io::Result<usize> {
    file.seek(io::SeekFrom::End(0))?;
    file.write(bytes)
}

pub(super) fn read_at(mut file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek(io::SeekFrom::Start(offset))?;
    file.read(buffer)
}
