//! Times as people write them.

use crate::record::Timestamp;
use std::time::Duration;

/// A text is not a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a time: {reason}; a time is `2026-05-28`, `2026-05-28T12:00Z`, `2026-05-28T14:00:00.5+02:00`, `now`, `today`, `yesterday`, `2 hours ago` or `2h`"
)]
pub struct ParseTimeError {
    text: String,
    reason: String,
}

/// Returns the time that a text means, as seen at `now`.
///
/// | text | meaning |
/// |---|---|
/// | `2026-05-28T12:00:00Z`, `2026-05-28 12:00:00.5`, `2026-05-28T14:00+02:00` | that time; without seconds, at the full minute; UTC without an offset |
/// | `2026-05-28` | that day's beginning, UTC |
/// | `now` | `now` |
/// | `today`, `yesterday` | the beginning of the UTC day of `now`, or of the one before |
/// | `2 hours ago`, `2h`, `-2h`, `1day 6h` | so long before `now`; units from nanoseconds to years, as [`humantime`] has them |
///
/// ```
/// use tracing_audit::read::parse_time;
///
/// let now = "2026-05-28T09:30:00.000000000Z".parse()?;
/// assert_eq!(parse_time("2 hours ago", now)?.to_string(), "2026-05-28T07:30:00.000000000Z");
/// assert_eq!(parse_time("2026-05-28T12:00+02:00", now)?.to_string(), "2026-05-28T10:00:00.000000000Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`ParseTimeError`], with the text and what is wrong with it.
pub fn parse_time(text: &str, now: Timestamp) -> Result<Timestamp, ParseTimeError> {
    let trimmed = text.trim();
    let fail = |reason: String| ParseTimeError { text: text.to_owned(), reason };
    match trimmed {
        "now" => return Ok(now),
        "today" => return Ok(day_begin(now, 0)),
        "yesterday" => return Ok(day_begin(now, 1)),
        "" => return Err(fail("it is empty".to_owned())),
        _ => {}
    }
    // A date begins with four digits and a hyphen; no span of time has one.
    if trimmed.as_bytes().get(4) == Some(&b'-') {
        return date_and_time(trimmed).map_err(fail);
    }
    let span = trimmed.strip_prefix('-').unwrap_or(trimmed);
    let span = span.strip_suffix("ago").unwrap_or(span).trim();
    match humantime::parse_duration(span) {
        Ok(span) => Ok(before(now, span)),
        Err(error) => Err(fail(error.to_string())),
    }
}

fn before(now: Timestamp, span: Duration) -> Timestamp {
    let nanos = i128::try_from(span.as_nanos()).unwrap_or(i128::MAX);
    Timestamp::from_unix_nanos(now.unix_nanos().saturating_sub(nanos))
}

fn day_begin(now: Timestamp, days_before: i128) -> Timestamp {
    const DAY: i128 = 86_400_000_000_000;
    Timestamp::from_unix_nanos((now.unix_nanos().div_euclid(DAY) - days_before) * DAY)
}

/// Returns the time of an RFC 3339 text, of which seconds, offset and time of day may be missing.
pub(super) fn date_and_time(text: &str) -> Result<Timestamp, String> {
    let mut rest = Rest { text, at: 0 };
    let date = rest.date()?;
    if rest.is_at_end() {
        return Ok(stamp(date, time::Time::MIDNIGHT, 0));
    }
    if !matches!(rest.next(), Some(b'T' | b't' | b' ')) {
        return Err(format!("at byte {}: a `T` belongs behind the date", rest.at));
    }
    let (hour, minute) = (rest.number(2)?, rest.after(b':')?);
    let (mut second, mut nanos) = (0, 0);
    if rest.peek() == Some(b':') {
        second = rest.after(b':')?;
        if rest.peek() == Some(b'.') {
            nanos = rest.fraction()?;
        }
    }
    let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    let clock = time::Time::from_hms_nano(byte(hour), byte(minute), byte(second), nanos)
        .map_err(|error| error.to_string())?;
    let offset = rest.offset()?;
    if !rest.is_at_end() {
        return Err(format!("at byte {}: nothing is expected behind the time", rest.at + 1));
    }
    Ok(stamp(date, clock, offset))
}

fn stamp(date: time::Date, clock: time::Time, offset_seconds: i64) -> Timestamp {
    let utc = date.with_time(clock).assume_utc().unix_timestamp_nanos();
    Timestamp::from_unix_nanos(utc - i128::from(offset_seconds) * 1_000_000_000)
}

struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl Rest<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn is_at_end(&self) -> bool {
        self.at == self.text.len()
    }

    /// Returns the number of so many digits.
    fn number(&mut self, digits: usize) -> Result<u32, String> {
        let mut number = 0;
        for _ in 0..digits {
            match self.peek() {
                Some(digit @ b'0'..=b'9') => number = number * 10 + u32::from(digit - b'0'),
                _ => return Err(format!("at byte {}: a digit is expected", self.at + 1)),
            }
            self.at += 1;
        }
        Ok(number)
    }

    /// Returns the number of two digits behind a mark.
    fn after(&mut self, mark: u8) -> Result<u32, String> {
        if self.peek() != Some(mark) {
            return Err(format!("at byte {}: `{}` is expected", self.at + 1, char::from(mark)));
        }
        self.at += 1;
        self.number(2)
    }

    fn date(&mut self) -> Result<time::Date, String> {
        let (year, month, day) = (self.number(4)?, self.after(b'-')?, self.after(b'-')?);
        let month = u8::try_from(month).ok().and_then(|month| time::Month::try_from(month).ok());
        let month = month.ok_or("there is no such month")?;
        let (year, day) = (i32::try_from(year).unwrap_or(i32::MAX), u8::try_from(day).unwrap_or(u8::MAX));
        time::Date::from_calendar_date(year, month, day).map_err(|_| "there is no such day".to_owned())
    }

    /// Returns the nanoseconds of a `.` and the digits behind it, of which nine count.
    fn fraction(&mut self) -> Result<u32, String> {
        self.at += 1;
        let (mut nanos, mut digits) = (0, 0);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            if digits < 9 {
                nanos = nanos * 10 + u32::from(digit - b'0');
            }
            digits += 1;
            self.at += 1;
        }
        match digits {
            0 => Err(format!("at byte {}: a digit is expected", self.at + 1)),
            digits => Ok(nanos * 10_u32.pow(9 - digits.min(9))),
        }
    }

    /// Returns the seconds of `Z`, `+02:00` or nothing.
    fn offset(&mut self) -> Result<i64, String> {
        let sign = match self.peek() {
            None => return Ok(0),
            Some(b'Z' | b'z') => {
                self.at += 1;
                return Ok(0);
            }
            Some(b'+') => 1,
            Some(b'-') => -1,
            Some(_) => return Err(format!("at byte {}: `Z` or an offset is expected", self.at + 1)),
        };
        self.at += 1;
        let (hours, minutes) = (self.number(2)?, self.after(b':')?);
        if hours > 23 || minutes > 59 {
            return Err("there is no such offset".to_owned());
        }
        Ok(sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, ParseTimeError> {
        let now = "2026-05-28T09:30:00.123456789Z".parse().unwrap();
        parse_time(text, now).map(|ts| ts.to_string().replace(".000000000", ""))
    }

    #[test]
    fn a_time_is_written_in_many_ways() {
        for (text, time) in [
            ("2026-05-28", "2026-05-28T00:00:00Z"),
            ("2026-05-28T12:00Z", "2026-05-28T12:00:00Z"),
            ("2026-05-28T12:00", "2026-05-28T12:00:00Z"),
            ("2026-05-28 12:00:07", "2026-05-28T12:00:07Z"),
            ("2026-05-28t12:00:07z", "2026-05-28T12:00:07Z"),
            ("2026-05-28T12:00:07.5Z", "2026-05-28T12:00:07.500000000Z"),
            ("2026-05-28T12:00:07.1234567899Z", "2026-05-28T12:00:07.123456789Z"),
            ("2026-05-28T00:30:00+02:00", "2026-05-27T22:30:00Z"),
            ("2026-05-28T12:00-05:30", "2026-05-28T17:30:00Z"),
            ("now", "2026-05-28T09:30:00.123456789Z"),
            ("today", "2026-05-28T00:00:00Z"),
            ("yesterday", "2026-05-27T00:00:00Z"),
            ("2 hours ago", "2026-05-28T07:30:00.123456789Z"),
            ("2h", "2026-05-28T07:30:00.123456789Z"),
            ("-2h", "2026-05-28T07:30:00.123456789Z"),
            (" 1 day 6h ago ", "2026-05-27T03:30:00.123456789Z"),
            ("90000 years", "0000-01-01T00:00:00Z"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(time), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_named_with_what_is_wrong() {
        for (text, reason) in [
            ("", "it is empty"),
            ("2026-13-01", "there is no such month"),
            ("2026-02-29", "there is no such day"),
            ("2026-05-28X", "at byte 11: a `T`"),
            ("2026-05-28T", "at byte 12: a digit"),
            ("2026-05-28T12", "at byte 14: `:`"),
            ("2026-05-28T25:00Z", "hour"),
            ("2026-05-28T23:59:60Z", "second"),
            ("2026-05-28T12:00:00.Z", "at byte 21: a digit"),
            ("2026-05-28T12:00Zx", "at byte 18: nothing"),
            ("2026-05-28T12:00+0200", "at byte 20: `:`"),
            ("2026-05-28T12:00+24:00", "no such offset"),
            ("2026-5-28", "at byte 7: a digit"),
            ("last tuesday", "number"),
            ("2 fortnights ago", "unit"),
            ("é", "ber"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("`{text}` is not a time: ")) && error.contains(reason),
                "{error}"
            );
        }
    }
}
