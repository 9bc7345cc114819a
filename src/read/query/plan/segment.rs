//! A part of a day file that is searched.

use super::day_file::DayFile;
use crate::record::Timestamp;
use std::ops::Range;
use std::sync::Arc;

/// A part of a day file that is searched, from the beginning of a line to the end of one.
#[derive(Clone, Debug)]
pub(in crate::read::query) struct Segment {
    pub(in crate::read::query) file: Arc<DayFile>,
    pub(in crate::read::query) bytes: Range<u64>,
    /// The numbers of its first and its last record, as far as they are known.
    pub(in crate::read::query) seqs: Option<(u64, u64)>,
    /// The times of the first and the last record of its file; with them, times do not decrease in it.
    pub(in crate::read::query) times: Option<(Timestamp, Timestamp)>,
    /// Whether it is known that its lines are the log's own, and each of them is in no other segment.
    pub(in crate::read::query) is_untangled: bool,
}
