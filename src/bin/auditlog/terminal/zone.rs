//! The time zone of this machine, and times in it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time zone.
#[derive(Clone, Debug)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// Returns the zone that `TZ` names, or else the machine's.
    ///
    /// # Errors
    ///
    /// `TZ` names none, or the machine's can't be read.
    pub(crate) fn local() -> Result<Zone, jiff::Error> {
        TimeZone::try_system().map(Zone)
    }

    /// Returns `2026-05-28 11:30:00.123+02:00` of a time in seconds since 1970 and its digits behind the second, such as `.123`;
    /// `None` beyond the year 9999.
    pub(crate) fn shown(&self, unix: i64, fraction: &str) -> Option<String> {
        let time = Timestamp::from_second(unix).ok()?.to_zoned_datetime(self.0.clone());
        Some(time.strftime(&format!("%Y-%m-%d %H:%M:%S{fraction}%:z")).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_with_the_offset_of_its_season() {
        let berlin = Zone(TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap());
        for (utc, shown) in [
            ("2026-03-29T00:59:59Z", "2026-03-29 01:59:59.5+01:00"),
            ("2026-03-29T01:00:00Z", "2026-03-29 03:00:00.5+02:00"),
            ("2026-10-25T00:59:59Z", "2026-10-25 02:59:59.5+02:00"),
            ("2026-10-25T01:00:00Z", "2026-10-25 02:00:00.5+01:00"),
        ] {
            let unix = utc.parse::<Timestamp>().unwrap().as_second();
            assert_eq!(berlin.shown(unix, ".5").as_deref(), Some(shown));
        }
        assert_eq!(berlin.shown(i64::MAX, ""), None);
        let nepal = Zone(TimeZone::posix("<+0545>-5:45").unwrap());
        assert_eq!(nepal.shown(0, "").as_deref(), Some("1970-01-01 05:45:00+05:45"));
    }
}
