//! The journal's settings, which can change while it is open.

use arc_swap::{ArcSwap, Cache};
use std::sync::Arc;
use std::time::Duration;

/// The settings in force, shared by the journal's threads.
pub(super) type LiveSettings = ArcSwap<Settings>;

/// The settings in force for a thread that reads them for each event: `ArcSwap::load` takes some
/// nanoseconds, a cache that is valid takes one.
pub(super) type CachedSettings = Cache<Arc<LiveSettings>, Arc<Settings>>;

/// The settings of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// For how many days day files are kept.
    pub(crate) retention_days: u32,
    /// For how many more days files are kept that a mirror has not delivered.
    pub(crate) undelivered_days: u32,
    /// Below this much free space the log warns, in bytes.
    pub(crate) disk_low_bytes: u64,
    /// Below this much it warns again, in bytes.
    pub(crate) disk_critical_bytes: u64,
    /// How long a caller waits for room in the intake.
    pub(crate) append_deadline: Duration,
    /// How long committed records stay unsynced.
    pub(crate) sync_interval: Duration,
    /// How long a caller waits until its record is on disk; `None` if it does not wait.
    pub(crate) waits_for_disk: Option<Duration>,
}
