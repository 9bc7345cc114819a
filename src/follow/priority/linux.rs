//! Priorities of threads on Linux, where each thread has a nice value of its own.

use rustix::process::{getpid, getpriority_process, setpriority_process};
use rustix::thread::gettid;

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
    const NICE: i32 = 10;
    // At the usual priority it works, too.
    setpriority_process(Some(gettid()), NICE).unwrap_or(());
}

/// Sets the thread's nice value to that of the main thread. That takes `CAP_SYS_NICE`, or a limit
/// (`RLIMIT_NICE`) that permits it; without, nothing happens.
pub(super) fn raise() {
    let usual = getpriority_process(Some(getpid()));
    usual.and_then(|nice| setpriority_process(Some(gettid()), nice)).unwrap_or(());
}
