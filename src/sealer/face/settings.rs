//! The settings of a sealer.

use std::path::PathBuf;
use std::time::Duration;

/// The settings of the sealer.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where the private key lies, if not in `.state`.
    pub(crate) key: Option<PathBuf>,
    /// The origin of a log that was never sealed.
    pub(crate) origin: String,
    /// How often a checkpoint is recorded while there are events; zero: never.
    pub(crate) checkpoint_interval: Duration,
    /// After how long without a record a heartbeat is recorded; zero: never.
    pub(crate) heartbeat_interval: Duration,
    /// How often the log verifies itself; zero: never.
    pub(crate) verify_interval: Duration,
    /// How long the sealer fails before the log records it.
    pub(crate) alarm_after: Duration,
    pub(crate) low_priority: Option<bool>,
}
