//! Which file systems of Linux keep a mapped file's blocks in place.

use super::mapping::Mapping;
use rustix::fs::{IFlags, fstatfs, ioctl_getflags, ioctl_setflags};
use std::fs::File;
use std::io;

/// Returns whether `file` may be mapped.
///
/// Known are ext4, tmpfs, XFS and btrfs. btrfs writes each block to a new place, unless it was
/// told not to while the file was empty: this function does so.
pub(in crate::journal) fn mapping_of(file: &File) -> io::Result<Mapping> {
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
