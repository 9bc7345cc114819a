//! In place of `linux.rs` on other Unix systems.

use super::size_limit::check_size_now;
use crate::journal::storage::mapping::Mapping;
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::path::Arg;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt as _;

/// How a directory is opened that something is created in.
pub(super) const PARENT: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY);

/// Returns the error that the umask leaves the owner no access: it can be given back only through a
/// path, which others might redirect.
pub(super) fn open_unreadable(_: impl AsFd, _: impl Arg) -> io::Result<OwnedFd> {
    Err(Errno::ACCESS.into())
}

/// Appends some bytes to a file that is open to append.
pub(crate) fn append(file: &File, bytes: &[u8]) -> io::Result<usize> {
    Ok(rustix::io::write(file, bytes)?)
}

/// Allocates so many bytes of the disk for a new file.
pub(crate) fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    check_size_now(bytes)?;
    // No zeros: some file systems keep none.
    file.write_all_at(&vec![b'.'; usize::try_from(bytes).unwrap_or(0)], 0)
}

/// Returns `false`: no file is mapped here, for which it matters.
pub(crate) fn is_immutable(_: impl AsFd) -> bool {
    false
}

/// Returns an error: not every system has such a call.
pub(super) fn rename_without_replacing(_: impl AsFd, _: &str, _: impl AsFd, _: &str) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

/// Returns whether `file` may be mapped: not known here.
#[allow(clippy::unnecessary_wraps, reason = "on Linux it may fail")]
pub(crate) fn mapping_of(_: &File) -> io::Result<Mapping> {
    Ok(Mapping::Unsafe)
}
