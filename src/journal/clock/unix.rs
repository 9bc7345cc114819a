//! The clocks of a Unix system.

use crate::record::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// The monotonic clock that goes on while the machine sleeps, where it has a name.
#[cfg(any(target_os = "linux", target_os = "android"))]
const MONOTONIC: ClockId = ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const MONOTONIC: ClockId = ClockId::Monotonic;

/// Returns the time. The conversion from `SystemTime` shows in the benchmark.
pub(super) fn now() -> Timestamp {
    let time = clock_gettime(ClockId::Realtime);
    #[allow(clippy::useless_conversion, reason = "the fields have other widths on other systems")]
    Timestamp::from_unix(time.tv_sec.into(), time.tv_nsec.try_into().unwrap_or_default())
}

/// Returns the time since some instant.
pub(super) fn monotonic() -> Option<Duration> {
    let time = clock_gettime(MONOTONIC);
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}

/// Returns the id of this boot, where the kernel is Linux.
pub(super) fn boot_id() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim_end().to_owned())
}
