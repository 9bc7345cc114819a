//! The evidence report, from the application that writes the log.

use super::super::audit_handle::AuditHandle;
use crate::read::evidence::{Evidence, EvidenceError, Period, collect};

impl AuditHandle {
    /// Collects the facts of a period from the log's files: what the command `auditlog report` writes. The returned value has them, and
    /// writes them as the page and as JSON. `None` if the log is disabled.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let (_layer, guard) = tracing_audit::AuditLayer::builder(folder.path().join("audit")).open()?;
    /// # let handle = guard.handle();
    /// use std::time::Duration;
    /// use tracing_audit::read::evidence::Period;
    ///
    /// handle.flush(Duration::from_secs(10))?;
    /// if let Some(evidence) = handle.evidence(Period::new("2026-05-01", "2026-05-31")?)? {
    ///     println!("{}", evidence.verdict.sentence);
    ///     std::fs::write(folder.path().join("evidence.html"), evidence.to_html())?;
    ///     std::fs::write(folder.path().join("evidence.json"), evidence.to_json())?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// All day files are read twice, in this thread and as many others as there are processors: some seconds for ten million records. The log
    /// goes on meanwhile, and what it appends is not read. What it has accepted and not yet appended to a day file is not read, either:
    /// call [`flush`](AuditHandle::flush) before.
    ///
    /// Actors and tenants have pseudonyms. For their names, a pinned key, checkpoints from elsewhere or several logs, use
    /// [`collect`] with the log's directory. What an application finds out about its own log is worth as much as the application: an
    /// auditor makes the report of a copy, with a key from elsewhere.
    ///
    /// # Errors
    ///
    /// [`EvidenceError`]: the log could not be read. Whatever is wrong with it is a fact instead.
    pub fn evidence(&self, period: Period) -> Result<Option<Evidence>, EvidenceError> {
        let of = |dir| collect([dir]).from(period.first_day()).until(period.last_day()).run();
        self.log().journal().map(|journal| of(journal.path())).transpose()
    }
}
