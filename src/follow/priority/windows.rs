//! Priorities of threads on Windows.
#![allow(unsafe_code)]

use windows_sys::Win32::System::Threading::{
    GetCurrentThread, SetThreadPriority, THREAD_PRIORITY_BELOW_NORMAL, THREAD_PRIORITY_NORMAL,
};

pub(super) fn may_kill() -> bool {
    false
}

pub(super) fn lower() {
    // SAFETY: the pseudo-handle of the current thread is always valid.
    unsafe { SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_BELOW_NORMAL) };
}

pub(super) fn raise() {
    // SAFETY: as above.
    unsafe { SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_NORMAL) };
}
