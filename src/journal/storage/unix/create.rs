//! Creating directories, also where others may rename what is in the parent.
//!
//! Between the creation of a directory and its opening, the owner of the parent can put another
//! directory or a link in its place. So a directory is created with its mode, links are not followed,
//! and only a directory that belongs to this user, and to which others have no access, gets another
//! mode.

use super::access::{GROUP_DIRECTORY, PRIVATE_DIRECTORY, is_private, open_to_group};
use super::descriptor::{DIRECTORY, open_at};
use super::kernel::{PARENT, open_unreadable};
use crate::error::OpenError;
use rustix::fs::{CWD, Mode, fchmod, fstat, mkdirat};
use rustix::io::Errno;
use rustix::path::Arg;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

/// Creates a directory and those above it that are missing. This user alone and the group have
/// access to each of them. If another process has created one first, that one is used as it is.
pub(super) fn create_all(path: &Path, group: Option<u32>) -> Result<OwnedFd, OpenError> {
    let fail = |path: &Path, source| OpenError::Directory { path: path.to_owned(), source };
    let (parent, mut directory) = existing_parent(path).map_err(|source| fail(path, source))?;
    let mut created = parent.to_owned();
    for name in path.strip_prefix(parent).unwrap_or(path) {
        created.push(name);
        let is_new;
        (directory, is_new) = create_or_open(&directory, name).map_err(|source| fail(path, source))?;
        if is_new && let Some(gid) = group {
            open_to_group(&directory, gid, GROUP_DIRECTORY).map_err(|source| OpenError::Group {
                path: created.clone(),
                gid,
                source,
            })?;
        }
    }
    Ok(directory)
}

/// Opens the first directory above `path` that exists.
fn existing_parent(path: &Path) -> io::Result<(&Path, OwnedFd)> {
    for parent in path.ancestors().skip(1) {
        let name = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        match open_at(CWD, name, PARENT, Mode::empty()) {
            Ok(directory) => return Ok((parent, directory)),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Creates a directory, or opens the one that is there; returns whether it is a new one.
pub(super) fn create_or_open(at: impl AsFd, name: impl Arg + Copy) -> io::Result<(OwnedFd, bool)> {
    let is_new = match mkdirat(&at, name, PRIVATE_DIRECTORY) {
        Ok(()) => true,
        Err(Errno::EXIST) => false,
        Err(errno) => return Err(errno.into()),
    };
    let directory = match open_at(&at, name, DIRECTORY, Mode::empty()) {
        // A umask can keep even the owner out.
        Err(Errno::ACCESS) if is_new => open_unreadable(&at, name)?,
        opened => opened?,
    };
    if is_new {
        make_usable(&directory)?;
    }
    Ok((directory, is_new))
}

/// Sets a directory's mode to the one that it was to be created with, if others have no access: the umask may
/// have taken some from the owner, and the parent may have passed on its set-group-id bit.
fn make_usable(directory: impl AsFd) -> io::Result<()> {
    let stat = fstat(&directory)?;
    if is_private(&stat) && Mode::from_raw_mode(stat.st_mode) != PRIVATE_DIRECTORY {
        fchmod(&directory, PRIVATE_DIRECTORY)?;
    }
    Ok(())
}
