//! What a receipt promises.

use serde::{Deserialize, Serialize};

/// What a receipt promises of its record. Default: `Process`.
///
/// In a configuration, `"process"` or `"power_loss"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Durability {
    /// The record survives the death of the process, however it dies. It is on disk within
    /// [`sync_interval`](crate::AuditConfig::sync_interval);
    /// [`Receipt::wait_synced`](crate::Receipt::wait_synced) and
    /// [`Receipt::synced`](crate::Receipt::synced) have it synced at once, and wait for that.
    #[default]
    Process,
    /// The record survives a loss of power, as far as the disk keeps what it acknowledged. Each
    /// event waits for the disk; one sync serves all events that wait.
    ///
    /// Not for asynchronous code, since it blocks the executor's thread: use `Process` and
    /// `receipt.synced().await` ([`Receipt::synced`](crate::Receipt::synced)) there.
    PowerLoss,
}
