//! The scheduling priority of a follower's thread.
//!
//! With a low one, an application that emits events without a pause keeps more than nine tenths of
//! its throughput while a mirror catches up; without it, two thirds.

use std::io;
use std::thread::JoinHandle;

/// Lowers the priority of the current thread. If the operating system refuses, the thread keeps its
/// priority. Without `wanted`, only where that can't end the process.
pub(super) fn lower(wanted: Option<bool>) {
    if runs_at_low_priority(wanted) {
        system::lower();
    }
}

/// Starts a thread of this name. It has a low priority as [`lower`] has it.
pub(crate) fn spawn_at_low_priority(
    name: &str,
    wanted: Option<bool>,
    run: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        lower(wanted);
        run();
    })
}

/// Returns whether the priority is lowered: as `wanted`, else where that can't end the process.
pub(crate) fn runs_at_low_priority(wanted: Option<bool>) -> bool {
    wanted.unwrap_or_else(|| !system::may_kill())
}

#[cfg(target_os = "linux")]
mod system {
    /// Returns whether systemd has started the process, with a filter of system calls. Its group
    /// `@resources`, which many units exclude, has the one that lowers a priority, and by default a
    /// call that is excluded ends the process.
    pub(super) fn may_kill() -> bool {
        if std::env::var_os("INVOCATION_ID").is_none() {
            return false;
        }
        // A filter may be this thread's alone.
        ["/proc/self/status", "/proc/thread-self/status"].into_iter().any(|path| {
            let status = std::fs::read_to_string(path).unwrap_or_default();
            let mode = status.lines().find_map(|line| line.strip_prefix("Seccomp:"));
            // 0 is no filter.
            mode.is_none_or(|mode| mode.trim() != "0")
        })
    }

    pub(super) fn lower() {
        // On Linux, each thread has a nice value of its own.
        const NICE: i32 = 10;
        let thread = rustix::thread::gettid();
        // At the usual priority it works, too.
        rustix::process::setpriority_process(Some(thread), NICE).unwrap_or(());
    }
}

#[cfg(windows)]
#[allow(unsafe_code)]
mod system {
    use windows_sys::Win32::System::Threading::{
        GetCurrentThread, SetThreadPriority, THREAD_PRIORITY_BELOW_NORMAL,
    };

    pub(super) fn may_kill() -> bool {
        false
    }

    pub(super) fn lower() {
        // SAFETY: the pseudo-handle of the current thread is always valid.
        unsafe { SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_BELOW_NORMAL) };
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
mod system {
    pub(super) fn may_kill() -> bool {
        false
    }

    pub(super) fn lower() {}
}
