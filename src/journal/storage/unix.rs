//! Directories and files on Unix, by handle.

use super::Identity;
use crate::error::OpenError;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Gid, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Read, write and search for the owner, nothing for others.
const PRIVATE_DIRECTORY: Mode = Mode::RWXU;
/// Read and write for the owner, nothing for others.
const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

/// What a group needs that may read: in a directory, in a file.
const GROUP_DIRECTORY: Mode = Mode::RGRP.union(Mode::XGRP);
const GROUP_FILE: Mode = Mode::RGRP;

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const FILE: OFlags =
    OFlags::RDWR.union(OFlags::APPEND).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

const FILE_TO_READ: OFlags =
    OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

#[derive(Debug)]
pub(crate) struct Handle {
    fd: OwnedFd,
    /// Who may read the day files, besides their owner.
    group: Option<u32>,
}

impl Handle {
    fn new(fd: OwnedFd) -> Handle {
        Handle { fd, group: None }
    }

    /// The journal's directory, made if it is missing, and open to the group that may
    /// read it.
    pub(super) fn root(path: &Path, group: Option<u32>) -> Result<Handle, OpenError> {
        let mut root = Handle::private_root(path)?;
        if let Some(gid) = group {
            root.group = group;
            root.open_to_group(gid).map_err(|source| OpenError::Group {
                path: path.to_owned(),
                gid,
                source,
            })?;
        }
        Ok(root)
    }

    fn private_root(path: &Path) -> Result<Handle, OpenError> {
        let fail = |source: io::Error| OpenError::Directory { path: path.to_owned(), source };
        match rustix::fs::open(path, DIRECTORY, Mode::empty()) {
            Ok(directory) => Handle::new(directory).checked(path),
            Err(Errno::NOENT) => {
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent).map_err(fail)?;
                }
                make(CWD, path)
                    .and_then(|()| Ok(Handle::new(rustix::fs::open(path, DIRECTORY, Mode::empty())?)))
                    .map_err(|errno| fail(errno.into()))?
                    .made_private(path)
            }
            Err(errno) => Err(wrong_kind(path).unwrap_or_else(|| fail(errno.into()))),
        }
    }

    /// A directory in this one, made if it is missing.
    pub(super) fn child(&self, name: &str, path: &Path) -> Result<Handle, OpenError> {
        match self.child_in(name) {
            Ok(child) => child.checked(path),
            Err(source) => {
                Err(wrong_kind(path).unwrap_or(OpenError::Directory { path: path.to_owned(), source }))
            }
        }
    }

    pub(super) fn child_in(&self, name: &str) -> io::Result<Handle> {
        if let Some(child) = self.existing_child(name)? {
            return Ok(child);
        }
        make(&self.fd, name)?;
        let child = rustix::fs::openat(&self.fd, name, DIRECTORY, Mode::empty())?;
        rustix::fs::fchmod(&child, PRIVATE_DIRECTORY)?;
        Ok(Handle::new(child))
    }

    /// A directory in this one, if it is there.
    pub(super) fn existing_child(&self, name: &str) -> io::Result<Option<Handle>> {
        match rustix::fs::openat(&self.fd, name, DIRECTORY, Mode::empty()) {
            Ok(child) => Ok(Some(Handle::new(child))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Gives the directory to the group, to list it, and nothing else.
    fn open_to_group(&self, gid: u32) -> io::Result<()> {
        let stat = rustix::fs::fstat(&self.fd)?;
        let mode = Mode::from_raw_mode(stat.st_mode);
        if stat.st_gid != gid {
            rustix::fs::fchown(&self.fd, None, Some(Gid::from_raw(gid)))?;
        }
        if !mode.contains(GROUP_DIRECTORY) {
            rustix::fs::fchmod(&self.fd, mode | GROUP_DIRECTORY)?;
        }
        Ok(())
    }

    /// It was made just now: the umask must not make it less than private.
    fn made_private(self, path: &Path) -> Result<Handle, OpenError> {
        rustix::fs::fchmod(&self.fd, PRIVATE_DIRECTORY)
            .map_err(|errno| OpenError::Directory { path: path.to_owned(), source: errno.into() })?;
        self.checked(path)
    }

    /// Refuses a directory that somebody else owns.
    fn checked(self, path: &Path) -> Result<Handle, OpenError> {
        let stat = rustix::fs::fstat(&self.fd)
            .map_err(|errno| OpenError::Directory { path: path.to_owned(), source: errno.into() })?;
        if is_foreign(stat.st_uid) {
            return Err(OpenError::ForeignOwner { path: path.to_owned(), owner: stat.st_uid });
        }
        Ok(self)
    }

    /// Whether it is the directory that this path leads to.
    pub(super) fn is_at(&self, path: &Path) -> io::Result<bool> {
        match rustix::fs::lstat(path) {
            Ok(there) => Ok(identity_in(&there) == identity_in(&rustix::fs::fstat(&self.fd)?)),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Who else may read what is in it.
    pub(super) fn readable_by_others(&self) -> Option<&'static str> {
        let stat = rustix::fs::fstat(&self.fd).ok()?;
        let mode = Mode::from_raw_mode(stat.st_mode);
        if mode.intersects(Mode::RWXO) {
            Some("everybody")
        } else if mode.contains(Mode::WGRP) || mode.intersects(Mode::RWXG) && self.group.is_none() {
            Some("its group")
        } else {
            None
        }
    }

    /// Opens a file to read and to append.
    pub(crate) fn open(&self, name: &str) -> io::Result<File> {
        self.regular(rustix::fs::openat(&self.fd, name, FILE, Mode::empty())?)
    }

    /// Opens a file to read.
    pub(super) fn open_to_read(&self, name: &str) -> io::Result<File> {
        self.regular(rustix::fs::openat(&self.fd, name, FILE_TO_READ, Mode::empty())?)
    }

    /// Writes into a file, made if it is missing.
    pub(super) fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let flags = FILE.difference(OFlags::APPEND) | OFlags::CREATE;
        self.regular(rustix::fs::openat(&self.fd, name, flags, PRIVATE_FILE)?)?.write_all_at(bytes, offset)
    }

    /// Makes a file; an error if there is one.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        let flags = FILE | OFlags::CREATE | OFlags::EXCL;
        let file = rustix::fs::openat(&self.fd, name, flags, PRIVATE_FILE)?;
        rustix::fs::fchmod(&file, PRIVATE_FILE)?;
        Ok(File::from(file))
    }

    /// Opens a day file to read and to append.
    pub(super) fn open_day_file(&self, name: &str) -> io::Result<File> {
        let file = self.open(name)?;
        // One of ours from before there was a group is for the group from here on.
        self.give_to_group(&file)?;
        Ok(file)
    }

    /// Makes a day file; an error if there is one.
    pub(super) fn create_day_file(&self, name: &str) -> io::Result<File> {
        let file = self.create(name)?;
        self.give_to_group(&file)?;
        Ok(file)
    }

    /// Gives a day file the mode of a new one.
    pub(super) fn make_private(&self, file: &File) -> io::Result<()> {
        rustix::fs::fchmod(file, PRIVATE_FILE)?;
        self.give_to_group(file)
    }

    /// Lets the group read it, if there is one.
    fn give_to_group(&self, file: &File) -> io::Result<()> {
        if let Some(gid) = self.group {
            let stat = rustix::fs::fstat(file)?;
            let mode = Mode::from_raw_mode(stat.st_mode);
            if stat.st_gid != gid {
                rustix::fs::fchown(file, None, Some(Gid::from_raw(gid)))?;
            }
            if !mode.contains(GROUP_FILE) {
                rustix::fs::fchmod(file, mode | GROUP_FILE)?;
            }
        }
        Ok(())
    }

    fn regular(&self, file: OwnedFd) -> io::Result<File> {
        let stat = rustix::fs::fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is not a regular file"));
        }
        if is_foreign(stat.st_uid) {
            let reason = format!("it belongs to somebody else (uid {})", stat.st_uid);
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
        }
        Ok(File::from(file))
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.fd, name, AtFlags::empty())?)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.fd, from, &self.fd, to)?)
    }

    /// Moves a file to another directory, in which there must be none of that name.
    pub(super) fn rename_to(&self, name: &str, to: &Handle, new_name: &str) -> io::Result<()> {
        match to.stat(new_name)? {
            Some(_) => Err(io::ErrorKind::AlreadyExists.into()),
            None => Ok(rustix::fs::renameat(&self.fd, name, &to.fd, new_name)?),
        }
    }

    fn stat(&self, name: &str) -> io::Result<Option<Stat>> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    pub(super) fn exists(&self, name: &str) -> io::Result<bool> {
        Ok(self.stat(name)?.is_some())
    }

    pub(super) fn identity(&self, name: &str) -> io::Result<Option<Identity>> {
        Ok(self.stat(name)?.as_ref().map(identity_in))
    }

    pub(super) fn free_space(&self) -> io::Result<Option<u64>> {
        let stat = rustix::fs::fstatvfs(&self.fd)?;
        Ok(Some(stat.f_bavail.saturating_mul(stat.f_frsize)))
    }

    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd)? {
            if let Ok(name) = entry?.file_name().to_str() {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    pub(super) fn try_clone(&self) -> io::Result<Handle> {
        Ok(Handle { fd: self.fd.try_clone()?, group: self.group })
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.fd)?)
    }
}

/// Makes a directory; if another process was faster, that is as well.
fn make(at: impl std::os::fd::AsFd, path: impl rustix::path::Arg + Copy) -> Result<(), Errno> {
    match rustix::fs::mkdirat(&at, path, PRIVATE_DIRECTORY) {
        // A umask could keep even its owner out.
        Ok(()) => rustix::fs::chmodat(&at, path, PRIVATE_DIRECTORY, AtFlags::empty()),
        Err(Errno::EXIST) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Whether an owner could change records without us: neither we nor root.
fn is_foreign(owner: u32) -> bool {
    owner != 0 && owner != rustix::process::geteuid().as_raw()
}

/// Why it is no directory, if that is the reason.
fn wrong_kind(path: &Path) -> Option<OpenError> {
    let kind = std::fs::symlink_metadata(path).ok()?.file_type();
    if kind.is_symlink() {
        Some(OpenError::Link { path: path.to_owned() })
    } else if !kind.is_dir() {
        Some(OpenError::NotADirectory { path: path.to_owned() })
    } else {
        None
    }
}

#[allow(clippy::unnecessary_cast, reason = "other widths on other systems")]
fn identity_in(stat: &Stat) -> Identity {
    Identity { device: stat.st_dev as u64, number: stat.st_ino as u64 }
}

#[allow(clippy::unnecessary_cast, reason = "other widths on other systems")]
pub(super) fn len_and_identity(file: &File) -> io::Result<(u64, Option<Identity>)> {
    let stat = rustix::fs::fstat(file)?;
    Ok((stat.st_size as u64, Some(identity_in(&stat))))
}

/// Has so much space allocated for a new file.
pub(super) fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, bytes) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => {}
        allocated => return Ok(allocated?),
    }
    // No zeros: some file systems keep none.
    file.write_all_at(&vec![b'.'; usize::try_from(bytes).unwrap_or(0)], 0)
}

/// The group that may read the directory, and a file of such a name in it.
pub(super) fn group_of(path: &Path, is_named_so: impl Fn(&str) -> bool) -> Option<u32> {
    let stat = rustix::fs::lstat(path).ok()?;
    let is_for_group = |stat: &Stat, mode| Mode::from_raw_mode(stat.st_mode).contains(mode);
    let mut files = std::fs::read_dir(path).ok()?.filter_map(Result::ok);
    let file = files.find(|entry| entry.file_name().to_str().is_some_and(&is_named_so))?;
    let file = rustix::fs::lstat(file.path()).ok()?;
    let is_given = is_for_group(&stat, GROUP_DIRECTORY) && is_for_group(&file, GROUP_FILE);
    (is_given && stat.st_gid == file.st_gid).then_some(stat.st_gid)
}

/// The descriptor appends, wherever it stands. On Linux even `pwrite` does, at whatever
/// offset (pwrite(2), "Bugs"), and takes no lock for the descriptor's own place.
pub(super) fn append(file: &File, bytes: &[u8]) -> io::Result<usize> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let written = rustix::io::pwrite(file, bytes, 0)?;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let written = rustix::io::write(file, bytes)?;
    Ok(written)
}

pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}
