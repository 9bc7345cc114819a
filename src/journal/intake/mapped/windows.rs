//! A mapped file on Windows.

use memmap2::MmapRaw;
use std::fs::File;
use std::io;
use std::os::windows::fs::FileExt as _;

/// Gives the file that length, with which it has clusters for all of it. What is new is 0.
pub(super) fn allocate(file: &File, len: u64) -> io::Result<()> {
    if file.metadata()?.len() < len { file.set_len(len) } else { Ok(()) }
}

/// It does: no file is opened to append here.
#[allow(clippy::unnecessary_wraps, reason = "on Linux it may fail")]
pub(super) fn writes_anywhere(_: &File) -> io::Result<()> {
    Ok(())
}

pub(super) fn write_all_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = file.seek_write(bytes, at)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        at += written as u64;
        bytes = &bytes[written..];
    }
    Ok(())
}

/// There is no such hint: a page is had when it is first written to.
pub(super) fn prepare(_: &MmapRaw, _: usize, _: usize) {}
