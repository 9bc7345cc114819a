//! Security descriptors.
#![allow(unsafe_code)]

use super::calls::{succeeded, wide};
use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::os::windows::io::AsRawHandle as _;
use std::ptr::null_mut;
use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo, SDDL_REVISION_1, SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::DACL_SECURITY_INFORMATION;

/// A security descriptor that the system has allocated.
pub(super) struct Descriptor(*mut c_void);

impl Descriptor {
    /// Returns the descriptor's address, valid as long as `self`.
    pub(super) fn as_ptr(&self) -> *mut c_void {
        self.0
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: it comes from a function whose documentation says that it is to be freed so, and
        // it is freed here only.
        unsafe { LocalFree(self.0) };
    }
}

/// Returns the security descriptor that a text of the "Security Descriptor Definition Language"
/// describes.
pub(super) fn descriptor(access: &str) -> io::Result<Descriptor> {
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
    Ok(Descriptor(descriptor))
}

/// Returns the access list of an open directory.
pub(super) fn access_of(directory: &File) -> io::Result<Descriptor> {
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
    Ok(Descriptor(descriptor))
}
