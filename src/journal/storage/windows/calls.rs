//! Calls of Windows that the standard library has no way to: about files and disks.
#![allow(unsafe_code)]

use crate::journal::storage::log_file::Identity;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::AsRawHandle as _;
use std::path::Path;
use std::ptr::null_mut;
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT,
    FILE_READ_ATTRIBUTES, FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE, GetDiskFreeSpaceExW,
    GetFileInformationByHandle, MoveFileExW,
};

/// Turns the result of a call, 0 for a failure, into a `Result`.
pub(super) fn succeeded(result: i32) -> io::Result<()> {
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Returns text in UTF-16 with a 0 at its end, as the system takes it.
pub(super) fn wide(text: impl AsRef<OsStr>) -> Vec<u16> {
    text.as_ref().encode_wide().chain([0]).collect()
}

/// The length and the identity of an open file.
#[derive(Debug)]
pub(super) struct Information {
    pub(super) len: u64,
    pub(super) identity: Identity,
}

/// Returns the length and the identity of an open file.
pub(super) fn information(file: &File) -> io::Result<Information> {
    let mut information = BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the handle is open as long as `file` is, and there is room for the answer.
    succeeded(unsafe { GetFileInformationByHandle(file.as_raw_handle(), &raw mut information) })?;
    let both = |high, low| u64::from(high) << 32 | u64::from(low);
    Ok(Information {
        len: both(information.nFileSizeHigh, information.nFileSizeLow),
        identity: Identity {
            device: information.dwVolumeSerialNumber.into(),
            number: both(information.nFileIndexHigh, information.nFileIndexLow),
        },
    })
}

/// Returns the identity of what a path leads to, if it exists: of a link, not of its target.
pub(super) fn identity_at(path: &Path) -> io::Result<Option<Identity>> {
    let opened = OpenOptions::new()
        .access_mode(FILE_READ_ATTRIBUTES)
        .share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT)
        .open(path);
    match opened {
        Ok(file) => Ok(Some(information(&file)?.identity)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns how many bytes this account may still write to a directory's disk.
pub(super) fn free_bytes(directory: &Path) -> io::Result<u64> {
    let path = wide(directory);
    let mut bytes = 0;
    // SAFETY: the path ends with a 0, there is room for the answer, and the others are not asked for.
    succeeded(unsafe { GetDiskFreeSpaceExW(path.as_ptr(), &raw mut bytes, null_mut(), null_mut()) })?;
    Ok(bytes)
}

/// Returns that, and `false`: whether the disk is read-only is not looked at.
pub(crate) fn space_of(directory: &Path) -> io::Result<(Option<u64>, bool)> {
    Ok((Some(free_bytes(directory)?), false))
}

/// Moves a file on its disk; an error if there is one of the new name.
pub(super) fn rename_without_replacing(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (wide(from), wide(to));
    // SAFETY: both paths end with a 0.
    succeeded(unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), 0) })
}
