//! The journal's clocks: the wall clock and the monotonic one, and both read together.

#[cfg_attr(unix, path = "clock/unix.rs")]
#[cfg_attr(not(unix), path = "clock/elsewhere.rs")]
mod system;

use crate::record::Timestamp;
use std::fmt;
use std::time::Duration;

/// Tells a log the time. By default that is the system's clock.
///
/// Tests can pass another one to [`AuditLayerBuilder::clock`](crate::AuditLayerBuilder::clock), for
/// example to see what their application does when a day begins.
///
/// # Examples
///
/// ```
/// use std::sync::Mutex;
/// use tracing_audit::record::{Record, Timestamp};
/// use tracing_audit::{AuditLayer, testing::Clock};
///
/// /// A clock that is set by hand.
/// #[derive(Debug)]
/// struct TestClock(Mutex<Timestamp>);
///
/// impl Clock for &'static TestClock {
///     fn now(&self) -> Timestamp {
///         *self.0.lock().unwrap()
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let directory = folder.path().join("audit");
/// let evening = "2026-05-28T23:59:59.000000000Z".parse::<Timestamp>()?;
/// let clock: &'static TestClock = Box::leak(Box::new(TestClock(Mutex::new(evening))));
/// let (_layer, guard) = AuditLayer::builder(&directory).clock(clock).open()?;
/// guard.handle().append(Record::new("settings.changed"));
/// *clock.0.lock().unwrap() = "2026-05-29T00:00:01.000000000Z".parse()?;
/// guard.handle().append(Record::new("settings.changed"));
/// guard.shutdown(std::time::Duration::from_secs(5))?;
///
/// assert!(directory.join("audit-2026-05-28.log").is_file());
/// assert!(directory.join("audit-2026-05-29.log").is_file());
/// # Ok(())
/// # }
/// ```
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the current time.
    fn now(&self) -> Timestamp;

    /// Returns the time since some fixed instant, by a clock that is never set and that goes on
    /// while the machine sleeps. [`now`](Clock::now) is compared with it.
    ///
    /// Default: `None`, which means that there is no such clock. Then a step of
    /// [`now`](Clock::now) is noticed only if it goes back.
    fn monotonic(&self) -> Option<Duration> {
        None
    }

    /// Returns an identifier of the instant from which [`monotonic`](Clock::monotonic) counts, such
    /// as an id of the machine's boot. It stays the same over restarts of the process.
    ///
    /// Default: `None`, which means that it is not known.
    fn boot_id(&self) -> Option<String> {
        None
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        system::now()
    }

    fn monotonic(&self) -> Option<Duration> {
        system::monotonic()
    }

    fn boot_id(&self) -> Option<String> {
        system::boot_id()
    }
}

/// What both clocks show, read together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) wall: Timestamp,
    pub(super) monotonic: Option<Duration>,
}

impl Reading {
    /// Reads both clocks, and again if the thread was interrupted in between: that would look like a
    /// step.
    pub(super) fn of(clock: &dyn Clock) -> Reading {
        const TOGETHER: Duration = Duration::from_millis(100);
        let mut before = clock.monotonic();
        for _ in 0..8 {
            let wall = clock.now();
            let after = clock.monotonic();
            match before.zip(after) {
                Some((begun, ended)) if ended.saturating_sub(begun) > TOGETHER => before = after,
                _ => return Reading { wall, monotonic: after },
            }
        }
        Reading { wall: clock.now(), monotonic: before }
    }

    /// Returns what the wall clock should show at `monotonic`.
    pub(super) fn at(self, monotonic: Duration) -> Timestamp {
        let since = self.monotonic.map_or(0, |begun| nanos(monotonic) - nanos(begun));
        Timestamp::from_unix_nanos(self.wall.unix_nanos() + since)
    }
}

/// Returns a duration in nanoseconds.
pub(super) fn nanos(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}
