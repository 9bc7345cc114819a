//! The verdict: a fixed table of what was found, and on what that relies.

use super::facts::log::LogEvidence;
use crate::read::verify::{Level, Status};
use serde::Serialize;

/// The verdict on all logs together: that on the worst of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// Whether lines were changed.
    pub integrity: IntegrityVerdict,
    /// Whether records are missing.
    pub completeness: CompletenessVerdict,
    /// Both as a sentence.
    pub sentence: String,
}

/// Whether lines were changed, from the status of the verification and its level. The later ones are worse.
///
/// | status | level | verdict |
/// |---|---|---|
/// | `intact` | `anchored` | [`Anchored`](IntegrityVerdict::Anchored) |
/// | `intact` | `authentic` | [`Authentic`](IntegrityVerdict::Authentic) |
/// | `intact` | `consistent` | [`Consistent`](IntegrityVerdict::Consistent) |
/// | `incomplete` | any but `unsealed` | [`Incomplete`](IntegrityVerdict::Incomplete) |
/// | `intact` or `incomplete` | `unsealed` | [`Unsealed`](IntegrityVerdict::Unsealed) |
/// | `tampered` | any | [`Tampered`](IntegrityVerdict::Tampered) |
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IntegrityVerdict {
    /// As it was sealed, and it has all that is known of it elsewhere.
    Anchored,
    /// As it was sealed by the key that the reader has pinned.
    Authentic,
    /// It agrees with itself; the key was taken from its own directory.
    Consistent,
    /// Not all of it can be shown to be as it was.
    Incomplete,
    /// Nothing is sealed: a change would not be noticed.
    Unsealed,
    /// Sealed lines were changed or are missing.
    Tampered,
}

/// Whether records are missing. The later ones are worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CompletenessVerdict {
    /// Every number is there, and nothing was refused.
    Complete,
    /// Records are missing, or events could not be recorded, and the log says why.
    Explained,
    /// Records of the period were pruned.
    Pruned,
    /// Records are missing, or lines can't be read, and the log does not say why.
    Unexplained,
}

impl IntegrityVerdict {
    fn of(status: Status, level: Level) -> IntegrityVerdict {
        match (status, level) {
            (Status::Tampered, _) => IntegrityVerdict::Tampered,
            (_, Level::Unsealed) => IntegrityVerdict::Unsealed,
            (Status::Incomplete, _) => IntegrityVerdict::Incomplete,
            (Status::Intact, Level::Consistent) => IntegrityVerdict::Consistent,
            (Status::Intact, Level::Authentic) => IntegrityVerdict::Authentic,
            (Status::Intact, Level::Anchored) => IntegrityVerdict::Anchored,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            IntegrityVerdict::Anchored => "Intact, and as it is known elsewhere.",
            IntegrityVerdict::Authentic => "Intact: signed by the key that the reader has pinned.",
            IntegrityVerdict::Consistent => {
                "Internally consistent only: the key was taken from the log itself."
            }
            IntegrityVerdict::Incomplete => {
                "No change found, but not all of it can be shown to be as it was."
            }
            IntegrityVerdict::Unsealed => "Not sealed: a change would not be noticed.",
            IntegrityVerdict::Tampered => "Tampered with: sealed lines were changed, or are missing.",
        }
    }
}

impl CompletenessVerdict {
    fn of(log: &LogEvidence) -> CompletenessVerdict {
        let of = &log.completeness;
        if of.unexplained > 0
            || of.trouble_count > 0
            || of.out_of_order > 0
            || !of.reconciles
            || log.not_looked_at > 0
        {
            CompletenessVerdict::Unexplained
        } else if of.pruned_below.is_some() {
            CompletenessVerdict::Pruned
        } else if of.explained > 0 || !of.holes.is_empty() || !of.gaps.is_empty() {
            CompletenessVerdict::Explained
        } else {
            CompletenessVerdict::Complete
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            CompletenessVerdict::Complete => "Complete.",
            CompletenessVerdict::Explained => "Complete, but for what the log itself explains.",
            CompletenessVerdict::Pruned => "Records of the period were deleted since.",
            CompletenessVerdict::Unexplained => {
                "Not complete: something is missing or unreadable, and the log does not explain it."
            }
        }
    }
}

impl Verdict {
    pub(super) fn on(logs: &[LogEvidence]) -> Verdict {
        let integrity =
            logs.iter().map(|log| IntegrityVerdict::of(log.integrity.status, log.integrity.level));
        let integrity = integrity.max().unwrap_or(IntegrityVerdict::Unsealed);
        let completeness = logs.iter().map(CompletenessVerdict::of).max();
        let completeness = completeness.unwrap_or(CompletenessVerdict::Unexplained);
        let sentence = format!("{} {}", integrity.sentence(), completeness.sentence());
        Verdict { integrity, completeness, sentence }
    }
}
