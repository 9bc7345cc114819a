//! A mapped file on Linux.

use crate::journal::storage::system::{check_size, check_size_now};
use memmap2::{Advice, MmapRaw};
use rustix::fs::{FallocateFlags, OFlags, fallocate, fcntl_getfl, fcntl_setfl};
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

/// Prepares pages that are written soon. This is only a hint: the kernel maps a missing page when
/// it is first written to.
pub(super) fn prepare(map: &MmapRaw, at: usize, len: usize) {
    map.advise_range(Advice::PopulateWrite, at, len).unwrap_or(());
}
