//! How a log is doing.

use crate::error::AppendError;
use crate::follow::MirrorStats;
use crate::journal::DiskLevel;
use crate::record::Timestamp;

/// How a log is doing, since it was opened: what a health check looks at.
///
/// | alarm when | since |
/// |---|---|
/// | `refused` grows, or `last_error` is new | events are not in the log; a `log.gap` counts them |
/// | `last_seq` runs away from `synced_seq` for more than some seconds | the disk does not keep up, or a sync fails |
/// | `intake_fill` stays high | the same, of the day file; events are refused when it is full |
/// | `disk_free` is low, or `disk_level` is not `Fine` | then events are refused |
/// | one of `mirrors` has a `failing_since` | its receiver is away; the records wait in the day files |
/// | `pruning_suspended` | the clock was set, and nothing is removed until somebody prunes |
/// | `enabled` is not what the configuration says | nothing is recorded: the log is disabled, or this process was forked off the one that has opened it |
///
/// All counters begin with 0 when the log is opened; numbers go on. What the last process has
/// left and is not known to be on disk counts as unsynced until the first sync, about a
/// [`sync_interval`](crate::AuditConfig::sync_interval) after the log was opened.
/// `examples/otel_metrics.rs` makes OpenTelemetry metrics of it; "Is it healthy?" in
/// `docs/operations.md` says what to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// Whether the log is enabled.
    pub enabled: bool,
    /// How many events were recorded; the log's own records don't count.
    pub recorded: u64,
    /// How many events were refused; each is counted in a `log.gap`, too. A log in
    /// order has none.
    pub refused: u64,
    /// How many bytes were appended, control records included.
    pub bytes: u64,
    /// How many times the log has told, in a `log.gap`, of events that were refused.
    pub gaps: u64,
    /// The number of the journal's last record.
    pub last_seq: Option<u64>,
    /// The number of the last record that is in a day file; those behind it are in the
    /// intake.
    pub committed_seq: Option<u64>,
    /// The number of the last record that is known to be on disk.
    pub synced_seq: Option<u64>,
    /// How much is in the intake, in bytes; `None` where there is none, and each event is
    /// written to the day file by its caller.
    pub intake_fill: Option<u64>,
    /// What was the last time an event was refused, and why.
    pub last_error: Option<LastError>,
    /// Whether old day files are kept until an operator prunes
    /// ([`AuditHandle::prune`](crate::AuditHandle::prune)), since the clock was set.
    pub pruning_suspended: bool,
    /// How much space is left on the log's disk, in bytes, where that is known.
    pub disk_free: Option<u64>,
    /// How full the log's disk is, as it looked last: once a second while there are events.
    pub disk_level: DiskLevel,
    /// How each mirror is doing.
    pub mirrors: Vec<MirrorStats>,
}

/// Why an event was refused, and when.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LastError {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub error: AppendError,
}
