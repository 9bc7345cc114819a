//! Creating private directories, and the security descriptors that make them so.
#![allow(unsafe_code)]

use super::calls::{succeeded, wide};
use super::descriptor::descriptor;
use crate::account::process_account;
use std::io;
use std::path::Path;
use windows_sys::Win32::Security::SECURITY_ATTRIBUTES;
use windows_sys::Win32::Storage::FileSystem::CreateDirectoryW;

/// Creates a directory to which, and to all that is created in it, only this process's account, the
/// system and administrators have access, whatever its parent passes on.
pub(super) fn create_private_directory(path: &Path) -> io::Result<()> {
    let account = process_account()?;
    // An owner; an access list that is protected from the parent's; entries that allow all access and
    // are passed on to directories and files.
    let access = format!("O:{account}D:P(A;OICI;FA;;;{account})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)");
    create_directory(path, &access)
}

/// Creates a directory with this owner and access. A long path has to be verbatim.
pub(super) fn create_directory(path: &Path, access: &str) -> io::Result<()> {
    let (path, descriptor) = (wide(path), descriptor(access)?);
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: descriptor.as_ptr(),
        bInheritHandle: 0,
    };
    // SAFETY: the path ends with a 0; the attributes and the descriptor live until after the call.
    succeeded(unsafe { CreateDirectoryW(path.as_ptr(), &raw const attributes) })
}
