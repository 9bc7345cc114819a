//! Days, as the names of day files spell them.

use super::timestamp::Timestamp;
use std::fmt;

/// A UTC day, spelled `2026-05-28`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Day([u8; 10]);

impl Day {
    /// Returns the day of this spelling, if there is such a day.
    pub(crate) fn parse(text: &str) -> Option<Day> {
        let spelled = format!("{text}T00:00:00.000000000Z");
        let day = spelled.parse::<Timestamp>().ok()?.day();
        (day.as_str() == text).then_some(day)
    }

    /// Returns the day of a spelled time.
    pub(super) fn beginning(ts: &[u8; Timestamp::LEN]) -> Day {
        let mut day = [0; 10];
        day.copy_from_slice(&ts[..10]);
        Day(day)
    }

    /// Whether a spelled time is in this day.
    pub(super) fn begins(self, ts: &[u8; Timestamp::LEN]) -> bool {
        ts[..10] == self.0
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the day so many days earlier, or `None` before the year 0000.
    pub(crate) fn days_before(self, days: u32) -> Option<Day> {
        const SECONDS_PER_DAY: i64 = 86_400;
        let midnight = format!("{}T00:00:00.000000000Z", self.as_str()).parse::<Timestamp>().ok()?;
        let seconds = midnight.seconds - i64::from(days) * SECONDS_PER_DAY;
        (seconds >= Timestamp::FIRST).then(|| Timestamp { seconds, nanos: 0 }.day())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Timestamp {
    /// Returns the UTC day.
    pub(crate) fn day(self) -> Day {
        let mut text = [0; Timestamp::LEN];
        self.spell(&mut text);
        Day::beginning(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_day_of_the_calendar_in_its_one_spelling_is_parsed() {
        assert_eq!(Day::parse("2026-05-28").unwrap().as_str(), "2026-05-28");
        for text in ["2026-13-99", "2026-02-29", "2026-5-28", "2026-05-28T", ""] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_counted_back_over_months_and_leap_years_to_the_first() {
        let before = |day: &str, days| {
            Day::parse(day).unwrap().days_before(days).map(|day| day.as_str().to_owned()).unwrap_or_default()
        };
        assert_eq!(before("2026-05-28", 0), "2026-05-28");
        assert_eq!(before("2026-05-28", 90), "2026-02-27");
        assert_eq!(before("2024-03-01", 1), "2024-02-29");
        assert_eq!(before("2026-05-28", 1_000_000), "");
        assert_eq!(before("2026-05-28", u32::MAX), "");
        assert_eq!(before("0000-01-02", 1), "0000-01-01");
    }
}
