//! The days that evidence is about.

use super::error::EvidenceError;
use crate::record::{Day, Timestamp};
use serde::Serialize;
use serde::ser::{SerializeStruct as _, Serializer};

/// Days in UTC, from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    first: Day,
    last: Day,
}

impl Period {
    /// Returns the days from the first to the last, both of them included, in UTC: `2026-05-28`.
    ///
    /// ```
    /// use tracing_audit::read::evidence::Period;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let may = Period::new("2026-05-01", "2026-05-31")?;
    /// assert_eq!(may.last_day(), "2026-05-31");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Day`] if a day is spelled otherwise or does not exist; [`EvidenceError::Period`] if the last one is before the
    /// first.
    pub fn new(first: &str, last: &str) -> Result<Period, EvidenceError> {
        let day = |text: &str| Day::parse(text).ok_or_else(|| EvidenceError::Day { text: text.to_owned() });
        let (first, last) = (day(first)?, day(last)?);
        if last < first {
            let (from, until) = (first.as_str().to_owned(), last.as_str().to_owned());
            return Err(EvidenceError::Period { from, until });
        }
        Ok(Period { first, last })
    }

    /// Returns the first day, such as `2026-05-28`.
    #[must_use]
    pub fn first_day(&self) -> &str {
        self.first.as_str()
    }

    /// Returns the last day.
    #[must_use]
    pub fn last_day(&self) -> &str {
        self.last.as_str()
    }

    pub(super) fn has_day(&self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// Returns whether it begins before a day.
    pub(super) fn has_day_before(&self, day: Day) -> bool {
        self.first < day
    }

    /// Returns whether all of it is behind a day.
    pub(super) fn is_behind(&self, day: Day) -> bool {
        day < self.first
    }

    /// Returns whether any time between two is in it.
    pub(super) fn meets(&self, from: Timestamp, to: Option<Timestamp>) -> bool {
        from.day() <= self.last && to.is_none_or(|to| to.day() >= self.first)
    }

    /// Returns its begin.
    #[must_use]
    pub fn begin(&self) -> Timestamp {
        midnight(self.first)
    }

    /// Returns its end: the begin of the day behind it.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        end_of(self.last)
    }

    /// Returns its days.
    pub(super) fn days(&self) -> Vec<Day> {
        let mut days = vec![self.first];
        while let Some(day) = days.last().copied().filter(|day| *day < self.last) {
            days.push(end_of(day).day());
        }
        days
    }
}

/// The days that were asked for, as they were given.
///
/// Of these alone a day file may not have been left out of the bundle of which the evidence was made, if it was made of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Asked {
    /// The first day; `None` if the period begins with the first record, and all days before it are asked for.
    pub from: Option<String>,
    /// The last day; `None` if the period ends with the last record, and all days behind it are asked for.
    pub until: Option<String>,
}

const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// Returns the begin of the day behind a day.
fn end_of(day: Day) -> Timestamp {
    midnight(day).saturating_add(DAY)
}

fn midnight(day: Day) -> Timestamp {
    // A day of the calendar has one.
    format!("{}T00:00:00.000000000Z", day.as_str()).parse().unwrap_or(Timestamp::from_unix_nanos(0))
}

/// The days that were asked for; from the first record or to the last one, where none is given.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bounds {
    from: Option<Day>,
    until: Option<Day>,
    /// The begin of the first day, and the end of the last one.
    begin: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Bounds {
    pub(super) fn parse(from: Option<&str>, until: Option<&str>) -> Result<Bounds, EvidenceError> {
        // A day that was given alone is compared with itself.
        let days = from.or(until).zip(until.or(from));
        let period = days.map(|(first, last)| Period::new(first, last)).transpose()?;
        let from = from.and(period).map(|period| period.first);
        let until = until.and(period).map(|period| period.last);
        Ok(Bounds { from, until, begin: from.map(midnight), end: until.map(end_of) })
    }

    /// Returns the days as they were given.
    pub(super) fn asked(&self) -> Asked {
        let text = |day: Option<Day>| day.map(|day| day.as_str().to_owned());
        Asked { from: text(self.from), until: text(self.until) }
    }

    pub(super) fn has(&self, ts: Timestamp) -> bool {
        self.begin.is_none_or(|begin| begin <= ts) && self.end.is_none_or(|end| ts < end)
    }

    /// Returns the period, given the days of the first and the last record in it.
    pub(super) fn period(&self, records: Option<(Day, Day)>) -> Option<Period> {
        let first = self.from.or(records.map(|(first, _)| first)).or(self.until)?;
        let last = self.until.or(records.map(|(_, last)| last)).or(self.from)?;
        Some(Period { first, last })
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Period", 2)?;
        json.serialize_field("first_day", self.first_day())?;
        json.serialize_field("last_day", self.last_day())?;
        json.end()
    }
}
