//! A clock that is set by hand.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tracing_audit::record::Timestamp;
use tracing_audit::testing::Clock;

pub const SECOND: i128 = 1_000_000_000;
pub const HOUR: i128 = 3600 * SECOND;
pub const DAY: i128 = 24 * HOUR;

/// The clocks of a machine. Clones are the same machine's.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Mutex<Hands>>);

/// In nanoseconds; `truth` and `wall` since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug)]
struct Hands {
    /// What time it is, whatever the clocks say.
    truth: i128,
    wall: i128,
    /// Since the machine was booted.
    monotonic: i128,
    boot: u32,
}

impl TestClock {
    /// A clock that is right, at `2026-05-28T12:00:00Z`, say.
    pub fn at(time: &str) -> TestClock {
        let (seconds, _) = time.split_once('Z').unwrap();
        let truth = format!("{seconds}.000000000Z").parse::<Timestamp>().unwrap().unix_nanos();
        TestClock(Arc::new(Mutex::new(Hands { truth, wall: truth, monotonic: 100 * SECOND, boot: 1 })))
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap()
    }

    /// Time passes, with the machine awake, asleep or off.
    pub fn pass(&self, nanos: i128) {
        let mut hands = self.hands();
        hands.truth += nanos;
        hands.wall += nanos;
        hands.monotonic += nanos;
    }

    /// The clock on the wall is set this much ahead, or back, if below zero.
    pub fn step(&self, nanos: i128) {
        self.hands().wall += nanos;
    }

    /// The machine boots.
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

/// The UTC day of a time, spelled `2026-05-28`.
pub fn day_of(nanos: i128) -> String {
    Timestamp::from_unix_nanos(nanos).to_string()[..10].to_owned()
}

/// The name of the first file of the UTC day of a time.
pub fn day_file_of(nanos: i128) -> String {
    format!("audit-{}.log", day_of(nanos))
}
