//! How a mirror is doing.

use super::control::Standing;
use crate::record::Timestamp;
use std::time::Duration;

/// How a mirror is doing, since the log was opened: a part of [`Stats`](crate::Stats).
///
/// Alarm when `failing_since` is some time ago, as the log itself does after
/// [`alarm_after`](crate::AuditConfig::alarm_after), or when `behind_records` grows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MirrorStats {
    /// The mirror's name.
    pub name: String,
    /// The number of the last record that the mirror has acknowledged, or whose receiver does
    /// not want it.
    pub delivered_seq: Option<u64>,
    /// How many records the log has that the mirror has not acknowledged. Those of the last
    /// [`sync_interval`](crate::AuditConfig::sync_interval) are always among them: a record is
    /// delivered only when it is on disk.
    pub behind_records: u64,
    /// How old the first of them is, as far as the follower has read it; zero if there is none.
    pub behind: Duration,
    /// How many records were delivered, repeats included.
    pub delivered: u64,
    /// How many of them the receiver has thrown away, by its own word (OTLP: partial success).
    pub rejected: u64,
    /// How many records were put aside, since the receiver does not take them.
    pub dead_letters: u64,
    /// Since when nothing can be delivered, if that is so.
    pub failing_since: Option<Timestamp>,
    /// Why the last attempt failed that did.
    pub last_error: Option<MirrorError>,
}

/// Why an attempt to deliver has failed, and when.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MirrorError {
    /// When.
    pub at: Timestamp,
    /// Why, with all causes.
    pub error: String,
}

impl MirrorStats {
    pub(super) fn new(name: &str, standing: Standing, next_seq: u64, now: Timestamp) -> MirrorStats {
        let behind_records = next_seq.saturating_sub(standing.next_seq);
        let age = |ts: Timestamp| u64::try_from(now.unix_nanos() - ts.unix_nanos()).unwrap_or(0);
        let next_ts = standing.next_ts.filter(|_| behind_records > 0);
        MirrorStats {
            name: name.to_owned(),
            delivered_seq: standing.next_seq.checked_sub(1),
            behind_records,
            behind: Duration::from_nanos(next_ts.map_or(0, age)),
            delivered: standing.delivered,
            rejected: standing.rejected,
            dead_letters: standing.dead_letters,
            failing_since: standing.failing_since,
            last_error: standing.last_error.map(|(at, error)| MirrorError { at, error }),
        }
    }
}
