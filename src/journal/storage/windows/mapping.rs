//! Which file systems of Windows keep a mapped file's clusters in place.
#![allow(unsafe_code)]

use crate::journal::storage::mapping::Mapping;
use std::fs::File;
use std::io;
use std::os::windows::ffi::OsStringExt as _;
use std::os::windows::fs::MetadataExt as _;
use std::os::windows::io::AsRawHandle as _;
use std::ptr::null_mut;
use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_COMPRESSED, FILE_ATTRIBUTE_ENCRYPTED, FILE_ATTRIBUTE_SPARSE_FILE, GetDriveTypeW,
    GetFinalPathNameByHandleW, GetVolumeInformationByHandleW, VOLUME_NAME_DOS,
};

/// Returns whether `file` may be mapped.
///
/// Known is NTFS on a fixed local disk. It allocates clusters for all of a file, however little of
/// it is written yet, and writes into them, unless the file is compressed, encrypted or sparse; what a
/// snapshot of the volume needs is kept elsewhere. ReFS may write each cluster to a new place.
pub(crate) fn mapping_of(file: &File) -> io::Result<Mapping> {
    const NOT_IN_PLACE: u32 =
        FILE_ATTRIBUTE_COMPRESSED | FILE_ATTRIBUTE_ENCRYPTED | FILE_ATTRIBUTE_SPARSE_FILE;
    let is_in_place = file.metadata()?.file_attributes() & NOT_IN_PLACE == 0;
    let is_safe = is_in_place && file_system(file)? == "NTFS" && is_on_fixed_drive(file)?;
    Ok(if is_safe { Mapping::Safe } else { Mapping::Unsafe })
}

/// Returns the name of the file system that a file is on.
fn file_system(file: &File) -> io::Result<String> {
    let mut name = [0_u16; 64];
    // SAFETY: the handle is open, there is room for a name of so many units, and nothing else is
    // asked for.
    let result = unsafe {
        GetVolumeInformationByHandleW(
            file.as_raw_handle(),
            null_mut(),
            0,
            null_mut(),
            null_mut(),
            null_mut(),
            name.as_mut_ptr(),
            name.len() as u32,
        )
    };
    if result == 0 {
        return Err(io::Error::last_os_error());
    }
    let len = name.iter().position(|unit| *unit == 0).unwrap_or(name.len());
    Ok(String::from_utf16_lossy(&name[..len]))
}

/// Returns whether a file is on a fixed disk of this machine.
fn is_on_fixed_drive(file: &File) -> io::Result<bool> {
    /// `DRIVE_FIXED`, which would take a feature of its own.
    const FIXED: u32 = 3;
    /// More than a path can have.
    const LONGEST: usize = 33_000;
    let mut path = vec![0_u16; LONGEST];
    // SAFETY: the handle is open, and there is room for a path of so many units.
    let len = unsafe {
        GetFinalPathNameByHandleW(file.as_raw_handle(), path.as_mut_ptr(), LONGEST as u32, VOLUME_NAME_DOS)
    } as usize;
    if len == 0 || len >= LONGEST {
        return Err(io::Error::last_os_error());
    }
    // `\\?\C:\audit\...`; on a share `\\?\UNC\server\...`.
    let path = std::ffi::OsString::from_wide(&path[..len]);
    let path = path.to_string_lossy();
    let root = path.strip_prefix(r"\\?\").and_then(|path| path.get(..3));
    let Some(root) = root.filter(|root| root.ends_with(r":\")) else {
        return Ok(false);
    };
    let root = root.encode_utf16().chain([0]).collect::<Vec<_>>();
    // SAFETY: the text ends with a 0.
    Ok(unsafe { GetDriveTypeW(root.as_ptr()) } == FIXED)
}
