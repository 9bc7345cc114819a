//! What the application holds of its audit log.

mod checks;
mod order;
mod receipt;
mod stats;

pub(crate) use checks::{Checks, Place};
pub use receipt::{Receipt, Synced};
pub use stats::{LastError, Stats};

use crate::error::{AppendError, Chain, FlushError, PruneError, ShutdownError};
use crate::follow::Followers;
use crate::journal::{Clock, DiskLevel, Journal};
use crate::lock::lock;
use crate::record::encode::{Draft, Parts, TsText};
use crate::record::{Record, Violations, fit, prefix};
use crate::report::{Level, Reports};
use std::panic::Location;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tracing_core::{Dispatch, dispatcher};

/// How long a guard that is dropped waits for the disk.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// No longer than this is waited for anything: a year.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// A log, as the layer, the guard and the handles share it.
#[derive(Debug)]
pub(crate) struct Log {
    /// Before the journal, so that they leave it first.
    followers: Followers,
    destination: Destination,
    /// Who may read the day files.
    group: Option<u32>,
    max_record_bytes: AtomicUsize,
    checks: Checks,
    reports: Arc<Reports>,
    /// Held by whoever changes settings.
    reconfiguring: Mutex<()>,
}

#[derive(Debug)]
enum Destination {
    Journal(Box<Journal>),
    /// For `testing::capture`.
    Memory(Mutex<Vec<Record>>, Arc<dyn Clock>),
    /// `enabled = false`
    Nowhere,
}

impl Log {
    pub(crate) fn to_journal(
        journal: Journal,
        followers: Followers,
        group: Option<u32>,
        max_record_bytes: usize,
        checks: Checks,
        reports: Arc<Reports>,
    ) -> Arc<Log> {
        let destination = Destination::Journal(Box::new(journal));
        Log::to(destination, followers, group, max_record_bytes, checks, reports)
    }

    pub(crate) fn to_memory(clock: Arc<dyn Clock>, max_record_bytes: usize, checks: Checks) -> Arc<Log> {
        let destination = Destination::Memory(Mutex::default(), clock);
        Log::to(destination, Followers::none(), None, max_record_bytes, checks, Reports::new())
    }

    pub(crate) fn to_nowhere(checks: Checks) -> Arc<Log> {
        Log::to(Destination::Nowhere, Followers::none(), None, 0, checks, Reports::new())
    }

    fn to(
        destination: Destination,
        followers: Followers,
        group: Option<u32>,
        max_record_bytes: usize,
        checks: Checks,
        reports: Arc<Reports>,
    ) -> Arc<Log> {
        let max_record_bytes = AtomicUsize::new(max_record_bytes);
        let reconfiguring = Mutex::default();
        Arc::new(Log { destination, followers, group, max_record_bytes, checks, reports, reconfiguring })
    }

    pub(crate) fn is_enabled(&self) -> bool {
        !matches!(self.destination, Destination::Nowhere)
    }

    pub(crate) fn followers(&self) -> &Followers {
        &self.followers
    }

    pub(crate) fn group(&self) -> Option<u32> {
        self.group
    }

    pub(crate) fn max_record_bytes(&self) -> usize {
        self.max_record_bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn set_max_record_bytes(&self, bytes: usize) {
        self.max_record_bytes.store(bytes, Ordering::Relaxed);
    }

    /// How it checks events.
    pub(crate) fn checks(&self) -> &Checks {
        &self.checks
    }

    /// Lets nobody else change settings while it is held.
    pub(crate) fn reconfiguring(&self) -> MutexGuard<'_, ()> {
        lock(&self.reconfiguring)
    }

    pub(crate) fn reports(&self) -> &Arc<Reports> {
        &self.reports
    }

    /// Appends a line. A failure is posted for the runtime log.
    pub(crate) fn append(&self, draft: &mut Draft) -> Receipt {
        match &self.destination {
            Destination::Journal(journal) => match journal.append(draft) {
                Ok(seq) => {
                    let receipt = Receipt::recorded(seq, Some(journal.progress()));
                    match journal.waits_for_disk() {
                        None => receipt,
                        Some(deadline) => receipt.once_synced(deadline),
                    }
                }
                Err(error) => {
                    let event = prefix(draft.event(), 128);
                    self.reports.post(Level::Error, || {
                        format!("the audit event `{event}` was not recorded: {}", Chain(&error))
                    });
                    Receipt::failed(error)
                }
            },
            Destination::Memory(records, clock) => {
                let mut records = lock(records);
                let seq = records.len() as u64;
                records.push(draft.stamped_record(&TsText::of(clock.now()), seq));
                Receipt::recorded(seq, None)
            }
            Destination::Nowhere => Receipt::disabled(),
        }
    }

    /// The receipt for an event that was flagged; a warning about it is posted.
    pub(crate) fn flag(
        &self,
        receipt: Receipt,
        place: Place,
        event: &str,
        violations: &Violations,
    ) -> Receipt {
        self.checks.flag(receipt, place, event, violations, &self.reports)
    }

    /// What `capture` has captured.
    pub(crate) fn captured(&self) -> Vec<Record> {
        match &self.destination {
            Destination::Memory(records, _) => std::mem::take(&mut *lock(records)),
            Destination::Journal(_) | Destination::Nowhere => Vec::new(),
        }
    }

    pub(crate) fn journal(&self) -> Option<&Journal> {
        match &self.destination {
            Destination::Journal(journal) => Some(journal),
            Destination::Memory(..) | Destination::Nowhere => None,
        }
    }

    /// A mirror that fails is tried again until the time is over if `is_patient`.
    fn close(&self, timeout: Duration, is_patient: bool) -> Result<(), ShutdownError> {
        let Some(journal) = self.journal() else {
            return Ok(());
        };
        if journal.is_childs() {
            // There are no mirrors to wait for, and whoever has held a lock may not be here.
            return Err(ShutdownError::NotClosed { unrecorded: 0, source: AppendError::Forked });
        }
        let deadline = Instant::now() + timeout.min(LONGEST);
        let left = || deadline.saturating_duration_since(Instant::now());
        let closed = journal.close(timeout).map_err(|source| {
            let unrecorded = journal.standing().tally.refused;
            ShutdownError::NotClosed { unrecorded, source }
        });
        let flushed = closed
            .and_then(|()| journal.flush(left()).map_err(|source| ShutdownError::NotFlushed { source }));
        // Of what is on disk, whatever the rest does; what is recorded meanwhile is not.
        let mirrors = self.followers.drain(journal.progress().synced(), deadline, is_patient);
        flushed?;
        if mirrors.is_empty() { Ok(()) } else { Err(ShutdownError::Undelivered { mirrors }) }
    }
}

/// In a process that was forked off, the followers are its parent's.
impl Drop for Log {
    fn drop(&mut self) {
        if self.journal().is_some_and(Journal::is_childs) {
            self.followers.forget();
        }
    }
}

/// Keeps the log orderly at its end: dropped, it appends `log.closed` and waits up
/// to 5 seconds until all is on disk.
///
/// Hold it in `main` for as long as the application runs. The log itself stays
/// open while a layer, a guard or a handle lives: what is emitted after the guard
/// has gone is still recorded, behind `log.closed`.
#[must_use = "the audit log is closed when the guard is dropped: hold it until the application ends"]
#[derive(Debug)]
pub struct AuditGuard {
    log: Arc<Log>,
    /// Whether `shutdown` was called.
    closed: bool,
}

impl AuditGuard {
    pub(crate) fn new(log: Arc<Log>) -> AuditGuard {
        AuditGuard { log, closed: false }
    }

    /// A handle to the log.
    #[must_use]
    pub fn handle(&self) -> AuditHandle {
        AuditHandle { log: Arc::clone(&self.log) }
    }

    /// What dropping the guard does, with the time it may take, and its result.
    ///
    /// Mirrors deliver what they can in that time; what is left, they deliver when the log is opened
    /// again. Dropping the guard waits for mirrors, too, but not for one whose receiver fails.
    ///
    /// While a layer or a handle lives, as the layer of a global default does, the directory stays
    /// in use, and a later event is recorded behind `log.closed`.
    ///
    /// # Errors
    ///
    /// [`ShutdownError`] says what is left: records that could not be written, that are not known
    /// to be on disk, or that a mirror has not got.
    pub fn shutdown(self, timeout: Duration) -> Result<(), ShutdownError> {
        let mut guard = self;
        guard.closed = true;
        let result = guard.log.close(timeout, true);
        guard.deliver();
        result
    }

    fn deliver(&self) {
        self.log.reports.deliver(&dispatcher::get_default(Dispatch::clone));
    }
}

impl Drop for AuditGuard {
    fn drop(&mut self) {
        // In a process that was forked off, it is not for it to be closed.
        if self.closed || self.log.journal().is_some_and(Journal::is_childs) {
            return;
        }
        match self.log.close(DROP_TIMEOUT, false) {
            Ok(()) => {}
            Err(error @ ShutdownError::Undelivered { .. }) => {
                self.log.reports.post(Level::Warn, || error.to_string());
            }
            Err(error) => {
                let text = || format!("the audit log was not closed in order: {}", Chain(&error));
                self.log.reports.post(Level::Error, text);
            }
        }
        self.deliver();
    }
}

/// A way to the log that needs no dispatch: cheap to clone, to be held anywhere.
///
/// It is for event types that are known only at run time, and for places where
/// `tracing` may give no dispatch: inside another layer's callback, or in a panic
/// hook.
#[derive(Clone, Debug)]
pub struct AuditHandle {
    log: Arc<Log>,
}

impl AuditHandle {
    /// Records an event.
    ///
    /// What is wrong with it is flagged, never lost: where it is not what its catalog
    /// entry says, `resource._violations` tells; an empty event type becomes
    /// `audit.unnamed`, a value that nests deeper than 64 levels its JSON text, a
    /// value beyond the size limit is cut.
    ///
    /// What the record does not say of its actor, the caller's actor scopes do
    /// ([`Actor::scope`](crate::Actor::scope)); with the feature `otel-context`, its
    /// trace is that of the thread's current OpenTelemetry context, unless it has one
    /// of its own. `tracing` spans have no say: the handle knows no stack.
    #[track_caller]
    pub fn append(&self, record: Record) -> Receipt {
        let log = &*self.log;
        if !log.is_enabled() {
            return Receipt::disabled();
        }
        let mut record = record;
        order::inherit(&mut record);
        let violations = order::put_in_order(&mut record, &log.checks.catalog());
        fit(&mut record, log.max_record_bytes(), Vec::new());
        let mut parts = Parts::default();
        parts.set(&record);
        let mut draft = Draft::default();
        draft.assemble(&parts);
        let mut receipt = log.append(&mut draft);
        if !violations.is_empty() {
            receipt = log.flag(receipt, Place::Caller(Location::caller()), draft.event(), &violations);
        }
        // The caller may be inside of a layer.
        log.reports.deliver_from_outside();
        receipt
    }

    /// Waits until all that was recorded is on disk.
    ///
    /// # Errors
    ///
    /// [`FlushError`] if it is not there in time, or can't be brought there.
    pub fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        let result = self.log.journal().map_or(Ok(()), |journal| journal.flush(timeout));
        // It may have found out something. The caller may be inside of a layer.
        self.log.reports.deliver_from_outside();
        result
    }

    /// How the log is doing: its health check. [`Stats`] says what to alarm on.
    ///
    /// It costs a microsecond or so: some numbers are copied under the lock that gives
    /// records theirs, and then the operating system is asked for the space on the log's
    /// disk (`fstatvfs`). So a metrics reader may ask every few seconds, but no request
    /// should.
    ///
    /// It reads and writes no file, and does not wait for a sync. But whoever holds the
    /// lock is waited for. With an intake, that is for a copy into memory, and for a small file in
    /// `.state/` when the system's clock was set or [`prune`](AuditHandle::prune) is called;
    /// without one ([`intake_bytes`](crate::AuditLayerBuilder::intake_bytes)), for the
    /// `write` of another thread's event, as long as its disk takes. The free space of a
    /// network file system is asked of its server, which may not answer.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let Some(journal) = self.log.journal().filter(|journal| !journal.is_childs()) else {
            return Stats {
                enabled: false,
                recorded: 0,
                refused: 0,
                bytes: 0,
                gaps: 0,
                last_seq: None,
                committed_seq: None,
                synced_seq: None,
                intake_fill: None,
                last_error: None,
                pruning_suspended: false,
                disk_free: None,
                disk_level: DiskLevel::Fine,
                mirrors: Vec::new(),
            };
        };
        let standing = journal.standing();
        let tally = standing.tally;
        let next_seq = standing.last_seq.map_or(0, |last| last.saturating_add(1));
        Stats {
            enabled: true,
            recorded: tally.recorded,
            refused: tally.refused,
            bytes: tally.bytes,
            gaps: tally.gaps,
            last_seq: standing.last_seq,
            committed_seq: standing.committed.checked_sub(1),
            synced_seq: standing.synced.checked_sub(1),
            intake_fill: standing.intake_fill,
            last_error: tally.last_error.map(|(at, error)| LastError { at, error }),
            pruning_suspended: standing.pruning_suspended,
            disk_free: standing.disk_free,
            disk_level: standing.disk_level,
            mirrors: self.log.followers.stats(journal, next_seq),
        }
    }

    /// Removes the day files that are older than the retention, now and by the clock as
    /// it is: an operator's word that the clock is right, which lifts what a step of the
    /// clock had suspended. Gives the files that were removed, as paths relative to the
    /// directory.
    ///
    /// Else it is done when the log is opened and when a day begins: see "Retention" in
    /// the crate's documentation. With a disabled log it does nothing.
    ///
    /// # Errors
    ///
    /// [`PruneError`]: there is a legal hold, or a file could not be removed. The others
    /// are removed all the same.
    pub fn prune(&self) -> Result<Vec<String>, PruneError> {
        self.log.journal().map_or_else(|| Ok(Vec::new()), Journal::prune)
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    /// The log's directory, absolute; `None` if the log is disabled.
    #[must_use]
    pub fn directory(&self) -> Option<&Path> {
        self.log.journal().map(Journal::path)
    }
}
