//! A mapped file on Linux.

use super::Mapping;
use memmap2::{Advice, MmapRaw};
use rustix::fs::{
    FallocateFlags, IFlags, OFlags, fallocate, fcntl_getfl, fcntl_setfl, fstatfs, ioctl_getflags,
    ioctl_setflags,
};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// What is known of the file system: of ext4, tmpfs and XFS. btrfs writes elsewhere each
/// time, unless it was told not to while the file was empty: that is done here.
pub(super) fn mapping(file: &File) -> io::Result<Mapping> {
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

/// Has blocks allocated for so many bytes.
pub(super) fn allocate(file: &File, len: u64) -> io::Result<()> {
    Ok(fallocate(file, FallocateFlags::empty(), 0, len)?)
}

/// Else it would be appended to, at whatever place it is written.
pub(super) fn writes_anywhere(file: &File) -> io::Result<()> {
    Ok(fcntl_setfl(file, fcntl_getfl(file)? - OFlags::APPEND)?)
}

pub(super) fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    file.write_all_at(bytes, at)
}

/// Only a hint: without it a page is had when it is first written to.
pub(super) fn prepare(map: &MmapRaw, at: usize, len: usize) {
    map.advise_range(Advice::PopulateWrite, at, len).unwrap_or(());
}
