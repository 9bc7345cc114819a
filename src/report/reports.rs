//! The reports of one log.

use super::audience::Audience;
use super::event::{Level, Report, is_sending};
use super::limiter::Limiter;
use super::recent::Recent;
use super::reporter::Queue;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing_core::subscriber::NoSubscriber;
use tracing_core::{Dispatch, dispatcher};

/// The reports of one log that are not sent yet, and the dispatch that they are sent to.
pub(crate) struct Reports {
    queue: Arc<Queue>,
    /// Whether a report was posted since the last delivery, to be read without a lock.
    is_waiting: AtomicBool,
    errors: Limiter,
    warnings: Limiter,
    audience: Audience,
    recent: Recent,
}

impl fmt::Debug for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reports").field("queue", &self.queue).finish_non_exhaustive()
    }
}

impl Reports {
    pub(crate) fn new() -> Arc<Reports> {
        Arc::new(Reports {
            queue: Arc::default(),
            is_waiting: AtomicBool::new(false),
            errors: Limiter::new(),
            warnings: Limiter::new(),
            audience: Audience::default(),
            recent: Recent::default(),
        })
    }

    /// Takes a report, to be sent later. Returns `false` if it was held back: there are too many, or
    /// the runtime log is stuck.
    pub(crate) fn post(&self, level: Level, text: impl FnOnce() -> String) -> bool {
        let limiter = match level {
            Level::Error => &self.errors,
            Level::Warn | Level::Info => &self.warnings,
        };
        if is_sending() || self.queue.is_full() {
            limiter.suppress();
            return false;
        }
        let Some(suppressed) = limiter.permit() else {
            return false;
        };
        let text = text();
        self.recent.add(level, &text);
        self.queue.push(Report { level, text, suppressed });
        self.is_waiting.store(true, Ordering::Release);
        true
    }

    /// Returns the last errors and warnings, and those that wait to be told of new ones.
    pub(crate) fn recent(&self) -> &Recent {
        &self.recent
    }

    /// Has the posted reports sent. Never waits for the runtime log. The caller may be inside of a
    /// layer, but not under a lock.
    #[inline]
    pub(crate) fn deliver(&self) {
        if self.is_waiting.load(Ordering::Acquire) {
            self.send();
        }
    }

    /// Has the posted reports sent if the layer's dispatch is known; else they stay pending. For the
    /// log's own threads.
    pub(crate) fn deliver_if_heard(&self) {
        if self.is_waiting.load(Ordering::Acquire)
            && let Some(dispatch) = self.audience.get()
        {
            self.is_waiting.store(false, Ordering::Release);
            self.queue.send(Some(dispatch));
        }
    }

    /// Has all pending reports sent, and waits at most for `patience` until they are.
    pub(crate) fn deliver_within(&self, patience: Duration) {
        self.send();
        self.queue.wait(patience);
    }

    /// Has all pending reports sent: to the layer's dispatch or, as long as that is not known, to
    /// the current one.
    #[cold]
    fn send(&self) {
        self.is_waiting.store(false, Ordering::Release);
        let current = || {
            let current = dispatcher::get_default(Dispatch::clone);
            // Inside of a layer there may be none.
            (!current.is::<NoSubscriber>()).then_some(current)
        };
        self.queue.send(self.audience.get().or_else(current));
    }

    /// Returns whether the dispatch of the layer was known when it was last needed.
    #[inline]
    pub(crate) fn is_heard(&self) -> bool {
        self.audience.is_known()
    }

    /// Remembers the dispatch of the layer, unless one is known, and has all pending reports sent.
    #[cold]
    pub(crate) fn heard_by(&self, dispatch: &Dispatch) {
        self.audience.set(dispatch);
        self.send();
    }

    /// Returns the dispatch of the layer, if it is known and still exists.
    pub(crate) fn dispatch(&self) -> Option<Dispatch> {
        self.audience.get()
    }
}

#[cfg(test)]
mod tests {
    use super::super::reporter::CAPACITY;
    use super::*;
    use crate::lock::lock;
    use std::fmt::Write as _;
    use std::sync::{Mutex, mpsc};
    use tracing_core::field::{Field, Visit};
    use tracing_core::span::{Attributes, Id, Record};
    use tracing_core::{Event, Metadata, Subscriber};

    const AT_MOST: Duration = Duration::from_secs(30);

    /// A runtime log that does not go on until it is told to, and says what it gets.
    struct Stuck {
        goes_on: Mutex<mpsc::Receiver<()>>,
        lines: Mutex<mpsc::Sender<String>>,
    }

    impl Stuck {
        fn dispatch() -> (Dispatch, mpsc::Sender<()>, mpsc::Receiver<String>) {
            let (go_on, goes_on) = mpsc::channel();
            let (line, lines) = mpsc::channel();
            let stuck = Stuck { goes_on: Mutex::new(goes_on), lines: Mutex::new(line) };
            (Dispatch::new(stuck), go_on, lines)
        }
    }

    impl Subscriber for Stuck {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut text = Text(String::new());
            event.record(&mut text);
            lock(&self.goes_on).recv().unwrap_or(());
            lock(&self.lines).send(text.0).unwrap();
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    struct Text(String);

    impl Visit for Text {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            write!(self.0, "{field}={value:?};").unwrap();
        }
    }

    #[test]
    fn a_runtime_log_that_is_stuck_holds_up_nothing_and_what_it_misses_is_counted() {
        let (stuck, go_on, lines) = Stuck::dispatch();
        let reports = Reports::new();
        reports.heard_by(&stuck);
        assert!(reports.post(Level::Warn, || "first".to_owned()));
        reports.deliver();
        reports.deliver_within(Duration::from_millis(1));
        // The rate is limited, so that a queue takes minutes to fill.
        while !reports.queue.is_full() {
            reports.queue.push(Report { level: Level::Warn, text: "more".to_owned(), suppressed: 0 });
        }
        assert!(!reports.post(Level::Warn, || "lost".to_owned()));
        drop(go_on);
        assert_eq!(lines.recv_timeout(AT_MOST).unwrap(), "message=first;");
        for _ in 0..CAPACITY - 1 {
            assert_eq!(lines.recv_timeout(AT_MOST).unwrap(), "message=more;");
        }
        reports.deliver_within(AT_MOST);
        lines.try_iter().for_each(drop);
        assert!(reports.post(Level::Warn, || "last\u{202e}".to_owned()));
        reports.deliver_within(AT_MOST);
        assert_eq!(lines.try_recv().unwrap(), "message=last\\u{202e};suppressed=1;");
    }

    #[test]
    fn reports_wait_for_a_dispatch_that_hears_them() {
        let reports = Reports::new();
        assert!(reports.post(Level::Error, || "early".to_owned()));
        reports.deliver_if_heard();
        reports.deliver();
        reports.deliver_within(AT_MOST);
        let (heard, go_on, lines) = Stuck::dispatch();
        drop(go_on);
        reports.heard_by(&heard);
        assert_eq!(lines.recv_timeout(AT_MOST).unwrap(), "message=early;");
        // A dispatch that ends with the report is kept until the report is sent.
        assert!(reports.post(Level::Error, || "late".to_owned()));
        reports.deliver();
        drop(heard);
        assert_eq!(lines.recv_timeout(AT_MOST).unwrap(), "message=late;");
        // The last reference to the runtime log is gone by now, or soon.
        assert!(lines.recv_timeout(AT_MOST).is_err());
    }
}
