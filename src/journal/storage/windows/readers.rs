//! Which large groups of accounts may read a directory, or write in it.
#![allow(unsafe_code)]

use super::calls::succeeded;
use super::descriptor::{Descriptor, access_of};
use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::ptr::null_mut;
use windows_sys::Win32::Foundation::{GENERIC_ALL, GENERIC_READ, GENERIC_WRITE};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACL, GetAce, GetSecurityDescriptorDacl, IsWellKnownSid, OBJECT_INHERIT_ACE, PSID,
    WELL_KNOWN_SID_TYPE, WinAuthenticatedUserSid, WinBuiltinUsersSid, WinInteractiveSid, WinWorldSid,
};
use windows_sys::Win32::Storage::FileSystem::{
    DELETE, FILE_APPEND_DATA, FILE_DELETE_CHILD, FILE_READ_DATA, FILE_WRITE_DATA, WRITE_DAC, WRITE_OWNER,
};

/// Returns a large group of accounts that may read a directory's files.
pub(super) fn readable_by(directory: &File) -> io::Result<Option<&'static str>> {
    group_that(&access_of(directory)?, reads)
}

/// Returns a large group of accounts that may replace a directory's files, or the directory.
pub(super) fn replaceable_by(directory: &File) -> io::Result<Option<&'static str>> {
    group_that(&access_of(directory)?, replaces)
}

/// Returns a large group of accounts that may create files in a directory.
pub(super) fn extensible_by(directory: &File) -> io::Result<Option<&'static str>> {
    group_that(&access_of(directory)?, creates)
}

fn reads(mask: u32, _: u32) -> bool {
    mask & (FILE_READ_DATA | GENERIC_READ | GENERIC_ALL) != 0
}

/// As without the sticky bit on Unix. An entry that files do not inherit lets its group create files,
/// not write to those of others.
fn replaces(mask: u32, flags: u32) -> bool {
    const CHANGES: u32 = DELETE | FILE_DELETE_CHILD | WRITE_DAC | WRITE_OWNER | GENERIC_WRITE | GENERIC_ALL;
    let writes = flags & OBJECT_INHERIT_ACE != 0 && creates(mask, flags);
    mask & CHANGES != 0 || writes
}

fn creates(mask: u32, _: u32) -> bool {
    // The same bits as FILE_ADD_FILE and FILE_ADD_SUBDIRECTORY.
    mask & (FILE_WRITE_DATA | FILE_APPEND_DATA) != 0
}

/// Returns a large group that a security descriptor allows something, by an entry's mask and flags.
fn group_that(descriptor: &Descriptor, allows: fn(u32, u32) -> bool) -> io::Result<Option<&'static str>> {
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
        if let Some(who) = group_of_entry(entry.cast(), allows) {
            return Ok(Some(who));
        }
    }
    Ok(None)
}

/// Returns the large group that an entry of an access list allows something.
fn group_of_entry(entry: *const ACCESS_ALLOWED_ACE, allows: fn(u32, u32) -> bool) -> Option<&'static str> {
    /// `ACCESS_ALLOWED_ACE_TYPE`, which would take a feature of its own.
    const ALLOWS: u8 = 0;
    const NAMES: [(WELL_KNOWN_SID_TYPE, &str); 4] = [
        (WinWorldSid, "everybody"),
        (WinAuthenticatedUserSid, "every authenticated user"),
        (WinBuiltinUsersSid, "the group Users"),
        (WinInteractiveSid, "everybody who is logged on"),
    ];
    // SAFETY: entries of all kinds begin with a header.
    let header = unsafe { (*entry).Header };
    if header.AceType != ALLOWS {
        return None;
    }
    // SAFETY: entries of that kind have a mask, and a SID that begins at `SidStart`.
    let (mask, sid) = unsafe { ((*entry).Mask, (&raw const (*entry).SidStart).cast_mut().cast::<c_void>()) };
    let sid: PSID = sid;
    if !allows(mask, header.AceFlags.into()) {
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
            assert_eq!(group_that(&descriptor(access).unwrap(), reads).unwrap(), who, "{access}");
        }
    }
    #[test]
    fn a_large_group_that_may_replace_files_is_told_from_one_that_may_only_create_some() {
        for (access, replaces_them, creates_some) in [
            ("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;S-1-5-21-1-2-3-1001)", None, None),
            ("D:(A;OICI;FR;;;WD)", None, None),
            ("O:SY", Some("everybody"), Some("everybody")),
            ("D:(A;OICI;FA;;;WD)", Some("everybody"), Some("everybody")),
            ("D:(A;OICI;FW;;;BU)", Some("the group Users"), Some("the group Users")),
            // "Modify", as `C:`.
            (
                "D:(A;OICIID;0x1301bf;;;AU)",
                Some("every authenticated user"),
                Some("every authenticated user"),
            ),
            ("D:(A;OICIIO;GW;;;BU)", Some("the group Users"), None),
            ("D:(A;;0x40;;;WD)", Some("everybody"), None),
            ("D:(A;;WD;;;WD)", Some("everybody"), None),
            // As below %ProgramData%.
            ("D:(A;CI;DCLCRPCR;;;BU)", None, Some("the group Users")),
        ] {
            let descriptor = descriptor(access).unwrap();
            assert_eq!(group_that(&descriptor, replaces).unwrap(), replaces_them, "{access}");
            assert_eq!(group_that(&descriptor, creates).unwrap(), creates_some, "{access}");
        }
    }
}
