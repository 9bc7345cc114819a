//! Ages and errors, as checks say them.

use crate::read::error::ReadError;
use crate::record::Timestamp;
use std::time::Duration;

/// Returns how long ago a time is; zero if it is to come.
pub(super) fn age(time: Timestamp, now: Timestamp) -> Duration {
    let nanos = (now.unix_nanos() - time.unix_nanos()).max(0);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// Returns a duration in whole seconds, as people read it.
pub(super) fn shown(duration: Duration) -> humantime::FormattedDuration {
    humantime::format_duration(Duration::from_secs(duration.as_secs()))
}

/// Returns the words for what could not be read.
pub(super) fn unreadable(error: &ReadError) -> String {
    crate::error::Chain(error).to_string()
}
