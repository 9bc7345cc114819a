//! A clock that the test sets.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tracing_audit::record::Timestamp;
use tracing_audit::testing::Clock;

pub const SECOND: i128 = 1_000_000_000;
pub const HOUR: i128 = 3600 * SECOND;
pub const DAY: i128 = 24 * HOUR;

/// The clocks of a machine. Clones share them.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Mutex<Hands>>);

/// In nanoseconds; `truth` and `wall` since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug)]
struct Hands {
    /// The true time.
    truth: i128,
    wall: i128,
    /// The time since the machine booted.
    monotonic: i128,
    boot: u32,
}

impl TestClock {
    /// Creates a correct clock at a time such as `2026-05-28T12:00:00Z`.
    pub fn at(time: &str) -> TestClock {
        let (seconds, _) = time.split_once('Z').unwrap();
        let truth = format!("{seconds}.000000000Z").parse::<Timestamp>().unwrap().unix_nanos();
        TestClock(Arc::new(Mutex::new(Hands { truth, wall: truth, monotonic: 100 * SECOND, boot: 1 })))
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap()
    }

    /// Lets time pass, with the machine awake, asleep or off.
    pub fn pass(&self, nanos: i128) {
        let mut hands = self.hands();
        hands.truth += nanos;
        hands.wall += nanos;
        hands.monotonic += nanos;
    }

    /// Sets the wall clock ahead, or back if negative.
    pub fn step(&self, nanos: i128) {
        self.hands().wall += nanos;
    }

    /// Boots the machine.
    pub fn reboot(&self) {
        let mut hands = self.hands();
        hands.monotonic = 5 * SECOND;
        hands.boot += 1;
    }

    pub fn truth(&self) -> i128 {
        self.hands().truth
    }

    pub fn wall(&self) -> i128 {
        self.hands().wall
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_nanos(self.wall())
    }

    fn monotonic(&self) -> Option<Duration> {
        Some(Duration::from_nanos(u64::try_from(self.hands().monotonic).unwrap()))
    }

    fn boot_id(&self) -> Option<String> {
        Some(format!("boot {}", self.hands().boot))
    }
}

/// Returns the UTC day of a time, as `2026-05-28`.
pub fn day_of(nanos: i128) -> String {
    Timestamp::from_unix_nanos(nanos).to_string()[..10].to_owned()
}

/// Returns the name of the first day file of the time's UTC day.
pub fn day_file_of(nanos: i128) -> String {
    format!("audit-{}.log", day_of(nanos))
}
