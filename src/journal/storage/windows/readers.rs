//! Which large groups of accounts may read a directory.
#![allow(unsafe_code)]

use super::calls::succeeded;
use super::descriptor::{Descriptor, access_of};
use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::ptr::null_mut;
use windows_sys::Win32::Foundation::{GENERIC_ALL, GENERIC_READ};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACL, GetAce, GetSecurityDescriptorDacl, IsWellKnownSid, PSID, WELL_KNOWN_SID_TYPE,
    WinAuthenticatedUserSid, WinBuiltinUsersSid, WinInteractiveSid, WinWorldSid,
};
use windows_sys::Win32::Storage::FileSystem::FILE_READ_DATA;

/// Returns a large group of accounts that may read a directory's files.
pub(super) fn readable_by(directory: &File) -> io::Result<Option<&'static str>> {
    lets_read(&access_of(directory)?)
}

/// Returns a large group that a security descriptor lets read.
fn lets_read(descriptor: &Descriptor) -> io::Result<Option<&'static str>> {
    let (mut is_there, mut is_default) = (0, 0);
    let mut list: *mut ACL = null_mut();
    // SAFETY: the descriptor is whole, and there is room for the answers.
    succeeded(unsafe {
        GetSecurityDescriptorDacl(descriptor.as_ptr(), &raw mut is_there, &raw mut list, &raw mut is_default)
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

/// Returns the large group that an entry of an access list lets read.
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
    use super::super::descriptor::descriptor;
    use super::*;

    #[test]
    fn large_groups_are_known() {
        for (access, who) in [
            ("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FR;;;S-1-5-21-1-2-3-1001)", None),
            ("D:", None),
            ("O:SY", Some("everybody")),
            ("D:(A;OICI;FA;;;SY)(A;OICI;FR;;;WD)", Some("everybody")),
            ("D:(A;OICIIO;GR;;;AU)", Some("every authenticated user")),
            ("D:(A;;FA;;;BU)", Some("the group Users")),
            ("D:(A;;GA;;;IU)", Some("everybody who is logged on")),
            // Writing is not reading, and a denied account may not read.
            ("D:(A;;0x2;;;WD)(D;;FA;;;AU)", None),
        ] {
            assert_eq!(lets_read(&descriptor(access).unwrap()).unwrap(), who, "{access}");
        }
    }
}
