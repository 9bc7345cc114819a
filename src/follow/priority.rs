//! How much a follower yields to the rest of the application.

/// Lets this thread run when others do not want to: with this, an application that emits as fast
/// as it can keeps more than nine tenths of its speed while a mirror catches up, and without it two
/// thirds. Where that can't be had, it runs like any other.
#[cfg(target_os = "linux")]
pub(super) fn lower() {
    // On Linux, a thread has a priority of its own.
    const NICE: i32 = 10;
    let thread = rustix::thread::gettid();
    rustix::process::setpriority_process(Some(thread), NICE).unwrap_or(());
}

#[cfg(windows)]
#[allow(unsafe_code)]
pub(super) fn lower() {
    use windows_sys::Win32::System::Threading::{
        GetCurrentThread, SetThreadPriority, THREAD_PRIORITY_BELOW_NORMAL,
    };
    // SAFETY: it is this thread's own handle, which is always valid.
    unsafe { SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_BELOW_NORMAL) };
}

#[cfg(not(any(target_os = "linux", windows)))]
pub(super) fn lower() {}
