//! The figures about a mirror, as [`Stats`](crate::Stats) has them.

use super::control::Status;
use crate::record::Timestamp;
use std::time::Duration;

/// The figures about a mirror since the log was opened: a part of [`Stats`](crate::Stats).
///
/// Raise an alarm when `failing_since` is longer ago than an outage may last, or when
/// `behind_records` grows. The log itself records `log.mirror_failed` after
/// [`alarm_after`](crate::AuditConfig::alarm_after).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MirrorStats {
    /// The name of the mirror.
    pub name: String,
    /// The number of the last record that the mirror has acknowledged, or that was put aside;
    /// `None` if there is none.
    pub delivered_seq: Option<u64>,
    /// The number of records that the mirror has not acknowledged. Those of the last
    /// [`sync_interval`](crate::AuditConfig::sync_interval) are always among them, because only
    /// records on disk are delivered.
    pub behind_records: u64,
    /// The age of the first of these records, if the follower has read it already; else zero.
    pub behind: Duration,
    /// The number of delivered records, repeats included.
    pub delivered: u64,
    /// The number of delivered records that the receiver says it has discarded (OTLP: partial
    /// success).
    pub rejected: u64,
    /// The number of records that were put into `.state/dead_letters/`, because the receiver
    /// rejects them.
    pub dead_letters: u64,
    /// The time of the first failed attempt since the last delivery; `None` if the last attempt
    /// succeeded.
    pub failing_since: Option<Timestamp>,
    /// The error of the last attempt that failed.
    pub last_error: Option<MirrorError>,
}

/// The error of an attempt to deliver records.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MirrorError {
    /// The time of the attempt.
    pub at: Timestamp,
    /// The message, followed by those of its sources.
    pub error: String,
}

impl MirrorStats {
    pub(super) fn new(name: &str, status: Status, next_seq: u64, now: Timestamp) -> MirrorStats {
        let behind_records = next_seq.saturating_sub(status.next_seq);
        let age = |ts: Timestamp| u64::try_from(now.unix_nanos() - ts.unix_nanos()).unwrap_or(0);
        let next_ts = status.next_ts.filter(|_| behind_records > 0);
        MirrorStats {
            name: name.to_owned(),
            delivered_seq: status.next_seq.checked_sub(1),
            behind_records,
            behind: Duration::from_nanos(next_ts.map_or(0, age)),
            delivered: status.delivered,
            rejected: status.rejected,
            dead_letters: status.dead_letters,
            failing_since: status.failing_since,
            last_error: status.last_error.map(|(at, error)| MirrorError { at, error }),
        }
    }
}
