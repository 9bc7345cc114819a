//! The application. It does what its input says, and says what comes of it.
//!
//! | input | does |
//! |---|---|
//! | `flush MS`, `prune`, `stats` | that call; says `flush MILLISECONDS RESULT` |
//! | `late LINE` | nothing but to say it again: what was said before has been done |
//! | `shutdown MS` | lets the threads end, shuts the log down, exits |
//! | `drop` | lets the threads end, drops the guard, exits |
//!
//! At the end of its input it shuts down within ten seconds. It never waits for its threads: one
//! of them may be held by a frozen disk.

use super::notes::{EVENT, Notes, SYNCED, monotonic_nanos};
use crate::support::TEST_TYPES;
use crate::support::child::say;
use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll, Wake};
use std::time::{Duration, Instant};
use tracing::Dispatch;
use tracing_audit::mirror::{Batch, Delivered, DeliveryError};
use tracing_audit::{AuditHandle, AuditLayer, Durability, Mirror, Record, audit};
use tracing_subscriber::prelude::*;

/// The orders, in this environment variable: words `key=value`.
pub(crate) const ORDERS: &str = "AUDIT_ORDERS";

/// How late a thread that only sleeps may wake before its process counts as not running.
const LATE: Duration = Duration::from_millis(5);

/// What an emitter is to do.
#[derive(Clone, Debug)]
pub(crate) struct Orders(BTreeMap<String, String>);

impl Orders {
    pub(crate) fn new(dir: &Path, notes: &Path) -> Orders {
        let orders = Orders(BTreeMap::new());
        orders.with("dir", dir.display()).with("notes", notes.display())
    }

    pub(crate) fn from_env() -> Option<Orders> {
        let text = std::env::var(ORDERS).ok()?;
        let pairs = text.split_whitespace().map(|word| word.split_once('=').unwrap());
        Some(Orders(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()))
    }

    pub(crate) fn with(mut self, key: &str, value: impl Display) -> Orders {
        self.0.insert(key.to_owned(), value.to_string());
        self
    }

    fn path(&self, key: &str) -> PathBuf {
        PathBuf::from(&self.0[key])
    }

    fn number(&self, key: &str, default: u64) -> u64 {
        self.0.get(key).map_or(default, |value| value.parse().unwrap())
    }
}

impl Display for Orders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|(key, value)| write!(f, "{key}={value} "))
    }
}

/// Emits until the input ends.
pub(crate) fn run(orders: &Orders) {
    let (dir, notes) = (orders.path("dir"), orders.path("notes"));
    // No runtime thread of the process needs the disk that is in trouble.
    std::env::set_current_dir(&notes).unwrap();
    watch_for_pauses(&notes);
    let durability = if orders.number("power", 0) == 1 { Durability::PowerLoss } else { Durability::Process };
    let mut builder = AuditLayer::builder(&dir)
        .catalog(TEST_TYPES)
        .disk_low_bytes(0)
        .append_deadline(Duration::from_millis(orders.number("deadline_ms", 100)))
        .sync_deadline(Duration::from_millis(orders.number("sync_deadline_ms", 5000)))
        .intake_bytes(orders.number("intake", 8 << 20) as usize)
        .max_record_bytes(orders.number("max_record", 256 << 10) as usize)
        .retention_days(orders.number("retention", 36_500) as u32)
        .durability(durability);
    if orders.number("mirror", 0) == 1 {
        let arrived = Notes::create(&notes, &format!("{}.arrived", std::process::id()));
        builder = builder.mirror("collector", Collector { arrived, word: notes.join("collector") });
    }
    let (layer, guard) = match builder.open() {
        Ok(log) => log,
        Err(error) => return say(format_args!("not opened: {}", chain(&error))),
    };
    say("opened");
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    let (is_over, said) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(BTreeMap::new())));
    let emitters = (0..orders.number("threads", 8)).map(|thread| {
        let (orders, dispatch, handle) = (orders.clone(), dispatch.clone(), guard.handle());
        let (is_over, said) = (Arc::clone(&is_over), Arc::clone(&said));
        std::thread::spawn(move || {
            let from = format!("{}.{thread}", std::process::id());
            let notes = Notes::create(&orders.path("notes"), &from);
            let emitter = Emitter { from, notes, orders, handle, said };
            tracing::dispatcher::with_default(&dispatch, || emitter.emit(&is_over));
        })
    });
    let emitters = emitters.collect::<Vec<_>>();
    let handle = guard.handle();
    let mut end = "shutdown 10000".to_owned();
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let mut words = line.split(' ');
        let word = words.next().unwrap();
        let millis = words.next().and_then(|word| word.parse().ok()).unwrap_or(1000);
        let timeout = Duration::from_millis(millis);
        match word {
            "flush" => {
                let seq = handle.stats().last_seq;
                let flushed = timed("flush", || handle.flush(timeout));
                if let (true, Some(seq)) = (flushed, seq) {
                    let mut notes = Notes::create(&notes, &format!("{}.flush{seq}", std::process::id()));
                    notes.call(SYNCED, seq, || Some(seq));
                }
            }
            "prune" => drop(timed("prune", || handle.prune())),
            "stats" => {
                let mut stats = None;
                timed("stats", || {
                    stats = Some(handle.stats());
                    Ok::<(), std::fmt::Error>(())
                });
                say(format_args!("state {stats:?}"));
            }
            "late" => say(&line),
            "shutdown" | "drop" => {
                end = line;
                break;
            }
            _ => panic!("{line}"),
        }
    }
    is_over.store(true, Ordering::Relaxed);
    // As an application does: it waits for its threads a little.
    let since = Instant::now();
    while since.elapsed() < Duration::from_millis(500) && !emitters.iter().all(|thread| thread.is_finished())
    {
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(handle);
    match end.split_once(' ') {
        Some((_, millis)) => {
            let timeout = Duration::from_millis(millis.parse().unwrap());
            timed("shutdown", || match guard.shutdown(timeout) {
                Ok(report) if report.undelivered.is_empty() => Ok(()),
                Ok(report) => Err(report.to_string()),
                Err(error) => Err(format!("{error:?}")),
            });
        }
        None => {
            timed("drop", || {
                drop(guard);
                Ok::<(), std::fmt::Error>(())
            });
        }
    }
    say("ended");
    std::io::stdout().flush().unwrap();
    std::process::exit(0);
}

/// Says how long a call took, in milliseconds, and returns whether it was well.
fn timed<T, E: Debug + Display>(what: &str, call: impl FnOnce() -> Result<T, E>) -> bool {
    let since = Instant::now();
    let result = call();
    let took = since.elapsed().as_millis();
    match &result {
        Ok(_) => say(format_args!("{what} {took} ok")),
        Err(error) => say(format_args!("{what} {took} {error} ({error:?})").to_string().replace('\n', " ")),
    }
    result.is_ok()
}

struct Emitter {
    from: String,
    notes: Notes,
    orders: Orders,
    handle: AuditHandle,
    /// Each kind of refusal is said once.
    said: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Emitter {
    fn emit(mut self, is_over: &AtomicBool) {
        let pause = Duration::from_micros(self.orders.number("pause_us", 0));
        let burst = self.orders.number("burst", 1);
        let sync_every = self.orders.number("sync_every", 0);
        let wakes_itself = self.orders.number("waker", 0) == 1;
        let is_power_loss = self.orders.number("power", 0) == 1;
        let padding = "x".repeat(self.orders.number("padding", 60) as usize);
        for n in 0..self.orders.number("events", u64::MAX) {
            if is_over.load(Ordering::Relaxed) {
                return;
            }
            let (from, said, handle) = (&self.from, &self.said, &self.handle);
            let (mut receipt, mut is_on_disk) = (None, false);
            let kept = self.notes.call(EVENT, n, || {
                // Both ways into the log.
                let got = if n % 2 == 0 {
                    audit!("a.b", resource.from = from, resource.n = n, resource.padding = padding)
                } else {
                    let record = Record::new("a.b").resource("from", from.as_str());
                    handle.append(record.resource("n", n).resource("padding", padding.as_str()))
                };
                let result = got.seq().ok_or(());
                is_on_disk = is_power_loss && got.result().is_ok();
                if let Err(error) = got.result() {
                    let mut said = said.lock().unwrap();
                    let text = chain(&error);
                    // The numbers in it are not the kind.
                    let kind = text.replace(|c: char| c.is_ascii_digit(), "");
                    if *said.entry(kind).and_modify(|count| *count += 1).or_insert(1) == 1 {
                        say(format_args!("refused: {text}"));
                    }
                }
                receipt = Some(got);
                result.ok()
            });
            if is_on_disk && let Some(seq) = kept {
                self.notes.call(SYNCED, seq, || Some(seq));
            }
            if sync_every > 0
                && n % sync_every == 0
                && let Some(seq) = kept
            {
                let receipt = receipt.unwrap();
                if wakes_itself {
                    Eager::wait(handle, receipt.synced());
                }
                self.notes
                    .call(SYNCED, seq, || receipt.wait_synced(Duration::from_secs(20)).ok().map(|_| seq));
            }
            if !pause.is_zero() && n % burst == 0 {
                std::thread::sleep(pause);
            } else if kept.is_none() {
                std::thread::sleep(Duration::from_micros(500));
            }
        }
    }
}

/// A task whose waker polls it at once, on the thread that wakes it. When it hears that its record
/// could not be brought to disk, it records another one and waits for that.
struct Eager {
    handle: AuditHandle,
    future: Mutex<Option<tracing_audit::Synced>>,
    done: AtomicBool,
}

impl Eager {
    /// Waits until the future is ready, whatever its result.
    fn wait(handle: &AuditHandle, future: tracing_audit::Synced) {
        let (handle, future) = (handle.clone(), Mutex::new(Some(future)));
        let task = Arc::new(Eager { handle, future, done: AtomicBool::new(false) });
        Arc::clone(&task).wake();
        while !task.done.load(Ordering::Acquire) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Wake for Eager {
    fn wake(self: Arc<Eager>) {
        let waker = Arc::clone(&self).into();
        // One that is polled already is asked again by the task that has it.
        let Ok(mut future) = self.future.try_lock() else {
            return;
        };
        while let Some(polled) = &mut *future {
            match Pin::new(polled).poll(&mut TaskContext::from_waker(&waker)) {
                Poll::Pending => return,
                Poll::Ready(Ok(_)) => {
                    *future = None;
                    self.done.store(true, Ordering::Release);
                }
                Poll::Ready(Err(_)) => {
                    // It has all the calls of a handle to itself, and none may wait for the waker.
                    self.handle.flush(Duration::from_millis(10)).ok();
                    let record = Record::new("a.b").resource("from", "the waker").resource("n", 0);
                    *future = Some(self.handle.append(record).synced());
                }
            }
        }
    }
}

/// Notes when the process did not run: stopped, or on a machine that is too busy. What its calls
/// take meanwhile is not the log's fault.
fn watch_for_pauses(notes: &Path) {
    let mut notes = Notes::create(notes, &format!("{}.pauses", std::process::id()));
    std::thread::spawn(move || {
        let mut before = monotonic_nanos();
        loop {
            std::thread::sleep(Duration::from_millis(5));
            let now = monotonic_nanos();
            let late = Duration::from_nanos(now - before).saturating_sub(Duration::from_millis(5));
            if late > LATE {
                notes.call(EVENT, now - before, || Some(before));
            }
            before = now;
        }
    });
}

/// A receiver that behaves as the file `collector` among the notes says.
struct Collector {
    arrived: Notes,
    word: PathBuf,
}

impl Mirror for Collector {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        let word = std::fs::read_to_string(&self.word).unwrap_or_default();
        match word.trim() {
            "away" => return Err(DeliveryError::retry("the receiver is away")),
            "refuses" => return Err(DeliveryError::rejected("400 Bad Request")),
            "panics" => panic!("the receiver's client panics"),
            "hangs" => {
                while std::fs::read_to_string(&self.word).is_ok_and(|word| word.trim() == "hangs") {
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
            _ => {}
        }
        for line in batch.lines() {
            self.arrived.call(EVENT, line.seq(), || Some(line.seq()));
        }
        Ok(Delivered::all())
    }
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
