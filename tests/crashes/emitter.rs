//! The emitting process.

use super::Id;
use super::clock::ShiftedClock;
use crate::support::TEST_TYPES;
use std::error::Error;
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tracing::Dispatch;
use tracing_audit::{AuditHandle, AuditLayer, AuditLayerBuilder, audit};
use tracing_subscriber::prelude::*;

const LONG: Duration = Duration::from_secs(3);

/// The orders of an emitter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Orders {
    pub(crate) child: u64,
    pub(crate) threads: u64,
    /// How many events each thread emits before a flush.
    pub(crate) events: u64,
    /// How often it does so.
    pub(crate) flushes: u64,
    /// The longest padding of an event, in bytes.
    pub(crate) longest: usize,
    /// By how much its clock is ahead.
    pub(crate) shift: Duration,
    /// How long the machine sleeps after each flush.
    pub(crate) sleep: Duration,
}

impl std::fmt::Display for Orders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Orders { child, threads, events, flushes, longest, shift, sleep } = self;
        let (shift, sleep) = (shift.as_nanos(), sleep.as_nanos());
        write!(f, "{child} {threads} {events} {flushes} {longest} {shift} {sleep}")
    }
}

impl FromStr for Orders {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Orders, Self::Err> {
        let mut words = text.split(' ');
        let mut word = || words.next().unwrap_or_default();
        Ok(Orders {
            child: word().parse()?,
            threads: word().parse()?,
            events: word().parse()?,
            flushes: word().parse()?,
            longest: word().parse()?,
            shift: Duration::from_nanos(word().parse()?),
            sleep: Duration::from_nanos(word().parse()?),
        })
    }
}

/// Opens the log of emitters and judges, which keeps all records.
pub(crate) fn builder(dir: &Path, clock: &ShiftedClock) -> AuditLayerBuilder {
    let builder = AuditLayer::builder(dir).catalog(TEST_TYPES).disk_low_bytes(0);
    builder.retention_days(36_500).clock(clock.clone())
}

/// Executes the orders, and reports the results.
pub(crate) fn emit(dir: &Path, orders: Orders) {
    let clock = ShiftedClock::new(orders.shift);
    say("opening");
    let (layer, guard) = match builder(dir, &clock).open() {
        Ok(log) => log,
        Err(error) => return say(&format!("not opened: {}", chain(&error))),
    };
    say("opened");
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    let handle = guard.handle();
    for turn in 0..orders.flushes {
        std::thread::scope(|scope| {
            for thread in 0..orders.threads {
                let dispatch = &dispatch;
                let from = turn * orders.events;
                scope.spawn(move || {
                    tracing::dispatcher::with_default(dispatch, || {
                        for n in from..from.saturating_add(orders.events) {
                            emit_one(Id { child: orders.child, thread, n }, orders.longest);
                        }
                    });
                });
            }
        });
        flush(&handle);
        clock.sleep(orders.sleep);
    }
    drop(handle);
    say("closing");
    match guard.shutdown(LONG) {
        Ok(_) => say(&format!("closed {}", now())),
        Err(error) => say(&format!("not closed: {}", chain(&error))),
    }
}

fn emit_one(id: Id, longest: usize) {
    let Id { child, thread, n } = id;
    let receipt = audit!(
        "a.b",
        resource.child = child,
        resource.thread = thread,
        resource.n = n,
        resource.padding = id.padding(longest),
    );
    match receipt.result() {
        Ok(None) => panic!("the log is disabled"),
        Ok(Some(seq)) => say(&format!("{child} {thread} {n} recorded {seq}")),
        Err(error) => say(&format!("{child} {thread} {n} refused {}", chain(&error))),
    }
}

fn flush(handle: &AuditHandle) {
    match handle.flush(LONG) {
        Ok(()) => say(&format!("flushed {}", now())),
        Err(error) => say(&format!("not flushed: {}", chain(&error))),
    }
}

fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Returns the machine's time, in seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

/// Reports a line in one write, whole or not at all, without a lock: threads would queue behind it instead
/// of meeting in the log.
fn say(text: &str) {
    let line = format!("child: {text}\n");
    #[cfg(unix)]
    let written = rustix::io::write(std::io::stdout(), line.as_bytes()).map_err(std::io::Error::from);
    #[cfg(windows)]
    let written = {
        use std::os::windows::io::AsHandle as _;
        let stdout = std::io::stdout().as_handle().try_clone_to_owned().unwrap();
        std::io::Write::write(&mut std::fs::File::from(stdout), line.as_bytes())
    };
    match written {
        // The parent has ended.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => assert_eq!(written.unwrap(), line.len()),
    }
}
