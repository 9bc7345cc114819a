//! A mapped file on Linux.

use crate::journal::storage::system::{check_size, check_size_now, is_immutable};
use memmap2::{Advice, MmapRaw};
use rustix::fs::{FallocateFlags, OFlags, StatVfsMountFlags, fallocate, fcntl_getfl, fcntl_setfl, fstatvfs};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Allocates blocks for so many bytes.
pub(super) fn allocate(file: &File, len: u64) -> io::Result<()> {
    check_size_now(len)?;
    Ok(fallocate(file, FallocateFlags::empty(), 0, len)?)
}

/// Lets the file be written at any offset: one that is open to append is written at its end.
pub(super) fn writes_anywhere(file: &File) -> io::Result<()> {
    Ok(fcntl_setfl(file, fcntl_getfl(file)? - OFlags::APPEND)?)
}

/// Writes all bytes at an offset.
pub(super) fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    check_size(at + bytes.len() as u64)?;
    file.write_all_at(bytes, at)
}

/// Prepares pages that are written soon: otherwise the kernel maps a page when it is first written to.
/// Returns whether they can be written, as far as the kernel tells (since Linux 5.14).
pub(super) fn prepare(map: &MmapRaw, at: usize, len: usize) -> bool {
    let prepared = map.advise_range(Advice::PopulateWrite, at, len);
    !prepared.is_err_and(|error| error.raw_os_error() == Some(Errno::FAULT.raw_os_error()))
}

/// Returns whether the file's attributes and its disk allow writing.
pub(super) fn is_writable(file: &File) -> bool {
    let is_read_only = fstatvfs(file).is_ok_and(|disk| disk.f_flag.contains(StatVfsMountFlags::RDONLY));
    !is_read_only && !is_immutable(file)
}
