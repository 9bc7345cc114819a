//! The days of a log that are asked for.

use crate::journal::DayFileName;
use crate::record::Day;

/// Days from one to another, both inclusive, in UTC.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::read) struct Days {
    pub(in crate::read) from: Option<Day>,
    pub(in crate::read) to: Option<Day>,
}

/// Why days can't be asked for.
pub(in crate::read) enum NoDays {
    /// No day is spelled so.
    Day(String),
    /// The first day is behind the last one.
    Period(Day, Day),
}

impl Days {
    pub(in crate::read) fn parse(from: Option<&String>, to: Option<&String>) -> Result<Days, NoDays> {
        let day = |text: Option<&String>| match text {
            None => Ok(None),
            Some(text) => Day::parse(text).map(Some).ok_or_else(|| NoDays::Day(text.clone())),
        };
        let days = Days { from: day(from)?, to: day(to)? };
        match (days.from, days.to) {
            (Some(first), Some(last)) if last < first => Err(NoDays::Period(first, last)),
            _ => Ok(days),
        }
    }

    /// Returns whether a file of this name is a day file of one of these days, or they are all days.
    pub(in crate::read) fn has(&self, file: &str) -> bool {
        let day = DayFileName::parse(file).map(|name| name.day);
        self.from.is_none_or(|from| day >= Some(from)) && self.to.is_none_or(|to| day <= Some(to))
    }
}
