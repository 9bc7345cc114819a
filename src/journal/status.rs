//! How a journal is doing.

use crate::journal::disk_level::DiskLevel;
use crate::journal::sequence::tally::Counts;

/// How a journal is doing.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) counts: Counts,
    pub(crate) last_seq: Option<u64>,
    pub(crate) committed: u64,
    pub(crate) synced: u64,
    /// How many bytes the intake contains; `None` without an intake.
    pub(crate) intake_fill: Option<u64>,
    pub(crate) pruning_suspended: bool,
    /// `None` if the system doesn't tell.
    pub(crate) disk_free: Option<u64>,
    pub(crate) disk_level: DiskLevel,
}
