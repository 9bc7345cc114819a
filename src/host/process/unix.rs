//! On Unix: signals, and on Linux `/proc`.

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

/// Returns whether there is a process of this id.
pub(super) fn exists(pid: u32) -> Option<bool> {
    let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
    match test_kill_process(pid) {
        // It is one of another account.
        Ok(()) | Err(Errno::PERM) => Some(true),
        Err(Errno::SRCH) => Some(false),
        Err(_) => None,
    }
}

/// Returns when a process was started, in clock ticks since the system was; `None` where `/proc` does not tell.
pub(super) fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field, the name of the program, may contain anything, also parentheses.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    // A zombie has ended.
    let started = (fields.next()? != "Z").then(|| fields.nth(18))??;
    started.parse().ok()
}

/// Returns the id of the system's boot.
pub(super) fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim_end().to_owned())
}

/// Returns the namespace of this process's id.
pub(super) fn namespace() -> Option<String> {
    let link = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(link.to_string_lossy().into_owned())
}
