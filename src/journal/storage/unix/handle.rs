//! An open directory.

use std::io;
use std::os::fd::OwnedFd;

/// An open directory, relative to which its files are opened.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(super) fd: OwnedFd,
    /// The group that may read the day files, besides their owner.
    pub(super) group: Option<u32>,
}

impl Handle {
    pub(super) fn new(fd: OwnedFd) -> Handle {
        Handle { fd, group: None }
    }

    pub(crate) fn try_clone(&self) -> io::Result<Handle> {
        Ok(Handle { fd: self.fd.try_clone()?, group: self.group })
    }

    /// Makes the directory's names safe against loss of power.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.fd)?)
    }
}
