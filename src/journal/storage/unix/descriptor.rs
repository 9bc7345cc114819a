//! Opening: the one place where files and directories get their descriptors.

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::path::Arg;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};

/// The first descriptor that is not one of the standard streams'.
const FIRST: i32 = 3;

/// How a directory is opened. A link is not followed.
pub(super) const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW);

/// Opens a file or a directory relative to an open directory.
///
/// Never as descriptor 0, 1 or 2: a daemon may have closed these, and what a library writes to
/// `stderr` would stand in the log.
pub(super) fn open_at(at: impl AsFd, path: impl Arg, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    let opened = rustix::fs::openat(at, path, flags | OFlags::CLOEXEC, mode)?;
    if opened.as_raw_fd() >= FIRST {
        return Ok(opened);
    }
    rustix::io::fcntl_dupfd_cloexec(&opened, FIRST)
}
