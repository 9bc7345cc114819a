//! What is known of records that are not there, and that no record tells.

use super::super::super::period::Period;
use crate::journal::DayFileName;
use crate::journal::reached;
use crate::journal::storage::layout::{CHECKPOINT, STATE, SYNCED};
use crate::read::regular_file;
use crate::read::verify::{Facts, left_out};
use crate::record::Day;
use std::path::Path;

/// What is known of records beyond those that are there.
#[derive(Clone, Debug, Default)]
pub(in crate::read::evidence) struct Beyond {
    /// The log is known to have had records before this number.
    pub(super) until: u64,
    /// The days of the files that were left out of a bundle.
    left_out: Vec<Day>,
}

impl Beyond {
    /// Reads what the log's state tells. A writer goes on: it must be read before the files are looked at.
    pub(in crate::read::evidence) fn of(dir: &Path) -> Beyond {
        // Only the log's owner may read these; a copy has none.
        let state = |name| regular_file::contents(&dir.join(STATE).join(name), 1 << 16).ok();
        let until = reached(state(CHECKPOINT).as_deref(), state(SYNCED).as_deref()).unwrap_or_default();
        let names = left_out(dir);
        let left_out = names.iter().filter_map(|file| DayFileName::parse(file)).map(|name| name.day);
        Beyond { until, left_out: left_out.collect() }
    }

    /// Adds what the seals tell.
    pub(in crate::read::evidence) fn sealed(self, facts: &Facts) -> Beyond {
        let sealed = if facts.size > 0 { facts.base.saturating_add(facts.size) } else { 0 };
        Beyond { until: self.until.max(sealed), ..self }
    }

    /// Returns whether a file of an earlier day was left out.
    pub(super) fn is_left_out_before(&self, day: Day) -> bool {
        self.left_out.iter().any(|left_out| *left_out < day)
    }

    /// Returns whether a file of a later day was left out.
    pub(super) fn is_left_out_behind(&self, day: Day) -> bool {
        self.left_out.iter().any(|left_out| *left_out > day)
    }

    /// Returns how many files of days of the period were left out.
    pub(super) fn left_out_of(&self, period: &Period) -> u64 {
        self.left_out.iter().filter(|day| period.has_day(**day)).count() as u64
    }
}
