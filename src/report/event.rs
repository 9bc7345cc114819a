//! One report, as a `tracing` event.

use crate::record::escaped;
use crate::unwind::caught;
use std::cell::Cell;
use tracing_core::dispatcher;
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
    /// How many reports of its kind were held back before it.
    pub(crate) suppressed: u64,
}

thread_local! {
    /// Whether this thread is sending a report.
    static SENDING: Cell<bool> = const { Cell::new(false) };
}

/// Returns whether this thread is sending a report.
pub(super) fn is_sending() -> bool {
    SENDING.try_with(Cell::get).unwrap_or(false)
}

impl Report {
    /// Sends the report through this dispatch, if its filters let it through. No scoped default is
    /// set for that, since it would change what other threads' layers see.
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
        let send = || {
            if dispatch.enabled(metadata) {
                let text = escaped(&self.text);
                let text = display(&text);
                let suppressed = (self.suppressed > 0).then_some(self.suppressed);
                let values: [Option<&dyn Value>; 2] = [Some(&text), Some(&suppressed)];
                dispatch.event(&Event::new(metadata, &metadata.fields().value_set_all(&values)));
            }
        };
        // A layer may panic, as `fmt` does while the thread's locals are destroyed. The panic hook
        // has told of it.
        caught(send).unwrap_or(());
    }

    /// Sends the report to the global default, from a thread of its own, which is outside of every
    /// dispatch.
    pub(crate) fn send_from_outside(self) {
        // Without a thread, the report can't be sent.
        on_a_thread(move || self.send(&dispatcher::get_default(Dispatch::clone)));
    }
}

/// Runs `work` on a thread of its own, and returns whether one could be started. Starting one may
/// panic while the caller's thread-locals are destroyed.
pub(super) fn on_a_thread(work: impl FnOnce() + Send + 'static) -> bool {
    let builder = std::thread::Builder::new().name("audit-report".to_owned());
    caught(|| builder.spawn(work).is_ok()).unwrap_or(false)
}

/// Marks this thread as sending until it is dropped, also by a panic.
struct Sending;

impl Drop for Sending {
    fn drop(&mut self) {
        // The thread-local was accessible a moment ago.
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
