//! What was repaired at the end of a day file, and the `log.recovered` about it.

use crate::journal::storage::layout::DayFileName;
use crate::record::Record;

/// What was repaired at the end of a file.
#[derive(Debug)]
pub(super) struct Finding {
    file: String,
    /// The length of a torn line, or of what was behind lost records.
    pub(super) torn_bytes: u64,
    pub(super) torn_sha256: Option<String>,
    /// Where that is quarantined.
    pub(super) kept_in: Option<String>,
    /// How many whole lines at the end are not records.
    pub(super) unreadable_lines: u64,
    /// How much of a torn line was completed from the intake.
    pub(super) completed_bytes: u64,
    /// How many records were behind lost ones.
    pub(super) strays: u64,
}

impl Finding {
    pub(super) fn of(name: DayFileName) -> Finding {
        Finding {
            file: name.to_string(),
            torn_bytes: 0,
            torn_sha256: None,
            kept_in: None,
            unreadable_lines: 0,
            completed_bytes: 0,
            strays: 0,
        }
    }

    /// Returns whether nothing was repaired.
    pub(super) fn is_empty(&self) -> bool {
        self.torn_bytes == 0 && self.unreadable_lines == 0 && self.completed_bytes == 0
    }

    /// Returns the `log.recovered`.
    pub(super) fn record(&self) -> Record {
        Record::new("log.recovered")
            .resource("file", &self.file)
            .resource("torn_bytes", self.torn_bytes)
            .resource("torn_sha256", &self.torn_sha256)
            .resource("kept_in", &self.kept_in)
            .resource("unreadable_lines", self.unreadable_lines)
            .resource("completed_bytes", self.completed_bytes)
            .resource("strays", (self.strays > 0).then_some(self.strays))
    }
}
