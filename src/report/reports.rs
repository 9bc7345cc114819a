//! The reports of one log.

use super::event::{Level, Report, is_sending, on_a_thread};
use super::limiter::Limiter;
use crate::lock::lock;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tracing_core::Dispatch;
use tracing_core::dispatcher::{self, WeakDispatch};

/// The reports of one log that are not sent yet, and the dispatch that they are sent to.
pub(crate) struct Reports {
    pending: Mutex<Vec<Report>>,
    /// Whether a report is pending, to be read without the lock.
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

    /// Takes a report, to be sent later. Returns `false` if it was held back.
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

    /// Sends the pending reports. The caller must be outside of any layer.
    pub(crate) fn deliver(&self, dispatch: &Dispatch) {
        if self.waiting.load(Ordering::Acquire) && !is_sending() {
            self.waiting.store(false, Ordering::Release);
            let pending = std::mem::take(&mut *lock(&self.pending));
            for report in pending {
                report.send(dispatch);
            }
        }
    }

    /// Sends the pending reports from a thread of its own, for callers that may be inside of a
    /// layer.
    pub(crate) fn deliver_from_outside(self: &Arc<Reports>) {
        if !self.waiting.load(Ordering::Acquire) {
            return;
        }
        let reports = Arc::clone(self);
        // Upgraded here, since the dispatch may be dropped before the thread has started.
        let dispatch = self.dispatch();
        // Without a thread, the reports stay pending until the next delivery.
        on_a_thread(move || {
            reports.deliver(&dispatch.unwrap_or_else(|| dispatcher::get_default(Dispatch::clone)));
        });
    }

    /// Sends the pending reports, if the layer's dispatch is known; else they stay pending. The
    /// caller must be a thread of the log's own.
    pub(crate) fn deliver_if_heard(&self) {
        if let Some(dispatch) = self.dispatch() {
            self.deliver(&dispatch);
        }
    }

    /// Like [`deliver_if_heard`](Reports::deliver_if_heard), but from a thread of its own, for a
    /// caller that must not wait for the runtime log.
    pub(crate) fn deliver_from_outside_if_heard(self: &Arc<Reports>) {
        if self.dispatch().is_some() {
            self.deliver_from_outside();
        }
    }

    /// Remembers the dispatch of the layer, if none is known yet.
    pub(crate) fn heard_by(&self, dispatch: &Dispatch) {
        lock(&self.dispatch).get_or_insert_with(|| dispatch.downgrade());
    }

    /// Returns the dispatch of the layer, if it is known and still exists.
    pub(crate) fn dispatch(&self) -> Option<Dispatch> {
        lock(&self.dispatch).as_ref().and_then(WeakDispatch::upgrade)
    }
}
