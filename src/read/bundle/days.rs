//! The days of which a bundle has the day files.

use super::error::BundleError;
use crate::journal::DayFileName;
use crate::record::Day;

/// The days of which there are day files.
pub(super) struct Days {
    pub(super) from: Option<Day>,
    pub(super) to: Option<Day>,
}

impl Days {
    pub(super) fn parse(from: Option<&String>, to: Option<&String>) -> Result<Days, BundleError> {
        let day = |text: Option<&String>| match text {
            None => Ok(None),
            Some(text) => Day::parse(text).map(Some).ok_or_else(|| BundleError::Day { text: text.clone() }),
        };
        let days = Days { from: day(from)?, to: day(to)? };
        match (days.from, days.to) {
            (Some(first), Some(last)) if last < first => {
                Err(BundleError::Period { from: first.as_str().to_owned(), to: last.as_str().to_owned() })
            }
            _ => Ok(days),
        }
    }

    pub(super) fn has(&self, file: &str) -> bool {
        let day = DayFileName::parse(file).map(|name| name.day);
        self.from.is_none_or(|from| day >= Some(from)) && self.to.is_none_or(|to| day <= Some(to))
    }
}
