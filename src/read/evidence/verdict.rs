//! The verdict: a fixed table of what was found, and on what that relies.

use super::facts::completeness::Completeness;
use super::facts::log::LogEvidence;
use super::words::{number, plural};
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
    /// Records of the period have no number, so that a missing one would not be noticed.
    Unnumbered,
    /// Records of the period were pruned, or may have been.
    Pruned,
    /// Day files of the period were left out of the bundle.
    LeftOut,
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
        if of.all_unexplained() > 0
            || of.trouble_count > 0
            || of.out_of_order > 0
            || !of.reconciles
            || log.not_looked_at > 0
        {
            CompletenessVerdict::Unexplained
        } else if of.left_out > 0 {
            CompletenessVerdict::LeftOut
        } else if of.is_pruned() {
            CompletenessVerdict::Pruned
        } else if of.without_number > 0 {
            CompletenessVerdict::Unnumbered
        } else if !of.holes.is_empty() || !of.gaps.is_empty() {
            CompletenessVerdict::Explained
        } else {
            CompletenessVerdict::Complete
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
        let sentence = format!("{} {}", integrity.sentence(), completeness_of(completeness, logs));
        Verdict { integrity, completeness, sentence }
    }
}

/// Says in a sentence what is missing.
fn completeness_of(verdict: CompletenessVerdict, logs: &[LogEvidence]) -> String {
    let sum = |of: fn(&Completeness) -> u64| logs.iter().map(|log| of(&log.completeness)).sum::<u64>();
    let (unexplained, explained) = (sum(Completeness::all_unexplained), sum(Completeness::all_explained));
    let (gap_events, troubles) = (sum(|of| of.gap_events), sum(|of| of.trouble_count));
    let mut parts = Vec::new();
    if unexplained > 0 {
        parts.push(format!("{} missing, and the log does not say why", are(unexplained, "record")));
    }
    if explained > 0 {
        parts.push(format!("{} missing, as the log itself says", are(explained, "record")));
    }
    if gap_events > 0 {
        parts.push(format!("{} could not be recorded, as the log itself says", plural(gap_events, "event")));
    }
    if troubles > 0 {
        parts.push(format!("{} unreadable, or not the log\u{2019}s own", are(troubles, "place")));
    }
    let without_number = sum(|of| of.without_number);
    match (parts.is_empty(), verdict) {
        (_, CompletenessVerdict::Unnumbered) => {
            let noun = if without_number == 1 { "record has" } else { "records have" };
            parts.push(format!(
                "{} {noun} no number, so that a missing one would not be noticed",
                number(without_number)
            ));
        }
        (_, CompletenessVerdict::LeftOut) => {
            let files = sum(|of| of.left_out);
            parts.push(format!(
                "{} of the period {} left out of this copy",
                plural(files, "day file"),
                if files == 1 { "was" } else { "were" }
            ));
        }
        (_, CompletenessVerdict::Pruned) => parts.push("records of the period were deleted since".into()),
        (true, CompletenessVerdict::Unexplained) => parts.push("the numbers of records do not add up".into()),
        (true, _) => parts.push("no record is missing".into()),
        (false, _) => {}
    }
    let text = parts.join("; ");
    let mut chars = text.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).chain(['.']).collect()
}

/// Returns `1 record is` or `2 records are`.
fn are(count: u64, noun: &str) -> String {
    format!("{} {}", plural(count, noun), if count == 1 { "is" } else { "are" })
}
