//! What was done.

use crate::request::Answer;

/// What an [`Operator`](super::Operator) has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Done {
    /// Of [`append`](super::Operator::append) and [`record_access`](super::Operator::record_access): the number of the record. Of
    /// [`replay`](super::Operator::replay): the number of the record that the mirror would have got next.
    pub seq: Option<u64>,
    /// In what the event differs from its catalog entry. It was recorded, and flagged.
    pub violations: Vec<String>,
    /// The files that were removed, as paths relative to the directory.
    pub removed: Vec<String>,
    /// Why a part of it was not done; empty if all is done.
    pub failures: Vec<String>,
    /// The id of the request, if another process has done it.
    pub request: Option<String>,
    /// Warnings and errors of the log, if it was opened for this.
    pub warnings: Vec<String>,
}

impl Done {
    pub(super) fn of(answer: Answer, request: Option<&str>, warnings: Vec<String>) -> Done {
        let Answer { seq, violations, removed, failures, .. } = answer;
        Done { seq, violations, removed, failures, request: request.map(str::to_owned), warnings }
    }
}
