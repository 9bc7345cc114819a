//! The journal's settings, which may change while it is open.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// What can be set, and set anew while the journal is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// For how many days files are kept.
    pub(crate) retention_days: u32,
    /// For how many more days those that a mirror has not got.
    pub(crate) undelivered_days: u32,
    /// With less space than this left, the log warns, in bytes.
    pub(crate) disk_low_bytes: u64,
    /// With less than this, it warns again, in bytes.
    pub(crate) disk_critical_bytes: u64,
    /// How long a caller waits for room.
    pub(crate) append_deadline: Duration,
    /// How long what is written stays unsynced.
    pub(crate) sync_interval: Duration,
    /// Whether a caller waits until its record is on disk, and how long.
    pub(crate) waits_for_disk: Option<Duration>,
}

/// The settings as they are now.
#[derive(Debug)]
pub(super) struct Live {
    retention_days: AtomicU32,
    undelivered_days: AtomicU32,
    disk_low_bytes: AtomicU64,
    disk_critical_bytes: AtomicU64,
    /// In nanoseconds, as the others.
    append_deadline: AtomicU64,
    sync_interval: AtomicU64,
    /// `NEVER`, if it does not.
    waits_for_disk: AtomicU64,
}

const NEVER: u64 = u64::MAX;

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(NEVER).min(NEVER - 1)
}

impl Live {
    pub(super) fn new(settings: Settings) -> Live {
        let live = Live {
            retention_days: AtomicU32::default(),
            undelivered_days: AtomicU32::default(),
            disk_low_bytes: AtomicU64::default(),
            disk_critical_bytes: AtomicU64::default(),
            append_deadline: AtomicU64::default(),
            sync_interval: AtomicU64::default(),
            waits_for_disk: AtomicU64::default(),
        };
        live.set(settings);
        live
    }

    pub(super) fn set(&self, settings: Settings) {
        self.retention_days.store(settings.retention_days, Ordering::Relaxed);
        self.undelivered_days.store(settings.undelivered_days, Ordering::Relaxed);
        self.disk_low_bytes.store(settings.disk_low_bytes, Ordering::Relaxed);
        self.disk_critical_bytes.store(settings.disk_critical_bytes, Ordering::Relaxed);
        self.append_deadline.store(nanos(settings.append_deadline), Ordering::Relaxed);
        self.sync_interval.store(nanos(settings.sync_interval), Ordering::Relaxed);
        self.waits_for_disk.store(settings.waits_for_disk.map_or(NEVER, nanos), Ordering::Relaxed);
    }

    pub(super) fn retention_days(&self) -> u32 {
        self.retention_days.load(Ordering::Relaxed)
    }

    pub(super) fn undelivered_days(&self) -> u32 {
        self.undelivered_days.load(Ordering::Relaxed)
    }

    pub(super) fn disk_low_bytes(&self) -> u64 {
        self.disk_low_bytes.load(Ordering::Relaxed)
    }

    pub(super) fn disk_critical_bytes(&self) -> u64 {
        self.disk_critical_bytes.load(Ordering::Relaxed)
    }

    pub(super) fn append_deadline(&self) -> Duration {
        Duration::from_nanos(self.append_deadline.load(Ordering::Relaxed))
    }

    pub(super) fn sync_interval(&self) -> Duration {
        Duration::from_nanos(self.sync_interval.load(Ordering::Relaxed))
    }

    pub(super) fn waits_for_disk(&self) -> Option<Duration> {
        let nanos = self.waits_for_disk.load(Ordering::Relaxed);
        (nanos != NEVER).then(|| Duration::from_nanos(nanos))
    }
}
