//! A clock that runs ahead of the machine's by a constant.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tracing_audit::record::Timestamp;
use tracing_audit::testing::Clock;

/// The clocks of a machine that has slept for some nanoseconds. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct ShiftedClock(Arc<AtomicU64>);

impl ShiftedClock {
    pub(crate) fn new(shift: Duration) -> ShiftedClock {
        ShiftedClock(Arc::new(AtomicU64::new(nanos(shift))))
    }

    /// Returns the shift after which the clock shows `then` (nanoseconds since 1970) in so long from now.
    pub(crate) fn shift_to(then: i128, from_now: Duration) -> Duration {
        let now = Timestamp::from(SystemTime::now()).unix_nanos();
        Duration::from_nanos(u64::try_from(then - now).unwrap()) - from_now
    }

    pub(crate) fn sleep(&self, time: Duration) {
        self.0.fetch_add(nanos(time), Ordering::Relaxed);
    }

    fn shift(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// Returns the monotonic time, which all processes share.
#[cfg(unix)]
fn machine() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap()
}

/// Returns the wall clock, which is not set while the tests run.
#[cfg(not(unix))]
fn machine() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap()
}

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from(SystemTime::now() + self.shift())
    }

    fn monotonic(&self) -> Option<Duration> {
        Some(machine() + self.shift())
    }

    fn boot_id(&self) -> Option<String> {
        Some("boot 1".to_owned())
    }
}
