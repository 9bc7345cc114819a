//! Directories and files on systems that are neither Unix nor Windows, by path.

use super::log_file::Identity;
use super::mapping::Mapping;
use super::refused::{Sharing, not_a_directory, not_a_regular_file};
use crate::error::OpenError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug)]
pub(crate) struct Handle(PathBuf);

/// Returns `None`: the system does not tell.
pub(crate) fn space_of(_: &Path) -> io::Result<(Option<u64>, bool)> {
    Ok((None, false))
}

impl Handle {
    /// Opens the journal's directory, created if it is missing. The system has no group to open it
    /// to.
    pub(crate) fn root(path: &Path, _: Sharing) -> Result<Handle, OpenError> {
        let fail = |source| OpenError::Directory { path: path.to_owned(), source };
        if let Some(error) = not_a_directory(path) {
            return Err(error);
        }
        match fs::symlink_metadata(path) {
            Ok(_) => Ok(Handle(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path).map_err(fail)?;
                Ok(Handle(path.to_owned()))
            }
            Err(error) => Err(fail(error)),
        }
    }

    /// Opens a directory in this one, created if it is missing. `path` is its path, for errors.
    pub(crate) fn child(&self, _: &str, path: &Path) -> Result<Handle, OpenError> {
        Handle::root(path, Sharing::default())
    }

    /// Opens a directory in this one, created if it is missing.
    pub(crate) fn child_in(&self, name: &str) -> io::Result<Handle> {
        let path = self.0.join(name);
        fs::create_dir_all(&path)?;
        Ok(Handle(path))
    }

    /// Opens a directory in this one, if it exists.
    pub(crate) fn existing_child(&self, name: &str) -> io::Result<Option<Handle>> {
        let path = self.0.join(name);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => Ok(Some(Handle(path))),
            Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a directory in this one, if it exists.
    pub(crate) fn existing_shared_child(&self, name: &str, _: &Path) -> io::Result<Option<Handle>> {
        self.existing_child(name)
    }

    /// Opens a directory in this one, created if it is missing.
    pub(crate) fn shared_child(&self, name: &str, _: &Path) -> io::Result<Handle> {
        self.child_in(name)
    }

    /// Returns whether `path` is this directory's and leads to one: the system has no identity of files.
    pub(crate) fn is_at(&self, path: &Path) -> io::Result<bool> {
        Ok(self.0 == path && path.is_dir())
    }

    /// Returns `None`: who else may read the directory is not known here.
    pub(crate) fn readable_by_others(&self) -> Option<&'static str> {
        None
    }

    /// Returns `None`: who else may write in the directory is not known here.
    pub(crate) fn writable_by_others(&self) -> Option<String> {
        None
    }

    /// Opens a file to read and to append.
    pub(crate) fn open(&self, name: &str) -> io::Result<File> {
        let path = self.0.join(name);
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(not_a_regular_file());
        }
        OpenOptions::new().read(true).write(true).open(path)
    }

    /// Opens a day file to read and to append.
    pub(crate) fn open_day_file(&self, name: &str) -> io::Result<File> {
        self.open(name)
    }

    /// Opens a file to read.
    pub(crate) fn open_to_read(&self, name: &str) -> io::Result<File> {
        let path = self.0.join(name);
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(not_a_regular_file());
        }
        File::open(path)
    }

    /// Opens a file to write into it.
    pub(crate) fn open_to_write(&self, name: &str) -> io::Result<File> {
        self.open(name)
    }

    /// Writes into a file, which is created if it is missing.
    pub(crate) fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(self.0.join(name))?;
        file.seek(io::SeekFrom::Start(offset))?;
        file.write_all(bytes)
    }

    /// Creates a file; an error if it exists.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.0.join(name))
    }

    /// Creates a day file; an error if it exists.
    pub(crate) fn create_day_file(&self, name: &str) -> io::Result<File> {
        self.create(name)
    }

    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    /// Does nothing: a file has the access that its directory passes on.
    pub(crate) fn make_private(&self, _: &File) -> io::Result<()> {
        Ok(())
    }

    /// Moves a file to another directory, in which the new name must not exist.
    pub(crate) fn rename_to(&self, name: &str, to: &Handle, new_name: &str) -> io::Result<()> {
        let new = to.0.join(new_name);
        if fs::symlink_metadata(&new).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        fs::rename(self.0.join(name), new)
    }

    pub(crate) fn exists(&self, name: &str) -> io::Result<bool> {
        match fs::symlink_metadata(self.0.join(name)) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Returns `None`: the system has no identity of files.
    pub(crate) fn identity(&self, _: &str) -> io::Result<Option<Identity>> {
        Ok(None)
    }

    /// Returns `false`: there is no such attribute.
    pub(crate) fn is_immutable(&self) -> bool {
        false
    }

    pub(crate) fn free_space(&self) -> io::Result<Option<u64>> {
        Ok(None)
    }

    pub(crate) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Returns true: here a directory can't be locked.
    #[allow(clippy::unused_self, reason = "other systems lock the directory")]
    pub(crate) fn try_lock(&self) -> bool {
        true
    }

    #[allow(clippy::unused_self, reason = "other systems lock the directory")]
    pub(crate) fn unlock(&self) {}

    /// Does nothing, as [`sync`](Handle::sync).
    pub(crate) fn sync_name(_: &Path) -> io::Result<()> {
        Ok(())
    }

    /// Does nothing: directories can't be opened here.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns a file's length.
pub(crate) fn len_and_identity(file: &File) -> io::Result<(u64, Option<Identity>)> {
    Ok((file.metadata()?.len(), None))
}

/// Returns `None`: the account that a file belongs to is not looked at here.
#[allow(clippy::unnecessary_wraps, reason = "on Unix it may fail")]
pub(crate) fn only_owner_of(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}

/// Allocates so many bytes of the disk for a new file.
pub(crate) fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    write_all_at(file, &vec![b'.'; usize::try_from(bytes).unwrap_or(0)], 0)
}

/// Returns `None`: the system has no group of a file.
pub(crate) fn group_of(_: &Path, _: impl Fn(&str) -> bool) -> Option<u32> {
    None
}

/// Appends some bytes: the one writer seeks to the end.
pub(crate) fn append(mut file: &File, bytes: &[u8]) -> io::Result<usize> {
    file.seek(io::SeekFrom::End(0))?;
    file.write(bytes)
}

pub(crate) fn read_at(mut file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek(io::SeekFrom::Start(offset))?;
    file.read(buffer)
}

/// Writes all bytes at `offset`.
pub(crate) fn write_all_at(mut file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    file.seek(io::SeekFrom::Start(offset))?;
    file.write_all(bytes)
}

/// Accepts every path: on Windows some lead elsewhere than they say.
pub(crate) fn check_path(_: &Path) -> Result<(), OpenError> {
    Ok(())
}

/// Returns whether `file` may be mapped: not known here.
pub(crate) fn mapping_of(_: &File) -> io::Result<Mapping> {
    Ok(Mapping::Unsafe)
}

/// Does nothing: there is no limit of a file's size here.
pub(crate) fn read_size_limit() {}

/// Returns `false`: there is no limit of a file's size here.
pub(crate) fn is_size_limited() -> bool {
    false
}

/// Accepts every size.
pub(crate) fn check_size(_: u64) -> io::Result<()> {
    Ok(())
}

/// Accepts every size.
pub(crate) fn check_size_now(_: u64) -> io::Result<()> {
    Ok(())
}
