//! An open directory.

use crate::journal::storage::refused::Sharing;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// An open directory, relative to which its files are opened. A clone is the same descriptor.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    pub(super) fd: Arc<OwnedFd>,
    pub(super) sharing: Sharing,
}

impl Handle {
    pub(super) fn new(fd: OwnedFd) -> Handle {
        Handle { fd: Arc::new(fd), sharing: Sharing::default() }
    }

    /// Makes the directory's names safe against loss of power.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.fd)?)
    }

    /// Locks the directory itself; returns whether no other process has. A file system that can't
    /// lock a directory has no others.
    pub(crate) fn try_lock(&self) -> bool {
        !matches!(flock(&*self.fd, FlockOperation::NonBlockingLockExclusive), Err(Errno::WOULDBLOCK))
    }

    /// Unlocks the directory, here and in forked children.
    pub(crate) fn unlock(&self) {
        // If this fails, closing the directory unlocks it.
        flock(&*self.fd, FlockOperation::Unlock).unwrap_or(());
    }
}
