//! A handle to an open log.

use super::append_record::append_record;
use super::log::{LONGEST, Log};
use super::place::Place;
use super::receipt::Receipt;
use super::stats::Stats;
use crate::caller::otel;
use crate::error::{DeadLetterError, FlushError, PruneError};
use crate::journal::{Journal, Prune};
use crate::record::Record;
use std::panic::Location;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A handle to an open log that does not need a `tracing` dispatch. It is cheap to clone and
/// can be held anywhere.
///
/// Use it for event types that are known only at run time, and where `tracing` may provide no
/// dispatch: inside another layer's callback, or in a panic hook. It also has the log's health
/// check ([`stats`](AuditHandle::stats)) and changes its settings
/// ([`reconfigure`](AuditHandle::reconfigure)).
///
/// ```
/// use std::time::Duration;
/// use tracing_audit::{AuditLayer, Outcome, Record};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path().join("audit");
/// let (layer, guard) = AuditLayer::builder(dir).open()?;
/// let handle = guard.handle();
///
/// let event_type = "auth.failed".to_owned(); // from a plug-in, say
/// let receipt = handle.append(
///     Record::new(event_type).resource("reason", "bad password").outcome(Outcome::Failure),
/// );
/// assert_eq!(receipt.result()?, Some(1)); // after `log.opened`, which is record 0
///
/// handle.flush(Duration::from_secs(5))?;
/// assert_eq!(handle.stats().synced_seq, Some(1));
/// # drop(layer);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AuditHandle {
    log: Arc<Log>,
}

impl AuditHandle {
    pub(super) fn new(log: Arc<Log>) -> AuditHandle {
        AuditHandle { log }
    }

    /// Records an event and returns its receipt.
    ///
    /// A bad event is flagged, never lost. Violations of its catalog entry are listed in
    /// `resource._violations`. An empty event type becomes `audit.unnamed`, a value that nests
    /// deeper than 64 levels becomes its JSON text, and a value beyond the size limit is cut.
    ///
    /// A part of the actor that the record leaves out is taken from the caller's actor scopes
    /// ([`Actor::scope`](crate::Actor::scope)). With the feature `otel-context`, a record
    /// without a trace id gets that of the thread's current OpenTelemetry context. Spans are not
    /// looked at, since the handle has no dispatch.
    #[track_caller]
    pub fn append(&self, record: Record) -> Receipt {
        let place = Place::Caller(Location::caller());
        let receipt = append_record(&self.log, record, place, |_| {}, otel::current);
        self.log.reports().deliver();
        receipt
    }

    /// Waits until all records that were appended before the call are on disk, at most for
    /// `timeout`. Returns at once if the log is disabled.
    ///
    /// # Errors
    ///
    /// [`FlushError`] if they are not on disk in time, or could not be written or synced.
    pub fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        let result = self.log.journal().map_or(Ok(()), |journal| journal.flush(timeout));
        // The flush may have posted reports.
        self.log.reports().deliver();
        result
    }

    /// Returns the log's counters and state: its health check. [`Stats`] says what to alarm on.
    ///
    /// It takes about a microsecond: some counters are read, and the operating system is asked for the
    /// free space on the log's disk (`fstatvfs`). Call it every few seconds from a metrics reader, not in
    /// each request.
    ///
    /// It reads and writes no file, and waits for no thread that a disk can hold up. The free space of a
    /// network file system is asked of its server, which may not answer. The counters are read one by
    /// one, while other threads may record events.
    #[must_use]
    pub fn stats(&self) -> Stats {
        match self.log.journal() {
            Some(journal) if !journal.is_forked_child() => Stats::of(&self.log.sources(journal)),
            _ => Stats::disabled(),
        }
    }

    /// Removes the day files that are older than the retention, and returns them as paths
    /// relative to the directory.
    ///
    /// By this call an operator confirms that the system's clock is right: pruning that a step
    /// of the clock has suspended ([`Stats::pruning_suspended`]) is resumed. Otherwise the log
    /// prunes when it is opened and when a day begins: see "Retention" in the crate's
    /// documentation. With a disabled log it does nothing.
    ///
    /// # Errors
    ///
    /// [`PruneError`] if there is a legal hold, or if a file could not be removed. The other
    /// files are removed all the same.
    pub fn prune(&self) -> Result<Vec<String>, PruneError> {
        let prune = Prune { trust_clock: true, ..Prune::default() };
        self.log.journal().map_or_else(|| Ok(Vec::new()), |journal| journal.prune(prune))
    }

    /// Delivers the dead letters of a mirror again, the oldest first, and removes the file of each one
    /// that the receiver accepts now. Returns how many were delivered.
    ///
    /// Call it after the cause is repaired for which the receiver rejected the records
    /// ([`OnRejected::DeadLetter`](crate::OnRejected::DeadLetter)). They arrive with their original
    /// [`uid`](crate::mirror::Line::uid), out of order. With a disabled log it does nothing.
    ///
    /// # Errors
    ///
    /// [`DeadLetterError`] if there is no such mirror, if the receiver rejects records again or can't be
    /// reached, or if `timeout` is over.
    pub fn deliver_dead_letters(&self, mirror: &str, timeout: Duration) -> Result<u64, DeadLetterError> {
        match self.log.journal() {
            None => Ok(0),
            Some(journal) if journal.is_forked_child() => Err(DeadLetterError::Forked),
            Some(_) => self.log.followers().deliver_letters(mirror, timeout.min(LONGEST)),
        }
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// Returns the log's directory as an absolute path, or `None` if the log is disabled.
    #[must_use]
    pub fn directory(&self) -> Option<&Path> {
        self.log.journal().map(Journal::path)
    }
}
