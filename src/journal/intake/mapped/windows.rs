//! A mapped file on Windows.

pub(super) use crate::journal::storage::system::write_all_at;

use memmap2::MmapRaw;
use std::fs::File;
use std::io;

/// Sets the length of the file, which allocates clusters for all of it. New bytes are 0.
pub(super) fn allocate(file: &File, len: u64) -> io::Result<()> {
    if file.metadata()?.len() < len { file.set_len(len) } else { Ok(()) }
}

/// Does nothing: no file is opened to append here.
#[allow(clippy::unnecessary_wraps, reason = "on Linux it may fail")]
pub(super) fn writes_anywhere(_: &File) -> io::Result<()> {
    Ok(())
}

/// Does nothing: the system maps a page when it is first written to.
pub(super) fn prepare(_: &MmapRaw, _: usize, _: usize) -> bool {
    true
}

/// Returns `true`: no attribute takes writing away from a file that is mapped.
pub(super) fn is_writable(_: &File) -> bool {
    true
}
