//! What the files of a journal are called. Nothing else knows a file name.
//!
//! ```text
//! audit-2026-05-28.log       the day file of that UTC day
//! audit-2026-05-28.1.log     a further file of the same day, and so on
//! .state/lock                held by the one process that writes; holds its id
//! .state/journal.json        {"version":1,"id":"32 hex digits"}
//! .state/torn/               what a crash left at the end of a day file
//! ```

use crate::record::Day;
use std::fmt;

pub(crate) const STATE: &str = ".state";
pub(crate) const LOCK: &str = "lock";
pub(crate) const JOURNAL: &str = "journal.json";
pub(crate) const TORN: &str = "torn";

/// The name of a day file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DayFileName {
    pub(crate) day: Day,
    /// 0 for the first file of the day.
    pub(crate) index: u32,
}

impl DayFileName {
    /// The name, if it is one of a day file, in its one spelling.
    pub(crate) fn parse(name: &str) -> Option<DayFileName> {
        let stem = name.strip_prefix("audit-")?.strip_suffix(".log")?;
        let (day, index) = match stem.split_once('.') {
            Some((day, index)) => (day, index.parse().ok().filter(|index| *index > 0)?),
            None => (stem, 0),
        };
        let parsed = DayFileName { day: Day::parse(day)?, index };
        // "01" and "+1" are numbers, but not how this one is spelled.
        (parsed.to_string() == name).then_some(parsed)
    }
}

impl fmt::Display for DayFileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.index {
            0 => write!(f, "audit-{}.log", self.day.as_str()),
            index => write!(f, "audit-{}.{index}.log", self.day.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_files_are_known_by_their_whole_name() {
        for name in ["audit-2026-05-28.log", "audit-2026-05-28.1.log", "audit-2024-02-29.4294967295.log"] {
            assert_eq!(DayFileName::parse(name).unwrap().to_string(), name);
        }
    }

    #[test]
    fn other_names_are_not_day_files() {
        for name in [
            "audit-2026-13-99.log",
            "audit-2026-02-29.log",
            "audit-2026-05-28.log.gz",
            "audit-2026-05-28.log.1",
            "audit-2026-05-28",
            "audit-2026-05-28.0.log",
            "audit-2026-05-28.01.log",
            "audit-2026-05-28.+1.log",
            "audit-2026-05-28.1.2.log",
            "audit-2026-05-28..log",
            "audit-2026-5-28.log",
            "audit-20260528.log",
            "audit-+026-05-28.log",
            "Audit-2026-05-28.log",
            "my-audit-2026-05-28.log",
            "audit-2026-05-28.log ",
            "audit-.log",
            "",
        ] {
            assert_eq!(DayFileName::parse(name), None, "{name}");
        }
    }
}
