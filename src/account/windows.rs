//! On Windows: the security identifier (SID) in the process's token.
#![allow(unsafe_code)]

use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::ptr::null_mut;
use windows_sys::Win32::Foundation::{HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::ConvertSidToStringSidW;
use windows_sys::Win32::Security::{
    GetTokenInformation, SECURITY_MAX_SID_SIZE, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

/// Room for a `TOKEN_USER` and the SID that it points to, in units that keep it aligned.
const USER_WORDS: usize = (size_of::<TOKEN_USER>() + SECURITY_MAX_SID_SIZE as usize).div_ceil(8);

/// Returns the SID of the account that the process runs as, such as `S-1-5-21-1-2-3-1001`.
/// Impersonation by a thread does not change it.
///
/// # Errors
///
/// The operating system's error, if the token cannot be opened or read.
pub(crate) fn process_account() -> io::Result<String> {
    let mut token: HANDLE = null_mut();
    // SAFETY: the process's pseudo handle is always valid, and `token` has room for the answer.
    succeeded(unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) })?;
    // SAFETY: the handle was opened by the call above, and has no other owner.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    let mut user = [0_u64; USER_WORDS];
    let mut len = 0;
    // SAFETY: the handle is open, and the buffer is as long as the call is told.
    succeeded(unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            user.as_mut_ptr().cast(),
            size_of_val(&user) as u32,
            &raw mut len,
        )
    })?;
    // SAFETY: the buffer is aligned for a `TOKEN_USER`, and the call has written one.
    let sid = unsafe { (*user.as_ptr().cast::<TOKEN_USER>()).User.Sid };
    let mut text = null_mut();
    // SAFETY: the SID lies in `user`, which has not moved, and `text` has room for the answer.
    succeeded(unsafe { ConvertSidToStringSidW(sid, &raw mut text) })?;
    let text = LocalString(text);
    let mut sid = String::new();
    for at in 0.. {
        // SAFETY: the text ends with a NUL, and nothing behind it is read.
        match unsafe { *text.0.add(at) } {
            0 => break,
            // A SID's text is ASCII: digits, dashes and an S.
            unit => sid.extend(char::from_u32(unit.into())),
        }
    }
    Ok(sid)
}

fn succeeded(result: i32) -> io::Result<()> {
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// A string that the system has allocated, freed when it is dropped.
struct LocalString(*mut u16);

impl Drop for LocalString {
    fn drop(&mut self) {
        // SAFETY: `ConvertSidToStringSidW` documents that its string is freed so, once; there is
        // no other owner.
        unsafe { LocalFree(self.0.cast()) };
    }
}
