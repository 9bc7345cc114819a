//! The crate's own errors and warnings on their way into the runtime log.
//!
//! They are `tracing` events with the target `tracing_audit`. A report is never
//! sent from inside the audit layer, nor while a lock is held: it is posted, and
//! delivered by whoever is outside again (`audit!`, the guard), or, where that is
//! not known to happen soon, by a thread that lives just as long as that takes. A
//! report raised while one is being sent is counted, not sent. Reports of one kind
//! are limited to ten at once and one a second; what was held back is counted in
//! the next.

use crate::lock::lock;
use std::cell::Cell;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tracing_core::dispatcher::{self, WeakDispatch};
use tracing_core::field::{FieldSet, Value, display};
use tracing_core::{Callsite, Dispatch, Event, Interest, Kind, Metadata, callsite::Identifier};

/// The target of the crate's own events.
const TARGET: &str = "tracing_audit";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Error,
    Warn,
    Info,
}

#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) level: Level,
    pub(crate) text: String,
    /// How many of its kind were held back before it.
    pub(crate) suppressed: u64,
}

thread_local! {
    static SENDING: Cell<bool> = const { Cell::new(false) };
}

fn is_sending() -> bool {
    SENDING.try_with(Cell::get).unwrap_or(false)
}

impl Report {
    /// Sends it through this dispatch, if the filters there want it. No scoped
    /// default is set for that: it would change what other threads' layers see.
    pub(crate) fn send(&self, dispatch: &Dispatch) {
        if SENDING.try_with(|sending| sending.replace(true)).unwrap_or(true) {
            return;
        }
        let _sending = Sending;
        let metadata = match self.level {
            Level::Error => &ERROR,
            Level::Warn => &WARN,
            Level::Info => &INFO,
        };
        if dispatch.enabled(metadata) {
            let text = display(&self.text);
            let suppressed = (self.suppressed > 0).then_some(self.suppressed);
            let values: [Option<&dyn Value>; 2] = [Some(&text), Some(&suppressed)];
            dispatch.event(&Event::new(metadata, &metadata.fields().value_set_all(&values)));
        }
    }

    /// Sends it from a thread of its own, which is outside of every dispatch, to the
    /// global default.
    pub(crate) fn send_from_outside(self) {
        let spawned = std::thread::Builder::new()
            .name("audit-report".to_owned())
            .spawn(move || self.send(&dispatcher::get_default(Dispatch::clone)));
        // Without a thread there is nobody to tell.
        drop(spawned);
    }
}

thread_local! {
    static CONFIDENTIAL: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Runs `work`, and keeps what libraries trace on this thread meanwhile out of the runtime log
/// where the target begins with `target_prefix`: it may contain secrets.
#[cfg(feature = "otlp")]
pub(crate) fn in_confidence<T>(target_prefix: &'static str, work: impl FnOnce() -> T) -> T {
    struct Ends;

    impl Drop for Ends {
        fn drop(&mut self) {
            CONFIDENTIAL.with(|confidential| confidential.set(None));
        }
    }

    CONFIDENTIAL.with(|confidential| confidential.set(Some(target_prefix)));
    let _ends = Ends;
    work()
}

/// Returns whether a runtime event with this target, emitted on this thread now, is to be kept
/// out of the runtime log.
pub(crate) fn is_confidential(target: &str) -> bool {
    CONFIDENTIAL.try_with(Cell::get).ok().flatten().is_some_and(|prefix| target.starts_with(prefix))
}

/// A report is being sent by this thread, until this is dropped, by a panic too.
struct Sending;

impl Drop for Sending {
    fn drop(&mut self) {
        // It was readable a moment ago.
        SENDING.try_with(|sending| sending.set(false)).unwrap_or(());
    }
}

struct ReportCallsite(&'static Metadata<'static>);

impl Callsite for ReportCallsite {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        self.0
    }
}

macro_rules! metadata {
    ($name:ident, $callsite:ident, $level:ident) => {
        static $name: Metadata<'static> = Metadata::new(
            "audit log report",
            TARGET,
            tracing_core::Level::$level,
            None,
            None,
            None,
            FieldSet::new(&["message", "suppressed"], Identifier(&$callsite)),
            Kind::EVENT,
        );
        static $callsite: ReportCallsite = ReportCallsite(&$name);
    };
}

metadata!(ERROR, ERROR_CALLSITE, ERROR);
metadata!(WARN, WARN_CALLSITE, WARN);
metadata!(INFO, INFO_CALLSITE, INFO);

/// Lets ten pass at once, and one a second after that.
#[derive(Debug)]
pub(crate) struct Limiter(Mutex<Bucket>);

#[derive(Debug)]
struct Bucket {
    tokens: u64,
    filled: Option<Instant>,
    suppressed: u64,
}

impl Limiter {
    const BURST: u64 = 10;

    pub(crate) const fn new() -> Limiter {
        Limiter(Mutex::new(Bucket { tokens: Limiter::BURST, filled: None, suppressed: 0 }))
    }

    /// Holds one back.
    fn suppress(&self) {
        lock(&self.0).suppressed += 1;
    }

    /// How many were held back before this one, which may pass; or `None`, if it is
    /// held back itself.
    pub(crate) fn permit(&self) -> Option<u64> {
        let mut bucket = lock(&self.0);
        let now = Instant::now();
        let filled = *bucket.filled.get_or_insert(now);
        let seconds = now.duration_since(filled).as_secs();
        if seconds > 0 {
            bucket.tokens = (bucket.tokens + seconds).min(Limiter::BURST);
            bucket.filled = Some(now);
        }
        if bucket.tokens == 0 {
            bucket.suppressed += 1;
            return None;
        }
        bucket.tokens -= 1;
        Some(std::mem::take(&mut bucket.suppressed))
    }
}

/// What a log has to say, and to whom.
pub(crate) struct Reports {
    pending: Mutex<Vec<Report>>,
    /// Whether anything is pending, to be asked without the lock.
    waiting: AtomicBool,
    errors: Limiter,
    warnings: Limiter,
    /// The dispatch in which the layer was first used.
    dispatch: Mutex<Option<WeakDispatch>>,
}

impl fmt::Debug for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reports").field("pending", &self.pending).finish_non_exhaustive()
    }
}

impl Reports {
    pub(crate) fn new() -> Arc<Reports> {
        Arc::new(Reports {
            pending: Mutex::new(Vec::new()),
            waiting: AtomicBool::new(false),
            errors: Limiter::new(),
            warnings: Limiter::new(),
            dispatch: Mutex::new(None),
        })
    }

    /// Takes a report, to be delivered later; says whether it was taken, not held back.
    pub(crate) fn post(&self, level: Level, text: impl FnOnce() -> String) -> bool {
        let limiter = match level {
            Level::Error => &self.errors,
            Level::Warn | Level::Info => &self.warnings,
        };
        if is_sending() {
            limiter.suppress();
            return false;
        }
        let Some(suppressed) = limiter.permit() else {
            return false;
        };
        let report = Report { level, text: text(), suppressed };
        lock(&self.pending).push(report);
        self.waiting.store(true, Ordering::Release);
        true
    }

    /// Sends what is pending, from a place outside of any layer.
    pub(crate) fn deliver(&self, dispatch: &Dispatch) {
        if self.waiting.load(Ordering::Acquire) && !is_sending() {
            self.waiting.store(false, Ordering::Release);
            let pending = std::mem::take(&mut *lock(&self.pending));
            for report in pending {
                report.send(dispatch);
            }
        }
    }

    /// Sends what is pending from a thread of its own: for callers that may be
    /// inside of a layer.
    pub(crate) fn deliver_from_outside(self: &Arc<Reports>) {
        if !self.waiting.load(Ordering::Acquire) {
            return;
        }
        let reports = Arc::clone(self);
        // Taken here, lest it be gone before the thread has begun.
        let dispatch = self.dispatch();
        let spawned = std::thread::Builder::new().name("audit-report".to_owned()).spawn(move || {
            reports.deliver(&dispatch.unwrap_or_else(|| dispatcher::get_default(Dispatch::clone)));
        });
        // Without a thread it stays pending, for the next one who delivers.
        drop(spawned);
    }

    /// Sends what is pending, from a thread of the log's own, if there is anybody to hear it
    /// yet; else it stays pending.
    pub(crate) fn deliver_if_heard(&self) {
        if let Some(dispatch) = self.dispatch() {
            // A panic there has been told of by the hook, and is not to end the log's thread.
            std::panic::catch_unwind(AssertUnwindSafe(|| self.deliver(&dispatch))).unwrap_or(());
        }
    }

    /// The same, from a thread of its own: for one that nothing is to befall that happens in a
    /// runtime log, neither a wait nor a panic.
    pub(crate) fn deliver_from_outside_if_heard(self: &Arc<Reports>) {
        if self.dispatch().is_some() {
            self.deliver_from_outside();
        }
    }

    /// Remembers the dispatch of the layer, if it is the first.
    pub(crate) fn heard_by(&self, dispatch: &Dispatch) {
        lock(&self.dispatch).get_or_insert_with(|| dispatch.downgrade());
    }

    /// The dispatch of the layer, if it is known and lives.
    pub(crate) fn dispatch(&self) -> Option<Dispatch> {
        lock(&self.dispatch).as_ref().and_then(WeakDispatch::upgrade)
    }
}
