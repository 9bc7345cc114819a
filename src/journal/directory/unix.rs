//! Directories and files on Unix, by handle.

use crate::error::OpenError;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Read, write and search for the owner, nothing for others.
const PRIVATE_DIRECTORY: Mode = Mode::RWXU;
/// Read and write for the owner, nothing for others.
const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const FILE: OFlags =
    OFlags::RDWR.union(OFlags::APPEND).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

const FILE_TO_READ: OFlags =
    OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

#[derive(Debug)]
pub(crate) struct Handle(OwnedFd);

impl Handle {
    /// The journal's directory, made if it is missing.
    pub(super) fn root(path: &Path) -> Result<Handle, OpenError> {
        let fail = |source: io::Error| OpenError::Directory { path: path.to_owned(), source };
        match rustix::fs::open(path, DIRECTORY, Mode::empty()) {
            Ok(directory) => Handle(directory).checked(path),
            Err(Errno::NOENT) => {
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent).map_err(fail)?;
                }
                make(CWD, path)
                    .and_then(|()| Ok(Handle(rustix::fs::open(path, DIRECTORY, Mode::empty())?)))
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
        let open = || rustix::fs::openat(&self.0, name, DIRECTORY, Mode::empty());
        match open() {
            Err(Errno::NOENT) => {
                make(&self.0, name)?;
                let child = open()?;
                rustix::fs::fchmod(&child, PRIVATE_DIRECTORY)?;
                Ok(Handle(child))
            }
            other => Ok(Handle(other?)),
        }
    }

    /// It was made just now: the umask must not make it less than private.
    fn made_private(self, path: &Path) -> Result<Handle, OpenError> {
        rustix::fs::fchmod(&self.0, PRIVATE_DIRECTORY)
            .map_err(|errno| OpenError::Directory { path: path.to_owned(), source: errno.into() })?;
        self.checked(path)
    }

    /// Refuses a directory that somebody else owns.
    fn checked(self, path: &Path) -> Result<Handle, OpenError> {
        let stat = rustix::fs::fstat(&self.0)
            .map_err(|errno| OpenError::Directory { path: path.to_owned(), source: errno.into() })?;
        if is_foreign(stat.st_uid) {
            return Err(OpenError::ForeignOwner { path: path.to_owned(), owner: stat.st_uid });
        }
        Ok(self)
    }

    /// Who else may read what is in it.
    pub(super) fn readable_by_others(&self) -> Option<&'static str> {
        let mode = Mode::from_raw_mode(rustix::fs::fstat(&self.0).ok()?.st_mode);
        if mode.intersects(Mode::RWXO) {
            Some("everybody")
        } else if mode.intersects(Mode::RWXG) {
            Some("its group")
        } else {
            None
        }
    }

    /// Opens a file to read and to append.
    pub(crate) fn open(&self, name: &str) -> io::Result<File> {
        self.regular(rustix::fs::openat(&self.0, name, FILE, Mode::empty())?)
    }

    /// Opens a file to read.
    pub(super) fn open_to_read(&self, name: &str) -> io::Result<File> {
        self.regular(rustix::fs::openat(&self.0, name, FILE_TO_READ, Mode::empty())?)
    }

    /// Makes a file; an error if there is one.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        let flags = FILE | OFlags::CREATE | OFlags::EXCL;
        let file = rustix::fs::openat(&self.0, name, flags, PRIVATE_FILE)?;
        rustix::fs::fchmod(&file, PRIVATE_FILE)?;
        Ok(File::from(file))
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
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    pub(super) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?)
    }

    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            if let Ok(name) = entry?.file_name().to_str() {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    pub(super) fn try_clone(&self) -> io::Result<Handle> {
        Ok(Handle(self.0.try_clone()?))
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.0)?)
    }
}

/// Makes a directory; if another process was faster, that is as well.
fn make(at: impl std::os::fd::AsFd, path: impl rustix::path::Arg) -> Result<(), Errno> {
    match rustix::fs::mkdirat(at, path, PRIVATE_DIRECTORY) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
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

/// The descriptor appends, wherever it stands.
pub(super) fn append(mut file: &File, bytes: &[u8]) -> io::Result<usize> {
    file.write(bytes)
}

pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.read_at(buffer, offset)
}
