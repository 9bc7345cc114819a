//! An open directory.

use crate::journal::storage::refused::Sharing;
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
}
