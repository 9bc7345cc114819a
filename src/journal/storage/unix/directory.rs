//! Creating, checking and listing directories.

use super::access::{GROUP_DIRECTORY, Writers, is_foreign, open_to_group, readable_by_others};
use super::create::{create_all, create_or_open};
use super::descriptor::{DIRECTORY, open_at};
use super::handle::Handle;
use super::kernel::is_immutable;
use super::stat::identity_in;
use crate::error::OpenError;
use crate::journal::storage::refused::{Sharing, not_a_directory, writable};
use rustix::fs::{CWD, Dir, Mode, OFlags};
use rustix::io::Errno;
use std::io;
use std::path::Path;

/// Returns how many bytes can still be written to the disk of a directory, and whether nothing can be since it is mounted
/// read-only.
pub(crate) fn space_of(directory: &Path) -> io::Result<(Option<u64>, bool)> {
    let stat = rustix::fs::statvfs(directory)?;
    let is_read_only = stat.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY);
    Ok((Some(stat.f_bavail.saturating_mul(stat.f_frsize)), is_read_only))
}

impl Handle {
    /// Opens the journal's directory, created if it is missing, and lets the group read it.
    pub(crate) fn root(path: &Path, sharing: Sharing) -> Result<Handle, OpenError> {
        let fail = |source| OpenError::Directory { path: path.to_owned(), source };
        let directory = match open_at(CWD, path, DIRECTORY, Mode::empty()) {
            Ok(directory) => directory,
            Err(Errno::NOENT) => {
                create_all(path, sharing.group).map_err(|error| not_a_directory(path).unwrap_or(error))?
            }
            Err(errno) => return Err(not_a_directory(path).unwrap_or_else(|| fail(errno.into()))),
        };
        let root = Handle::new(directory).checked(path, sharing)?;
        if let Some(gid) = sharing.group {
            open_to_group(&root.fd, gid, GROUP_DIRECTORY).map_err(|source| OpenError::Group {
                path: path.to_owned(),
                gid,
                source,
            })?;
        }
        Ok(Handle { sharing, ..root })
    }

    /// Opens a directory in this one, created if it is missing. `path` is its path, for errors.
    pub(crate) fn child(&self, name: &str, path: &Path) -> Result<Handle, OpenError> {
        match self.child_in(name) {
            Ok(child) => child.checked(path, self.sharing),
            Err(source) => {
                Err(not_a_directory(path).unwrap_or(OpenError::Directory { path: path.to_owned(), source }))
            }
        }
    }

    /// Opens a directory in this one, created if it is missing.
    pub(crate) fn child_in(&self, name: &str) -> io::Result<Handle> {
        match self.existing_child(name)? {
            Some(child) => Ok(child),
            None => Ok(Handle::new(create_or_open(&self.fd, name)?.0)),
        }
    }

    /// Opens a directory in this one, if it exists.
    pub(crate) fn existing_child(&self, name: &str) -> io::Result<Option<Handle>> {
        match open_at(&self.fd, name, DIRECTORY, Mode::empty()) {
            Ok(child) => Ok(Some(Handle::new(child))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Opens a directory in this one to which this one's group has access, if it exists. `path` is its
    /// path, for errors.
    pub(crate) fn existing_shared_child(&self, name: &str, path: &Path) -> io::Result<Option<Handle>> {
        let Some(child) = self.existing_child(name)? else {
            return Ok(None);
        };
        let child = child.checked(path, self.sharing).map_err(io::Error::other)?;
        let child = Handle { sharing: self.sharing, ..child };
        if let Some(gid) = self.sharing.group {
            let stat = rustix::fs::fstat(&child.fd)?;
            let is_open = Mode::from_raw_mode(stat.st_mode).contains(GROUP_DIRECTORY) && stat.st_gid == gid;
            if !is_open {
                // What is in it is from before the group was set.
                for name in child.names()? {
                    // Others are not the journal's.
                    if let Ok(file) = child.open_to_read(&name) {
                        child.open_file_to_group(&file)?;
                    }
                }
                open_to_group(&child.fd, gid, GROUP_DIRECTORY)?;
            }
        }
        Ok(Some(child))
    }

    /// Opens a directory in this one to which this one's group has access, created if it is missing.
    pub(crate) fn shared_child(&self, name: &str, path: &Path) -> io::Result<Handle> {
        create_or_open(&self.fd, name)?;
        self.existing_shared_child(name, path)?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Refuses a directory that another user owns, or whose files others may replace.
    fn checked(self, path: &Path, sharing: Sharing) -> Result<Handle, OpenError> {
        let stat = rustix::fs::fstat(&self.fd)
            .map_err(|errno| OpenError::Directory { path: path.to_owned(), source: errno.into() })?;
        if is_foreign(stat.st_uid) {
            return Err(OpenError::ForeignOwner { path: path.to_owned(), owner: stat.st_uid });
        }
        match Writers::of(&stat, sharing.group) {
            Writers::Everyone => Err(writable(path, "everybody".to_owned(), None)),
            Writers::OtherGroup(gid) if !sharing.allow_group_writable => {
                let who = format!("the group with the id {gid}");
                Err(writable(path, who, Some("allow_group_writable")))
            }
            _ => Ok(self),
        }
    }

    /// Returns whether `path` leads to this directory.
    pub(crate) fn is_at(&self, path: &Path) -> io::Result<bool> {
        match rustix::fs::lstat(path) {
            Ok(there) => Ok(identity_in(&there) == identity_in(&rustix::fs::fstat(&self.fd)?)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Makes the name of the directory at `path` safe against loss of power. A parent that may not be read can't
    /// be synced.
    pub(crate) fn sync_name(path: &Path) -> io::Result<()> {
        let Some(parent) = path.parent() else {
            return Ok(());
        };
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        match open_at(CWD, parent, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()) {
            Ok(parent) => Ok(rustix::fs::fsync(&parent)?),
            Err(Errno::ACCESS) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Returns who else may read the directory's files.
    pub(crate) fn readable_by_others(&self) -> Option<&'static str> {
        readable_by_others(&self.fd, self.sharing.group.is_some())
    }

    /// Returns who else may replace the directory's files, of those that are not refused.
    pub(crate) fn writable_by_others(&self) -> Option<String> {
        match Writers::of(&rustix::fs::fstat(&self.fd).ok()?, self.sharing.group) {
            Writers::OwnGroup(gid) | Writers::OtherGroup(gid) => Some(format!("its group (gid {gid})")),
            Writers::OwnerOnly | Writers::Everyone => None,
        }
    }

    /// Returns whether nothing can be changed in the directory.
    pub(crate) fn is_immutable(&self) -> bool {
        is_immutable(&self.fd)
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
            if let Ok(name) = entry?.file_name().to_str()
                && !matches!(name, "." | "..")
            {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }
}
