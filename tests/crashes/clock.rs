//! A clock that runs like the machine's, some time ahead of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tracing_audit::record::Timestamp;
use tracing_audit::testing::Clock;

/// Both clocks of a machine that has slept so long, in nanoseconds. Clones are the same
/// machine's.
#[derive(Clone, Debug)]
pub(crate) struct ShiftedClock(Arc<AtomicU64>);

impl ShiftedClock {
    pub(crate) fn new(shift: Duration) -> ShiftedClock {
        ShiftedClock(Arc::new(AtomicU64::new(nanos(shift))))
    }

    /// The shift with which it is `then` (nanoseconds since 1970) in so long from now.
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

/// What all processes of the machine count in.
#[cfg(unix)]
fn machine() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap()
}

/// The same: nobody sets a clock while the tests run.
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
