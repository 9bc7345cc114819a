//! What of Windows has to be called directly, since the standard library has no way to it.
#![allow(unsafe_code)]

use super::Identity;
use crate::account::process_account;
use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::os::windows::io::AsRawHandle as _;
use std::path::Path;
use std::ptr::null_mut;
use windows_sys::Win32::Foundation::{GENERIC_ALL, GENERIC_READ, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo, SDDL_REVISION_1, SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACL, DACL_SECURITY_INFORMATION, GetAce, GetSecurityDescriptorDacl, IsWellKnownSid,
    PSID, SECURITY_ATTRIBUTES, WELL_KNOWN_SID_TYPE, WinAuthenticatedUserSid, WinBuiltinUsersSid,
    WinInteractiveSid, WinWorldSid,
};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, CreateDirectoryW, FILE_READ_DATA, GetDiskFreeSpaceExW,
    GetFileInformationByHandle,
};

/// Something that the system has allocated for us.
struct Local(*mut c_void);

impl Drop for Local {
    fn drop(&mut self) {
        // SAFETY: each of these was given by a function whose documentation says that it is to be
        // freed so, and nobody else frees it.
        unsafe { LocalFree(self.0) };
    }
}

fn succeeded(result: i32) -> io::Result<()> {
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// As the system takes strings.
fn wide(text: impl AsRef<std::ffi::OsStr>) -> Vec<u16> {
    text.as_ref().encode_wide().chain([0]).collect()
}

/// What is known of an open file.
#[derive(Debug)]
pub(super) struct Information {
    pub(super) len: u64,
    pub(super) identity: Identity,
}

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

/// How much this account may still write into a directory's disk, in bytes.
pub(super) fn free_bytes(directory: &Path) -> io::Result<u64> {
    let path = wide(directory);
    let mut bytes = 0;
    // SAFETY: the path ends with a 0, there is room for the answer, and the others are not asked for.
    succeeded(unsafe { GetDiskFreeSpaceExW(path.as_ptr(), &raw mut bytes, null_mut(), null_mut()) })?;
    Ok(bytes)
}

/// Makes a directory to which, and to all that is made in it, this process's account, the system
/// and administrators have access, and nobody else, whatever is so for the one that it is in.
pub(super) fn make_private_directory(path: &Path) -> io::Result<()> {
    let account = process_account()?;
    // An owner; a list that is protected from the parent's; of entries that allow, passed on to
    // directories and files in it, all access.
    let access = format!("O:{account}D:P(A;OICI;FA;;;{account})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)");
    make_directory(path, &access)
}

/// Makes a directory with this owner and this access. A long path has to be verbatim.
pub(super) fn make_directory(path: &Path, access: &str) -> io::Result<()> {
    let (path, descriptor) = (wide(path), descriptor(access)?);
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: descriptor.0,
        bInheritHandle: 0,
    };
    // SAFETY: the path ends with a 0; the attributes and the descriptor live until after the call.
    succeeded(unsafe { CreateDirectoryW(path.as_ptr(), &raw const attributes) })
}

/// A security descriptor, from how Windows writes it down ("Security Descriptor Definition
/// Language").
fn descriptor(access: &str) -> io::Result<Local> {
    let text = wide(access);
    let mut descriptor = null_mut();
    // SAFETY: the text ends with a 0, there is room for the answer, and its length is not asked for.
    succeeded(unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            text.as_ptr(),
            SDDL_REVISION_1,
            &raw mut descriptor,
            null_mut(),
        )
    })?;
    Ok(Local(descriptor))
}

/// Whoever else may read what is in a directory, of those that are everybody, or nearly.
pub(super) fn readable_by(directory: &File) -> io::Result<Option<&'static str>> {
    let mut descriptor = null_mut();
    // SAFETY: the handle is open, there is room for the answer, and the others are not asked for.
    let error = unsafe {
        GetSecurityInfo(
            directory.as_raw_handle(),
            SE_FILE_OBJECT,
            DACL_SECURITY_INFORMATION,
            null_mut(),
            null_mut(),
            null_mut(),
            null_mut(),
            &raw mut descriptor,
        )
    };
    if error != 0 {
        return Err(io::Error::from_raw_os_error(error.cast_signed()));
    }
    lets_read(&Local(descriptor))
}

/// Whom of those a security descriptor lets read.
fn lets_read(descriptor: &Local) -> io::Result<Option<&'static str>> {
    let (mut is_there, mut is_default) = (0, 0);
    let mut list: *mut ACL = null_mut();
    // SAFETY: the descriptor is whole, and there is room for the answers.
    succeeded(unsafe {
        GetSecurityDescriptorDacl(descriptor.0, &raw mut is_there, &raw mut list, &raw mut is_default)
    })?;
    if is_there == 0 || list.is_null() {
        return Ok(Some("everybody"));
    }
    // SAFETY: it is the descriptor's.
    let count = unsafe { (*list).AceCount };
    for n in 0..count {
        let mut entry = null_mut();
        // SAFETY: the list is whole, and there is room for the answer, which points into it.
        succeeded(unsafe { GetAce(list, n.into(), &raw mut entry) })?;
        if let Some(who) = entry_lets_read(entry.cast()) {
            return Ok(Some(who));
        }
    }
    Ok(None)
}

/// Whom of those an entry of a list lets read.
fn entry_lets_read(entry: *const ACCESS_ALLOWED_ACE) -> Option<&'static str> {
    /// `ACCESS_ALLOWED_ACE_TYPE`, which would take a feature of its own.
    const ALLOWS: u8 = 0;
    const NAMES: [(WELL_KNOWN_SID_TYPE, &str); 4] = [
        (WinWorldSid, "everybody"),
        (WinAuthenticatedUserSid, "every authenticated user"),
        (WinBuiltinUsersSid, "the group Users"),
        (WinInteractiveSid, "everybody who is logged on"),
    ];
    // SAFETY: entries of all kinds begin with a header.
    if unsafe { (*entry).Header.AceType } != ALLOWS {
        return None;
    }
    // SAFETY: entries of that kind have a mask, and a SID that begins at `SidStart`.
    let (mask, sid) = unsafe { ((*entry).Mask, (&raw const (*entry).SidStart).cast_mut().cast::<c_void>()) };
    let sid: PSID = sid;
    if mask & (FILE_READ_DATA | GENERIC_READ | GENERIC_ALL) == 0 {
        return None;
    }
    // SAFETY: the SID is in the list.
    NAMES.iter().find(|(kind, _)| unsafe { IsWellKnownSid(sid, *kind) } != 0).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_are_nearly_everybody_are_known() {
        for (access, who) in [
            ("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FR;;;S-1-5-21-1-2-3-1001)", None),
            ("D:", None),
            ("O:SY", Some("everybody")),
            ("D:(A;OICI;FA;;;SY)(A;OICI;FR;;;WD)", Some("everybody")),
            ("D:(A;OICIIO;GR;;;AU)", Some("every authenticated user")),
            ("D:(A;;FA;;;BU)", Some("the group Users")),
            ("D:(A;;GA;;;IU)", Some("everybody who is logged on")),
            // To write is not to read, and who is denied may not.
            ("D:(A;;0x2;;;WD)(D;;FA;;;AU)", None),
        ] {
            assert_eq!(lets_read(&descriptor(access).unwrap()).unwrap(), who, "{access}");
        }
    }
}
