//! Closing the log.

use super::audit_handle::AuditHandle;
use super::log::Log;
use crate::error::{Chain, ShutdownError, ShutdownReport};
use crate::journal::Journal;
use crate::report::Level;
use std::sync::Arc;
use std::time::Duration;

/// How long dropping a guard waits.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the end of a log waits for its last reports to reach the runtime log.
const REPORT_TIMEOUT: Duration = Duration::from_millis(100);

/// Closes the log when it is dropped or [shut down](AuditGuard::shutdown).
///
/// On drop, it appends `log.closed` and waits up to 5 seconds until all records are on disk.
/// What was not done in that time is reported to the runtime log, for which it waits at most 100
/// milliseconds more: the runtime log may block.
///
/// Hold the guard in `main` for as long as the application runs. The log itself stays open
/// while a layer, a guard or a handle exists: an event that is emitted after the guard is
/// dropped is still recorded, after `log.closed`, and the runtime log warns of the first one.
#[must_use = "the audit log is closed when the guard is dropped: hold it until the application ends"]
#[derive(Debug)]
pub struct AuditGuard {
    log: Arc<Log>,
    /// Whether `shutdown` was called.
    is_closed: bool,
}

impl AuditGuard {
    pub(crate) fn new(log: Arc<Log>) -> AuditGuard {
        AuditGuard { log, is_closed: false }
    }

    /// Returns a handle to the log. Handles are cheap to clone.
    #[must_use]
    pub fn handle(&self) -> AuditHandle {
        AuditHandle::new(Arc::clone(&self.log))
    }

    /// Closes the log within `timeout`, and returns what mirrors have not delivered yet.
    ///
    /// Appends `log.closed`, waits until all records are on disk, and lets the mirrors deliver
    /// for the rest of the time, as long as their receivers take records. A mirror that waits after
    /// a failed attempt gets one last attempt, at once. One that fails only now gets one more, after
    /// at most two seconds. So a receiver that is away takes no longer than the timeout of a request
    /// (`otlp_timeout`), and one that took records until then twice that. Dropping the guard is the
    /// same, but without the second attempt.
    ///
    /// What a mirror has not delivered is on disk, is a warning in the runtime log, and is delivered
    /// when the log is opened again.
    ///
    /// While a layer or a handle exists, such as the layer in a global default subscriber, the
    /// directory stays in use, and a later event is recorded after `log.closed`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tracing_audit::AuditLayer;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let dir = folder.path().join("audit");
    /// let (layer, guard) = AuditLayer::builder(dir).open()?;
    /// // … the application runs …
    /// let report = guard.shutdown(Duration::from_secs(10))?;
    /// // All records are in the day files and on disk; these are for the mirrors.
    /// for mirror in report.undelivered {
    ///     eprintln!("{mirror}");
    /// }
    /// # drop(layer);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ShutdownError::NotClosed`] if records could not be written, and
    /// [`ShutdownError::NotFlushed`] if they are not known to be on disk. Never because of a mirror.
    pub fn shutdown(self, timeout: Duration) -> Result<ShutdownReport, ShutdownError> {
        let mut guard = self;
        guard.is_closed = true;
        let result = guard.log.close(timeout, true);
        guard.log.guard_gone();
        guard.send_reports();
        result
    }

    fn send_reports(&self) {
        self.log.reports().deliver_within(REPORT_TIMEOUT);
    }
}

impl Drop for AuditGuard {
    fn drop(&mut self) {
        // The parent process closes the log, not a forked child.
        if self.is_closed || self.log.journal().is_some_and(Journal::is_forked_child) {
            return;
        }
        let closed = self.log.close(DROP_TIMEOUT, false);
        self.log.guard_gone();
        match closed {
            // What is undelivered is a warning already.
            Ok(_) => {}
            Err(error) => {
                let text = || format!("the audit log was not closed properly: {}", Chain(&error));
                self.log.reports().post(Level::Error, text);
            }
        }
        self.send_reports();
    }
}
