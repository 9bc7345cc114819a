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

pub(super) fn seal() -> bool {
    true
}

pub(super) fn heartbeat_interval() -> Duration {
    Duration::from_secs(3600)
}

pub(super) fn checkpoint_interval() -> Duration {
    Duration::from_secs(5 * 60)
}

pub(super) fn verify_interval() -> Duration {
    Duration::from_secs(24 * 3600)
}

/// Returns the name of the executable, without `.exe`.
pub(in crate::config) fn executable_name() -> String {
    let program = std::env::current_exe().unwrap_or_default();
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    // What Linux adds when the file was replaced, as by an update.
    let name = name.strip_suffix(" (deleted)").unwrap_or(&name);
    let without_exe = name.len().checked_sub(4).and_then(|at| name.split_at_checked(at));
    match without_exe {
        Some((before, ".exe" | ".EXE")) if !before.is_empty() => before.to_owned(),
        _ if name.is_empty() => "unknown".to_owned(),
        _ => name.to_owned(),
    }
}

/// 256 KiB.
pub(super) fn max_record_bytes() -> usize {
    256 * 1024
}
