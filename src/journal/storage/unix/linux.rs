//! What Linux and Android do their own way: appending, allocating, moving, and mapped files.

use super::files::write_all_at;
use crate::journal::storage::mapping::Mapping;
use rustix::fs::{
    FallocateFlags, IFlags, RenameFlags, fallocate, fstatfs, ioctl_getflags, ioctl_setflags, renameat_with,
};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;

/// Appends some bytes to a file that is open to append.
///
/// `pwrite` appends, too, at whatever offset (pwrite(2), "Bugs"), and takes no lock for the
/// descriptor's position.
pub(crate) fn append(file: &File, bytes: &[u8]) -> io::Result<usize> {
    Ok(rustix::io::pwrite(file, bytes, 0)?)
}

/// Allocates so many bytes of the disk for a new file.
pub(crate) fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, bytes) {
        // No zeros: some file systems keep none.
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => {
            write_all_at(file, &vec![b'.'; usize::try_from(bytes).unwrap_or(0)], 0)
        }
        allocated => Ok(allocated?),
    }
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
