//! The clocks of a system that is not Unix, as far as the standard library knows them.

use crate::record::Timestamp;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

/// Returns the time.
pub(super) fn now() -> Timestamp {
    SystemTime::now().into()
}

/// Returns the time since this was called first.
#[allow(clippy::unnecessary_wraps, reason = "on other systems it may be unknown")]
pub(super) fn monotonic() -> Option<Duration> {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    Some(BEGUN.elapsed())
}

/// Returns `None`: the boot has no id here.
pub(super) fn boot_id() -> Option<String> {
    None
}
