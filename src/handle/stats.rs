//! The counters and the state of a log.

use crate::error::AppendError;
use crate::follow::{self, MirrorStats};
use crate::journal::{DiskLevel, Subscription};
use crate::record::Timestamp;
use crate::sealer::{self, SealStats};

/// The counters and the state of a log, for a health check.
///
/// | alarm when | because |
/// |---|---|
/// | `refused` grows, or `last_error` is new | events are missing from the log; `log.gap` counts them |
/// | `synced_seq` stays behind `last_seq` for more than a few seconds | the disk is too slow, or a sync fails |
/// | `intake_fill` stays high | day files can't be written fast enough; events are refused once the intake is full |
/// | `disk_free` is low, or `disk_level` is not `Fine` | events are refused once the disk is full |
/// | one of `mirrors` has a `failing_since` | its receiver does not answer; the records wait in the day files |
/// | `seal` has a `failing_since` | nothing is sealed: later changes to the day files would not be noticed |
/// | `seal` has a `signer_failing_since` | the signer does not sign: the log is sealed without its signatures |
/// | `pruning_suspended` | the clock was set; no day file is removed until an operator prunes |
/// | `enabled` is not what the configuration says | no event is recorded: the log is disabled, or this process was forked off the one that opened it |
///
/// Counters start at 0 when the log is opened; record numbers continue. Records of an earlier
/// process that are not known to be on disk count as unsynced until the first sync, about one
/// [`sync_interval`](crate::AuditConfig::sync_interval) after the log was opened.
/// `examples/otel_metrics` exports all of this as OpenTelemetry metrics; "Is it healthy?" in
/// `docs/operations.md` says what to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// Whether the log is enabled.
    pub enabled: bool,
    /// The number of events that were recorded, without control records.
    pub recorded: u64,
    /// The number of events that were refused. Each is counted in a `log.gap`, too. In a healthy
    /// log it is 0.
    pub refused: u64,
    /// The number of bytes that were appended, with control records.
    pub bytes: u64,
    /// The number of `log.gap` records, each for one or more refused events.
    pub gaps: u64,
    /// The number of the journal's last record.
    pub last_seq: Option<u64>,
    /// The number of the last record that is in a day file. Later ones are in the intake.
    pub committed_seq: Option<u64>,
    /// The number of the last record that is known to be on disk.
    pub synced_seq: Option<u64>,
    /// How much the intake holds, in bytes. `None` if there is no intake, and each event is
    /// written to the day file by its caller.
    pub intake_fill: Option<u64>,
    /// When an event was refused last, and why.
    pub last_error: Option<LastError>,
    /// Whether old day files are kept, since the clock was set, until an operator calls
    /// [`AuditHandle::prune`](crate::AuditHandle::prune).
    pub pruning_suspended: bool,
    /// The free space on the log's disk, in bytes. `None` if it is not known.
    pub disk_free: Option<u64>,
    /// How full the log's disk is. It is checked once a second while there are events.
    pub disk_level: DiskLevel,
    /// The state of each mirror.
    pub mirrors: Vec<MirrorStats>,
    /// The state of the seals; `None` if the log is not sealed.
    pub seal: Option<SealStats>,
}

impl Stats {
    /// Returns the stats of a log that records nothing.
    pub(super) fn disabled() -> Stats {
        Stats {
            enabled: false,
            recorded: 0,
            refused: 0,
            bytes: 0,
            gaps: 0,
            last_seq: None,
            committed_seq: None,
            synced_seq: None,
            intake_fill: None,
            last_error: None,
            pruning_suspended: false,
            disk_free: None,
            disk_level: DiskLevel::Fine,
            mirrors: Vec::new(),
            seal: None,
        }
    }

    pub(super) fn of(sources: &Sources) -> Stats {
        let standing = sources.journal.status();
        let counts = standing.counts;
        let next_seq = standing.last_seq.map_or(0, |last| last.saturating_add(1));
        Stats {
            enabled: true,
            recorded: counts.recorded,
            refused: counts.refused,
            bytes: counts.bytes,
            gaps: counts.gaps,
            last_seq: standing.last_seq,
            committed_seq: standing.committed.checked_sub(1),
            synced_seq: standing.synced.checked_sub(1),
            intake_fill: standing.intake_fill,
            last_error: counts.last_error.map(|(at, error)| LastError { at, error }),
            pruning_suspended: standing.pruning_suspended,
            disk_free: standing.disk_free,
            disk_level: standing.disk_level,
            mirrors: sources.mirrors.stats(sources.journal.now(), next_seq),
            seal: sources.seal.as_ref().map(sealer::Figures::stats),
        }
    }
}

/// What the stats of an open log are taken from.
pub(super) struct Sources {
    pub(super) journal: Subscription,
    pub(super) mirrors: follow::Figures,
    pub(super) seal: Option<sealer::Figures>,
}

/// When an event was refused, and why.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LastError {
    /// When the event was refused.
    pub at: Timestamp,
    /// Why it was refused.
    pub error: AppendError,
}
