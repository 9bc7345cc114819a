//! What the application holds of its audit log.

mod checks;

pub(crate) use checks::{Checks, Place};

use crate::caller::{otel, scope};
use crate::error::{AppendError, FlushError, PruneError, ShutdownError};
use crate::journal::{Chain, Clock, Journal};
use crate::record::catalog::{CatalogIndex, unknown_type};
use crate::record::encode::{Draft, Parts, TsText};
use crate::record::{
    MAX_DEPTH, Record, TRUNCATED, Timestamp, UNNAMED, VIOLATIONS, Value, ViolationKind, Violations, fit,
    free_key, prefix,
};
use crate::report::{Level, Reports};
use std::panic::Location;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tracing_core::{Dispatch, dispatcher};

/// How long a guard that is dropped waits for the disk.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// A log, as the layer, the guard and the handles share it.
#[derive(Debug)]
pub(crate) struct Log {
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
        group: Option<u32>,
        max_record_bytes: usize,
        checks: Checks,
        reports: Arc<Reports>,
    ) -> Arc<Log> {
        let destination = Destination::Journal(Box::new(journal));
        Log::to(destination, group, max_record_bytes, checks, reports)
    }

    pub(crate) fn to_memory(clock: Arc<dyn Clock>, max_record_bytes: usize, checks: Checks) -> Arc<Log> {
        let destination = Destination::Memory(Mutex::default(), clock);
        Log::to(destination, None, max_record_bytes, checks, Reports::new())
    }

    pub(crate) fn to_nowhere(checks: Checks) -> Arc<Log> {
        Log::to(Destination::Nowhere, None, 0, checks, Reports::new())
    }

    fn to(
        destination: Destination,
        group: Option<u32>,
        max_record_bytes: usize,
        checks: Checks,
        reports: Arc<Reports>,
    ) -> Arc<Log> {
        let max_record_bytes = AtomicUsize::new(max_record_bytes);
        let reconfiguring = Mutex::default();
        Arc::new(Log { destination, group, max_record_bytes, checks, reports, reconfiguring })
    }

    pub(crate) fn is_enabled(&self) -> bool {
        !matches!(self.destination, Destination::Nowhere)
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
        self.reconfiguring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reports(&self) -> &Arc<Reports> {
        &self.reports
    }

    /// Appends a line. A failure is posted for the runtime log.
    pub(crate) fn append(&self, draft: &mut Draft) -> Receipt {
        match &self.destination {
            Destination::Journal(journal) => match journal.append(draft) {
                Ok(seq) => Receipt(State::Recorded(seq)),
                Err(error) => {
                    let event = prefix(draft.event(), 128);
                    self.reports.post(Level::Error, || {
                        format!("the audit event `{event}` was not recorded: {}", Chain(&error))
                    });
                    Receipt::failed(error)
                }
            },
            Destination::Memory(records, clock) => {
                let mut records = records.lock().unwrap_or_else(PoisonError::into_inner);
                let seq = records.len() as u64;
                records.push(draft.stamped_record(&TsText::of(clock.now()), seq));
                Receipt(State::Recorded(seq))
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
            Destination::Memory(records, _) => {
                std::mem::take(&mut *records.lock().unwrap_or_else(PoisonError::into_inner))
            }
            Destination::Journal(_) | Destination::Nowhere => Vec::new(),
        }
    }

    pub(crate) fn journal(&self) -> Option<&Journal> {
        match &self.destination {
            Destination::Journal(journal) => Some(journal),
            Destination::Memory(..) | Destination::Nowhere => None,
        }
    }

    fn close(&self, timeout: Duration) -> Result<(), ShutdownError> {
        let Some(journal) = self.journal() else {
            return Ok(());
        };
        journal.close(timeout).map_err(|source| {
            let unrecorded = journal.standing().tally.refused;
            ShutdownError::NotClosed { unrecorded, source }
        })?;
        journal.flush(timeout).map_err(|source| ShutdownError::NotFlushed { source })
    }
}

/// What became of one audit event.
///
/// It need not be looked at: a failure is in the runtime log and in the counters
/// too, and the log itself tells of the gap as soon as it can.
#[derive(Clone, Debug)]
pub struct Receipt(State);

#[derive(Clone, Debug)]
enum State {
    Recorded(u64),
    /// Recorded, and flagged, under `strict`.
    Violating(u64, Arc<[String]>),
    Disabled,
    Failed(AppendError),
}

impl Receipt {
    pub(crate) fn disabled() -> Receipt {
        Receipt(State::Disabled)
    }

    pub(crate) fn failed(error: AppendError) -> Receipt {
        Receipt(State::Failed(error))
    }

    pub(crate) fn violating(seq: u64, violations: Vec<String>) -> Receipt {
        Receipt(State::Violating(seq, violations.into()))
    }

    /// The record's number, if it was recorded: it is in the day file now, and
    /// survives the death of the process.
    #[must_use]
    pub fn seq(&self) -> Option<u64> {
        match &self.0 {
            State::Recorded(seq) | State::Violating(seq, _) => Some(*seq),
            State::Disabled | State::Failed(_) => None,
        }
    }

    /// Whether there is no record because the log is disabled, which is no error.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        matches!(self.0, State::Disabled)
    }

    /// The record's number, or why it was not recorded.
    ///
    /// With a disabled log it is `Ok(u64::MAX)`, a number that no record has: an
    /// action that depends on its evidence may go on, and [`seq`](Receipt::seq) is
    /// `None`.
    ///
    /// # Errors
    ///
    /// [`AppendError`]: nothing was recorded; or, as
    /// [`AppendError::Violations`] and only under
    /// [`strict`](crate::AuditLayerBuilder::strict), it was, but is not what its
    /// catalog entry says.
    pub fn result(&self) -> Result<u64, AppendError> {
        match &self.0 {
            State::Recorded(seq) => Ok(*seq),
            State::Violating(seq, violations) => {
                Err(AppendError::Violations { seq: *seq, violations: violations.to_vec() })
            }
            State::Disabled => Ok(u64::MAX),
            State::Failed(error) => Err(error.clone()),
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
    /// # Errors
    ///
    /// [`ShutdownError`] says what is left: records that could not be written, or
    /// that are not known to be on disk.
    pub fn shutdown(self, timeout: Duration) -> Result<(), ShutdownError> {
        let mut guard = self;
        guard.closed = true;
        let result = guard.log.close(timeout);
        guard.deliver();
        result
    }

    fn deliver(&self) {
        self.log.reports.deliver(&dispatcher::get_default(Dispatch::clone));
    }
}

impl Drop for AuditGuard {
    fn drop(&mut self) {
        if self.closed {
            return;
        }
        if let Err(error) = self.log.close(DROP_TIMEOUT) {
            self.log
                .reports
                .post(Level::Error, || format!("the audit log was not closed in order: {}", Chain(&error)));
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
        inherit(&mut record);
        let violations = put_in_order(&mut record, &log.checks.catalog());
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
        self.log.journal().map_or(Ok(()), |journal| journal.flush(timeout))
    }

    /// How the log is doing: its health check.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let Some(journal) = self.log.journal() else {
            return Stats {
                enabled: false,
                recorded: 0,
                refused: 0,
                bytes: 0,
                last_seq: None,
                last_error: None,
                pruning_suspended: false,
                disk_free: None,
            };
        };
        let standing = journal.standing();
        let tally = standing.tally;
        Stats {
            enabled: true,
            recorded: tally.recorded,
            refused: tally.refused,
            bytes: tally.bytes,
            last_seq: standing.last_seq,
            last_error: tally.last_error.map(|(at, error)| LastError { at, error }),
            pruning_suspended: standing.pruning_suspended,
            disk_free: standing.disk_free,
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

/// Completes what the record does not say of its actor and its trace.
fn inherit(record: &mut Record) {
    let is_empty = |part: &Option<String>| part.as_ref().is_none_or(String::is_empty);
    scope::with(|scope| {
        let actor = &mut record.actor;
        for (part, said) in
            [(&mut actor.user_sid, &scope.user_sid), (&mut actor.session_id, &scope.session_id)]
        {
            if let Some(said) = said
                && is_empty(part)
            {
                *part = Some(said.as_ref().to_owned());
            }
        }
    });
    if is_empty(&record.trace_id)
        && let Some(trace_id) = otel::current()
    {
        record.trace_id = Some(trace_id.as_str().to_owned());
    }
}

/// Makes of a record one that can be a line, and tells what had to be done.
fn put_in_order(record: &mut Record, catalog: &CatalogIndex) -> Violations {
    let mut violations = std::mem::take(&mut record.flaws);
    if record.event.is_empty() {
        UNNAMED.clone_into(&mut record.event);
        violations.note(ViolationKind::EventType, "the event has no type");
    } else {
        match catalog.position(&record.event).and_then(|position| catalog.entry(position)) {
            Some(entry) => entry.check_object(&record.resource, &mut violations),
            None => unknown_type(&record.event, &mut violations),
        }
    }
    for key in [VIOLATIONS, TRUNCATED] {
        if let Some(value) = record.resource.remove(key) {
            let free = free_key(key, |key| record.resource.get(key).is_some(), &mut violations);
            record.resource.insert(free, value);
        }
    }
    let entries = record.resource.entries_mut();
    entries.retain(|(_, value)| *value != Value::Null);
    for (key, value) in entries {
        if !value.fits_depth(MAX_DEPTH) {
            violations.push(&format!("`{key}` nests deeper than {MAX_DEPTH} levels: kept as its JSON text"));
            *value = Value::String(value.to_string());
        }
    }
    if !violations.is_empty() {
        record.resource.insert(VIOLATIONS, violations.to_value());
    }
    violations
}

/// How a log is doing, since it was opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stats {
    /// Whether the log is enabled.
    pub enabled: bool,
    /// How many events were recorded.
    pub recorded: u64,
    /// How many events were refused; each is counted in a `log.gap`, too. A log in
    /// order has none.
    pub refused: u64,
    /// How many bytes were appended to day files, control records included.
    pub bytes: u64,
    /// The number of the journal's last record.
    pub last_seq: Option<u64>,
    /// What was the last time an event was refused, and why.
    pub last_error: Option<LastError>,
    /// Whether old day files are kept until an operator prunes
    /// ([`AuditHandle::prune`]), since the clock was set.
    pub pruning_suspended: bool,
    /// How much space is left on the log's disk, in bytes, where that is known.
    pub disk_free: Option<u64>,
}

/// Why an event was refused, and when.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LastError {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub error: AppendError,
}
