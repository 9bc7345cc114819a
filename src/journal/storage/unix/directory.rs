//! Creating, checking and listing directories.

use super::access::{GROUP_DIRECTORY, PRIVATE_DIRECTORY, is_foreign, open_to_group, readable_by_others};
use super::descriptor::open_at;
use super::handle::Handle;
use super::stat::identity_in;
use crate::error::OpenError;
use crate::journal::storage::file_kind::not_a_directory;
use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags};
use rustix::io::Errno;
use std::io;
use std::path::Path;

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW);

impl Handle {
    /// Opens the journal's directory, created if it is missing, and lets the group read it.
    pub(crate) fn root(path: &Path, group: Option<u32>) -> Result<Handle, OpenError> {
        let mut root = Handle::private_root(path)?;
        if let Some(gid) = group {
            root.group = group;
            open_to_group(&root.fd, gid, GROUP_DIRECTORY).map_err(|source| OpenError::Group {
                path: path.to_owned(),
                gid,
                source,
            })?;
        }
        Ok(root)
    }

    fn private_root(path: &Path) -> Result<Handle, OpenError> {
        let fail = |source: io::Error| OpenError::Directory { path: path.to_owned(), source };
        match open_at(CWD, path, DIRECTORY, Mode::empty()) {
            Ok(directory) => Handle::new(directory).checked(path),
            Err(Errno::NOENT) => {
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent).map_err(fail)?;
                }
                create(CWD, path)
                    .and_then(|()| Ok(Handle::new(open_at(CWD, path, DIRECTORY, Mode::empty())?)))
                    .map_err(|errno| fail(errno.into()))?
                    .made_private(path)
            }
            Err(errno) => Err(not_a_directory(path).unwrap_or_else(|| fail(errno.into()))),
        }
    }

    /// Opens a directory in this one, created if it is missing. `path` is its path, for errors.
    pub(crate) fn child(&self, name: &str, path: &Path) -> Result<Handle, OpenError> {
        match self.child_in(name) {
            Ok(child) => child.checked(path),
            Err(source) => {
                Err(not_a_directory(path).unwrap_or(OpenError::Directory { path: path.to_owned(), source }))
            }
        }
    }

    /// Opens a directory in this one, created if it is missing.
    pub(crate) fn child_in(&self, name: &str) -> io::Result<Handle> {
        if let Some(child) = self.existing_child(name)? {
            return Ok(child);
        }
        create(&self.fd, name)?;
        let child = open_at(&self.fd, name, DIRECTORY, Mode::empty())?;
        rustix::fs::fchmod(&child, PRIVATE_DIRECTORY)?;
        Ok(Handle::new(child))
    }

    /// Opens a directory in this one, if it exists.
    pub(crate) fn existing_child(&self, name: &str) -> io::Result<Option<Handle>> {
        match open_at(&self.fd, name, DIRECTORY, Mode::empty()) {
            Ok(child) => Ok(Some(Handle::new(child))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Makes a directory private that was created just now, whatever the umask.
    fn made_private(self, path: &Path) -> Result<Handle, OpenError> {
        rustix::fs::fchmod(&self.fd, PRIVATE_DIRECTORY)
            .map_err(|errno| OpenError::Directory { path: path.to_owned(), source: errno.into() })?;
        self.checked(path)
    }

    /// Refuses a directory that another user owns.
    fn checked(self, path: &Path) -> Result<Handle, OpenError> {
        let stat = rustix::fs::fstat(&self.fd)
            .map_err(|errno| OpenError::Directory { path: path.to_owned(), source: errno.into() })?;
        if is_foreign(stat.st_uid) {
            return Err(OpenError::ForeignOwner { path: path.to_owned(), owner: stat.st_uid });
        }
        Ok(self)
    }

    /// Returns whether `path` leads to this directory.
    pub(crate) fn is_at(&self, path: &Path) -> io::Result<bool> {
        match rustix::fs::lstat(path) {
            Ok(there) => Ok(identity_in(&there) == identity_in(&rustix::fs::fstat(&self.fd)?)),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Returns who else may read the directory's files.
    pub(crate) fn readable_by_others(&self) -> Option<&'static str> {
        readable_by_others(&self.fd, self.group.is_some())
    }

    /// Returns how many bytes can still be written to the directory's disk.
    pub(crate) fn free_space(&self) -> io::Result<Option<u64>> {
        let stat = rustix::fs::fstatvfs(&self.fd)?;
        Ok(Some(stat.f_bavail.saturating_mul(stat.f_frsize)))
    }

    /// Returns the names in the directory that are UTF-8.
    pub(crate) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd)? {
            if let Ok(name) = entry?.file_name().to_str() {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }
}

/// Creates a directory. If another process has created it first, that one is used.
fn create(at: impl std::os::fd::AsFd, path: impl rustix::path::Arg + Copy) -> Result<(), Errno> {
    match rustix::fs::mkdirat(&at, path, PRIVATE_DIRECTORY) {
        // A umask could keep even its owner out.
        Ok(()) => rustix::fs::chmodat(&at, path, PRIVATE_DIRECTORY, AtFlags::empty()),
        Err(Errno::EXIST) => Ok(()),
        Err(errno) => Err(errno),
    }
}
