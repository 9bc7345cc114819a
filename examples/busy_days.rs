//! An application with busy days on a clock of its own, for trying what reads a log while it is written: shippers, `auditlog tail`.
//!
//! ```console
//! $ cargo run --example busy_days -- target/busy 2026-05-27T23:30:00Z 5000 7200
//! ```
//!
//! The arguments are the directory, when it begins, how many events, and by how many seconds the clock is set in the middle. An event
//! comes every five seconds of this clock, a hundred of them every few milliseconds of the real one. Each hundred prints how many there are.

use std::error::Error;
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing_audit::record::Timestamp;
use tracing_audit::testing::Clock;
use tracing_audit::{Actor, AuditLayer, Outcome, Record};

const SECOND: i128 = 1_000_000_000;
const PAUSE: Duration = Duration::from_millis(10);
const LONG: Duration = Duration::from_secs(60);

/// A clock that goes on when it is told to: what it shows, and how much time has passed, in nanoseconds since 1970.
#[derive(Clone, Debug)]
struct OwnClock(Arc<Mutex<(i128, i128)>>);

impl OwnClock {
    fn pass(&self, seconds: i128) {
        let (shown, passed) = self.get();
        self.set((shown + seconds * SECOND, passed + seconds * SECOND));
    }

    fn step(&self, seconds: i128) {
        let (shown, passed) = self.get();
        self.set((shown + seconds * SECOND, passed));
    }

    fn get(&self) -> (i128, i128) {
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn set(&self, time: (i128, i128)) {
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = time;
    }
}

impl Clock for OwnClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_nanos(self.get().0)
    }

    fn monotonic(&self) -> Option<Duration> {
        u64::try_from(self.get().1).ok().map(Duration::from_nanos)
    }

    fn boot_id(&self) -> Option<String> {
        Some("one boot".to_owned())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("the arguments are DIRECTORY BEGIN EVENTS STEP");
    let (dir, begin, events, step) = (next()?, next()?, next()?.parse::<u64>()?, next()?.parse::<i128>()?);
    let begin = humantime::parse_rfc3339(&begin)?.duration_since(std::time::UNIX_EPOCH)?.as_nanos() as i128;
    let clock = OwnClock(Arc::new(Mutex::new((begin, begin))));
    let builder = AuditLayer::builder(dir).application("busy-days", "1.0").append_deadline(LONG);
    let (_, guard) = builder.clock(clock.clone()).open()?;
    for event in 0..events {
        if event == events / 2 && step != 0 {
            clock.step(step);
        }
        let user = Actor::new().user_id(format!("user-{}", event % 50)).tenant("acme");
        let record = match event % 10 {
            0 => {
                Record::new("auth.failed").resource("reason", "bad \"password\"\n").outcome(Outcome::Failure)
            }
            1 => Record::new("settings.changed").resource("größe", "x".repeat((event % 300) as usize)),
            _ => Record::new("privacy.export").resource("pages", event),
        };
        guard.handle().append(record.actor(user)).result()?;
        clock.pass(5);
        if event % 100 == 99 {
            std::thread::sleep(PAUSE);
            writeln!(std::io::stdout(), "{}", event + 1)?;
        }
    }
    guard.shutdown(LONG)?;
    Ok(())
}
