//! Points in time, as records spell them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// A point in time, UTC, to the nanosecond, in the years 0000 to 9999.
///
/// `Display` writes, and `FromStr` reads, one spelling: RFC 3339 with nine fractional digits
/// and `Z`.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tracing_audit::record::Timestamp;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let time = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_779_960_600_123_456_700);
/// let ts = Timestamp::from(time);
/// assert_eq!(ts.to_string(), "2026-05-28T09:30:00.123456700Z");
/// assert_eq!(SystemTime::try_from(ts)?, time);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(super) seconds: i64,
    pub(super) nanos: u32,
}

impl Timestamp {
    /// The length of the spelling, in bytes.
    pub(crate) const LEN: usize = 30;
    /// 0000-01-01T00:00:00Z
    pub(super) const FIRST: i64 = -62_167_219_200;
    /// 9999-12-31T23:59:59Z
    pub(super) const LAST: i64 = 253_402_300_799;

    /// Returns the time `nanos` nanoseconds after 1970-01-01T00:00:00Z. A time before the year
    /// 0000 or after 9999 becomes the first or the last time of that range.
    #[must_use]
    pub fn from_unix_nanos(nanos: i128) -> Timestamp {
        let seconds = nanos.div_euclid(NANOS_PER_SECOND);
        if seconds < i128::from(Timestamp::FIRST) {
            return Timestamp { seconds: Timestamp::FIRST, nanos: 0 };
        }
        if seconds > i128::from(Timestamp::LAST) {
            return Timestamp { seconds: Timestamp::LAST, nanos: 999_999_999 };
        }
        Timestamp { seconds: seconds as i64, nanos: nanos.rem_euclid(NANOS_PER_SECOND) as u32 }
    }

    /// Returns the time so many seconds, and fewer than a billion nanoseconds, after
    /// 1970-01-01T00:00:00Z.
    #[inline]
    #[cfg_attr(not(unix), allow(dead_code, reason = "other clocks count otherwise"))]
    pub(crate) fn from_unix(seconds: i64, nanos: u32) -> Timestamp {
        if (Timestamp::FIRST..=Timestamp::LAST).contains(&seconds) && nanos < 1_000_000_000 {
            return Timestamp { seconds, nanos };
        }
        Timestamp::from_unix_nanos(i128::from(seconds) * NANOS_PER_SECOND + i128::from(nanos))
    }

    /// Returns the nanoseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix_nanos(self) -> i128 {
        i128::from(self.seconds) * NANOS_PER_SECOND + i128::from(self.nanos)
    }

    /// Returns the whole seconds since 1970-01-01T00:00:00Z.
    pub(crate) fn unix_seconds(self) -> i64 {
        self.seconds
    }

    /// Returns the time `by` later, or the last time of the range.
    #[must_use]
    pub fn saturating_add(self, by: Duration) -> Timestamp {
        Timestamp::from_unix_nanos(self.unix_nanos() + by.as_nanos() as i128)
    }

    /// Returns the time of this spelling.
    pub(crate) fn parse(text: &[u8]) -> Option<Timestamp> {
        if text.len() != Timestamp::LEN {
            return None;
        }
        for (at, mark) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (29, b'Z')] {
            if text[at] != mark {
                return None;
            }
        }
        let number = |from: usize, to: usize| {
            text[from..to].iter().try_fold(0_u32, |number, byte| {
                byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
            })
        };
        let small = |from, to| number(from, to).and_then(|number| u8::try_from(number).ok());
        let date = time::Date::from_calendar_date(
            i32::try_from(number(0, 4)?).ok()?,
            time::Month::try_from(small(5, 7)?).ok()?,
            small(8, 10)?,
        )
        .ok()?;
        let clock = time::Time::from_hms(small(11, 13)?, small(14, 16)?, small(17, 19)?).ok()?;
        let seconds = date.with_time(clock).assume_utc().unix_timestamp();
        Some(Timestamp { seconds, nanos: number(20, 29)? })
    }

    /// Writes the spelling.
    pub(crate) fn spell(self, out: &mut [u8; Timestamp::LEN]) {
        self.spell_second(out);
        self.spell_nanos(out);
    }

    /// Writes `2026-05-28T09:30:00.` and the `Z`, which change once a second.
    pub(crate) fn spell_second(self, out: &mut [u8; Timestamp::LEN]) {
        let time = time::OffsetDateTime::from_unix_timestamp(self.seconds)
            .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
        let (date, clock) = (time.date(), time.time());
        digits(&mut out[0..4], date.year().unsigned_abs());
        digits(&mut out[5..7], u32::from(u8::from(date.month())));
        digits(&mut out[8..10], u32::from(date.day()));
        digits(&mut out[11..13], u32::from(clock.hour()));
        digits(&mut out[14..16], u32::from(clock.minute()));
        digits(&mut out[17..19], u32::from(clock.second()));
        (out[4], out[7], out[10], out[13], out[16], out[19], out[29]) =
            (b'-', b'-', b'T', b':', b':', b'.', b'Z');
    }

    /// Writes the nine fractional digits, three at a time, so that not each digit has to
    /// wait for the one before.
    pub(crate) fn spell_nanos(self, out: &mut [u8; Timestamp::LEN]) {
        digits(&mut out[20..23], self.nanos / 1_000_000);
        digits(&mut out[23..26], self.nanos / 1_000 % 1_000);
        digits(&mut out[26..29], self.nanos % 1_000);
    }
}

fn digits(out: &mut [u8], mut number: u32) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; Timestamp::LEN];
        self.spell(&mut text);
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// The error of parsing a text that is not a [`Timestamp`] in the spelling of records.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a UTC time with nine fractional digits, as in 2026-05-28T09:30:00.123456789Z")]
pub struct ParseTimestampError {
    text: String,
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Timestamp, ParseTimestampError> {
        Timestamp::parse(text.as_bytes()).ok_or_else(|| ParseTimestampError { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_and_reading_are_inverse_from_the_year_0000_to_9999() {
        for text in [
            "0000-01-01T00:00:00.000000000Z",
            "1969-12-31T23:59:59.999999999Z",
            "1970-01-01T00:00:00.000000000Z",
            "2024-02-29T12:00:00.000000001Z",
            "2026-05-28T09:30:00.123456789Z",
            "9999-12-31T23:59:59.999999999Z",
        ] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
            let nanos = text.parse::<Timestamp>().unwrap().unix_nanos();
            assert_eq!(Timestamp::from_unix_nanos(nanos).to_string(), text);
        }
    }

    #[test]
    fn times_outside_the_range_become_its_ends() {
        assert_eq!(Timestamp::from_unix_nanos(i128::MIN).to_string(), "0000-01-01T00:00:00.000000000Z");
        assert_eq!(Timestamp::from_unix_nanos(i128::MAX).to_string(), "9999-12-31T23:59:59.999999999Z");
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in [
            "",
            "2026-05-28T09:30:00Z",
            "2026-05-28T09:30:00.123Z",
            "2026-05-28 09:30:00.123456789Z",
            "2026-05-28T09:30:00.123456789+00:00",
            "2026-02-29T09:30:00.123456789Z",
            "2026-13-01T09:30:00.123456789Z",
            "2026-05-28T24:00:00.000000000Z",
            "2026-05-28T23:59:60.000000000Z",
            "+026-05-28T09:30:00.123456789Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
