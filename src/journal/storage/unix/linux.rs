//! What Linux and Android do their own way: appending, allocating, moving, and mapped files.

use super::access::{PRIVATE_DIRECTORY, is_private};
use super::descriptor::{DIRECTORY, open_at};
use super::size_limit::check_size_now;
use crate::journal::storage::mapping::Mapping;
use rustix::fs::{
    FallocateFlags, IFlags, Mode, OFlags, RenameFlags, chmod, fallocate, fstat, fstatfs, ioctl_getflags,
    ioctl_setflags, renameat_with,
};
use rustix::io::Errno;
use rustix::path::Arg;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::unix::fs::FileExt as _;

/// How a directory is opened that something is created in: it need not be readable.
pub(super) const PARENT: OFlags = OFlags::PATH.union(OFlags::DIRECTORY);

/// Opens a new directory to which the umask has left its owner no access, and gives it back.
pub(super) fn open_unreadable(at: impl AsFd, name: impl Arg + Copy) -> io::Result<OwnedFd> {
    let directory = open_at(&at, name, PARENT | OFlags::NOFOLLOW, Mode::empty())?;
    if is_private(&fstat(&directory)?) {
        // The mode of a directory that is open in this way can be changed by such a path alone.
        chmod(format!("/proc/self/fd/{}", directory.as_raw_fd()), PRIVATE_DIRECTORY)?;
    }
    Ok(open_at(directory, ".", DIRECTORY, Mode::empty())?)
}

/// Appends some bytes to a file that is open to append.
///
/// `pwrite` appends, too, at whatever offset (pwrite(2), "Bugs"), and takes no lock for the
/// descriptor's position.
pub(crate) fn append(file: &File, bytes: &[u8]) -> io::Result<usize> {
    Ok(rustix::io::pwrite(file, bytes, 0)?)
}

/// Allocates so many bytes of the disk for a new file.
pub(crate) fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    check_size_now(bytes)?;
    match fallocate(file, FallocateFlags::empty(), 0, bytes) {
        // No zeros: some file systems keep none.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
            file.write_all_at(&vec![b'.'; usize::try_from(bytes).unwrap_or(0)], 0)
        }
        allocated => Ok(allocated?),
    }
}

/// Returns whether a file or directory is immutable (`chattr +i`), if the system tells.
pub(crate) fn is_immutable(file: impl AsFd) -> bool {
    ioctl_getflags(file).is_ok_and(|flags| flags.contains(IFlags::IMMUTABLE))
}

/// Moves a file; an error if there is one of the new name.
pub(super) fn rename_without_replacing(
    from: impl AsFd,
    name: &str,
    to: impl AsFd,
    new_name: &str,
) -> Result<(), Errno> {
    renameat_with(from, name, to, new_name, RenameFlags::NOREPLACE)
}

/// Returns whether `file` may be mapped.
///
/// Known are ext4, tmpfs, XFS and btrfs. btrfs writes each block to a new place, unless it was
/// told not to while the file was empty: this function does so.
pub(crate) fn mapping_of(file: &File) -> io::Result<Mapping> {
    const EXT4: u64 = 0xef53;
    const TMPFS: u64 = 0x0102_1994;
    const XFS: u64 = 0x5846_5342;
    const BTRFS: u64 = 0x9123_683e;
    match fstatfs(file)?.f_type as u64 {
        EXT4 | TMPFS => Ok(Mapping::Safe),
        XFS => Ok(Mapping::SafeWithSpace),
        BTRFS => {
            let flags = ioctl_getflags(file)?;
            if !flags.contains(IFlags::NOCOW) && file.metadata()?.len() == 0 {
                ioctl_setflags(file, flags | IFlags::NOCOW)?;
            }
            let is_in_place = ioctl_getflags(file)?.contains(IFlags::NOCOW);
            Ok(if is_in_place { Mapping::SafeWithSpace } else { Mapping::Unsafe })
        }
        _ => Ok(Mapping::Unsafe),
    }
}
