//! The scheduling priority of a follower's thread.
//!
//! With a low one, an application that emits events without a pause keeps more than nine tenths of
//! its throughput while a mirror catches up; without it, two thirds.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(not(any(target_os = "linux", windows)), path = "elsewhere.rs")]
mod system;

use std::io;
use std::thread::JoinHandle;

/// Lowers the priority of the current thread. If the operating system refuses, the thread keeps its
/// priority. Without `wanted`, only where that can't end the process.
pub(crate) fn lower(wanted: Option<bool>) {
    if runs_at_low_priority(wanted) {
        system::lower();
    }
}

/// Takes back what [`lower`] has done, where the operating system permits it.
pub(crate) fn raise(wanted: Option<bool>) {
    if runs_at_low_priority(wanted) {
        system::raise();
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
