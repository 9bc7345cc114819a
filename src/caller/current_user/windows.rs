//! By its security identifier, which is in the process's token.
#![allow(unsafe_code)]

use std::ptr;
use windows_sys::Win32::Foundation::{CloseHandle, HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::ConvertSidToStringSidW;
use windows_sys::Win32::Security::{
    GetTokenInformation, SECURITY_MAX_SID_SIZE, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

/// Room for a `TOKEN_USER` and, behind it, for the SID to which it points.
#[repr(C)]
struct User {
    head: TOKEN_USER,
    sid: [u8; SECURITY_MAX_SID_SIZE as usize],
}

pub(super) fn user() -> Option<String> {
    let token = Token::of_the_process()?;
    // SAFETY: the structure is of integers, a pointer and bytes, for all of which 0 is a value.
    let mut user = unsafe { std::mem::zeroed::<User>() };
    let size = u32::try_from(size_of::<User>()).ok()?;
    let mut used = 0;
    // SAFETY: the token is open. The buffer is as long as is said, and aligned for what is written
    // to its beginning, since it begins with one; no SID is longer than there is room for.
    let told = unsafe {
        GetTokenInformation(token.0, TokenUser, ptr::from_mut(&mut user).cast(), size, &raw mut used)
    };
    if told == 0 {
        return None;
    }
    let mut text = ptr::null_mut();
    // SAFETY: the SID is in `user`, which is still where it was when it was filled. What comes
    // back is a string that ends with a NUL, and is ours to free.
    unsafe {
        if ConvertSidToStringSidW(user.head.User.Sid, &raw mut text) == 0 {
            return None;
        }
        let mut len = 0;
        while *text.add(len) != 0 {
            len += 1;
        }
        let sid = String::from_utf16(std::slice::from_raw_parts(text, len)).ok();
        LocalFree(text.cast());
        sid
    }
}

/// An open token.
struct Token(HANDLE);

impl Token {
    fn of_the_process() -> Option<Token> {
        let mut token = ptr::null_mut();
        // SAFETY: the process's own handle is a constant, and needs no closing; the other pointer
        // is to a place for a handle.
        let is_open = unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) };
        (is_open != 0).then_some(Token(token))
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // SAFETY: the handle is this one's alone, and is not used any more.
        unsafe { CloseHandle(self.0) };
    }
}
