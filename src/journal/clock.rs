//! The journal's clock.

use crate::record::Timestamp;
use std::fmt;
use std::time::Duration;

/// Where the journal has the time from: the system, but for tests.
///
/// An application's own tests can give another one to
/// [`AuditLayerBuilder::clock`](crate::AuditLayerBuilder::clock), to see what
/// happens at a change of day.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// How long it is since some instant, by a clock that nobody sets and that goes on
    /// while the machine sleeps: what [`now`](Clock::now) is judged by.
    ///
    /// `None`, the default, says that there is no such clock: then a step of
    /// [`now`](Clock::now) is noticed only where it goes back.
    fn monotonic(&self) -> Option<Duration> {
        None
    }

    /// What stays the same for as long as [`monotonic`](Clock::monotonic) counts from the
    /// same instant, over restarts of the process too: which boot of the machine it is.
    /// `None`, the default, says that this is not known.
    fn boot_id(&self) -> Option<String> {
        None
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    /// Without the detour over `SystemTime`, which shows in the benchmark.
    #[cfg(unix)]
    fn now(&self) -> Timestamp {
        use rustix::time::{ClockId, clock_gettime};
        let time = clock_gettime(ClockId::Realtime);
        #[allow(clippy::useless_conversion, reason = "other widths on other systems")]
        Timestamp::from_unix(time.tv_sec.into(), time.tv_nsec.try_into().unwrap_or_default())
    }

    #[cfg(not(unix))]
    fn now(&self) -> Timestamp {
        std::time::SystemTime::now().into()
    }

    /// The clock that counts sleep, too, has another name on each system.
    #[cfg(unix)]
    fn monotonic(&self) -> Option<Duration> {
        use rustix::time::{ClockId, clock_gettime};
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let clock = ClockId::Boottime;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let clock = ClockId::Monotonic;
        let time = clock_gettime(clock);
        Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
    }

    #[cfg(not(unix))]
    fn monotonic(&self) -> Option<Duration> {
        use std::sync::LazyLock;
        use std::time::Instant;
        static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
        Some(BEGUN.elapsed())
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn boot_id(&self) -> Option<String> {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(id.trim_end().to_owned())
    }
}

/// Both clocks, read together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) wall: Timestamp,
    pub(super) monotonic: Option<Duration>,
}

impl Reading {
    /// Reads them again if this thread was held up in between: it would look like a step.
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

    /// What the wall's clock should show at `monotonic`.
    pub(super) fn at(self, monotonic: Duration) -> Timestamp {
        let since = self.monotonic.map_or(0, |begun| nanos(monotonic) - nanos(begun));
        Timestamp::from_unix_nanos(self.wall.unix_nanos() + since)
    }
}

pub(super) fn nanos(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}
