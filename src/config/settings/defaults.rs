//! The defaults of the settings.

use std::time::Duration;

pub(super) fn enabled() -> bool {
    true
}

pub(super) fn retention_days() -> u32 {
    90
}

pub(super) fn undelivered_days() -> u32 {
    7
}

pub(super) fn alarm_after() -> Duration {
    Duration::from_secs(60)
}

/// 512 MiB.
pub(super) fn disk_low_bytes() -> u64 {
    512 * 1024 * 1024
}

/// `disk_critical_bytes` is this part of `disk_low_bytes`.
pub(in crate::config) const CRITICAL_PART: u64 = 8;

pub(super) fn sync_interval() -> Duration {
    Duration::from_secs(1)
}

pub(super) fn sync_deadline() -> Duration {
    Duration::from_secs(5)
}

pub(super) fn append_deadline() -> Duration {
    Duration::from_millis(100)
}

/// 8 MiB.
pub(super) fn intake_bytes() -> usize {
    8 * 1024 * 1024
}

pub(super) fn lock_wait() -> Duration {
    Duration::from_secs(5)
}

/// 256 KiB.
pub(super) fn max_record_bytes() -> usize {
    256 * 1024
}
