//! What a journal has done since it was opened.

use crate::error::AppendError;
use crate::record::Timestamp;

/// What a journal has done since it was opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) recorded: u64,
    pub(crate) refused: u64,
    pub(crate) bytes: u64,
    pub(crate) gaps: u64,
    pub(crate) last_error: Option<(Timestamp, AppendError)>,
}
