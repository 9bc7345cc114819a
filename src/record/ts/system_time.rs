//! Timestamps from the system's time, and back.

use super::timestamp::Timestamp;
use std::time::{Duration, SystemTime};

/// The error of converting a [`Timestamp`] that the system's [`SystemTime`] can't hold, such
/// as one before the year 1601 on Windows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time {ts} is out of the range of this system's clock")]
pub struct TimestampRangeError {
    ts: Timestamp,
}

impl From<SystemTime> for Timestamp {
    /// Returns the time. One before the year 0000 or after 9999 becomes the first or the last
    /// time of that range.
    fn from(time: SystemTime) -> Timestamp {
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            // The usual case, without arithmetic of 128 bits.
            Ok(after) if after.as_secs() <= Timestamp::LAST as u64 => {
                Timestamp { seconds: after.as_secs() as i64, nanos: after.subsec_nanos() }
            }
            Ok(after) => Timestamp::from_unix_nanos(after.as_nanos() as i128),
            Err(before) => Timestamp::from_unix_nanos(-(before.duration().as_nanos() as i128)),
        }
    }
}

impl TryFrom<Timestamp> for SystemTime {
    type Error = TimestampRangeError;

    /// Returns the time, to the resolution of the system's clock (100 ns on Windows).
    ///
    /// # Errors
    ///
    /// [`TimestampRangeError`] if [`SystemTime`] can't hold the time on this system.
    fn try_from(ts: Timestamp) -> Result<SystemTime, TimestampRangeError> {
        let seconds = Duration::from_secs(ts.seconds.unsigned_abs());
        let second = if ts.seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(seconds)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(seconds)
        };
        second
            .and_then(|second| second.checked_add(Duration::from_nanos(u64::from(ts.nanos))))
            .ok_or(TimestampRangeError { ts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_the_way_there_and_back() {
        // Fractions that Windows keeps, too.
        for text in [
            "1601-01-01T00:00:00.000000000Z",
            "1969-12-31T23:59:59.999999900Z",
            "1970-01-01T00:00:00.000000000Z",
            "2026-05-28T09:30:00.123456700Z",
            "9999-12-31T23:59:59.999999900Z",
        ] {
            let ts = text.parse::<Timestamp>().unwrap();
            assert_eq!(Timestamp::from(SystemTime::try_from(ts).unwrap()), ts);
        }
    }

    #[test]
    #[cfg_attr(not(windows), ignore = "other systems can hold each time of a record")]
    fn a_time_that_the_system_can_not_hold_is_an_error() {
        let ts = "1600-12-31T23:59:59.000000000Z".parse::<Timestamp>().unwrap();
        assert_eq!(
            SystemTime::try_from(ts).unwrap_err().to_string(),
            "the time 1600-12-31T23:59:59.000000000Z is out of the range of this system's clock"
        );
    }
}
