//! The processor time of this process.

use crate::Result;

/// Whether `nanos` is known.
pub(crate) const IS_KNOWN: bool = cfg!(unix);

/// Returns how long processors have worked for this process, all its threads and its system calls, in nanoseconds.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere it fails")]
pub(crate) fn nanos() -> Result<u64> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Ok(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

#[cfg(not(unix))]
pub(crate) fn nanos() -> Result<u64> {
    Err("the processor time is not known on this system".into())
}
