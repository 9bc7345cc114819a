//! What became of one audit event.

use crate::error::AppendError;
use std::sync::Arc;

/// What became of one audit event.
///
/// It need not be looked at: a failure is in the runtime log and in the counters
/// too, and the log itself tells of the gap as soon as it can.
#[derive(Clone, Debug)]
pub struct Receipt(State);

#[derive(Clone, Debug)]
enum State {
    Recorded(u64),
    /// Recorded, and flagged, under `strict`.
    Violating(u64, Arc<[String]>),
    Disabled,
    Failed(AppendError),
}

impl Receipt {
    pub(crate) fn recorded(seq: u64) -> Receipt {
        Receipt(State::Recorded(seq))
    }

    pub(crate) fn disabled() -> Receipt {
        Receipt(State::Disabled)
    }

    pub(crate) fn failed(error: AppendError) -> Receipt {
        Receipt(State::Failed(error))
    }

    pub(crate) fn violating(seq: u64, violations: Vec<String>) -> Receipt {
        Receipt(State::Violating(seq, violations.into()))
    }

    /// The record's number, if it was recorded: it is in the day file now, and
    /// survives the death of the process.
    #[must_use]
    pub fn seq(&self) -> Option<u64> {
        match &self.0 {
            State::Recorded(seq) | State::Violating(seq, _) => Some(*seq),
            State::Disabled | State::Failed(_) => None,
        }
    }

    /// Whether there is no record because the log is disabled, which is no error.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        matches!(self.0, State::Disabled)
    }

    /// The record's number, or why it was not recorded.
    ///
    /// With a disabled log it is `Ok(u64::MAX)`, a number that no record has: an
    /// action that depends on its evidence may go on, and [`seq`](Receipt::seq) is
    /// `None`.
    ///
    /// # Errors
    ///
    /// [`AppendError`]: nothing was recorded; or, as
    /// [`AppendError::Violations`] and only under
    /// [`strict`](crate::AuditLayerBuilder::strict), it was, but is not what its
    /// catalog entry says.
    pub fn result(&self) -> Result<u64, AppendError> {
        match &self.0 {
            State::Recorded(seq) => Ok(*seq),
            State::Violating(seq, violations) => {
                Err(AppendError::Violations { seq: *seq, violations: violations.to_vec() })
            }
            State::Disabled => Ok(u64::MAX),
            State::Failed(error) => Err(error.clone()),
        }
    }
}
