//! An open log: its journal, its followers, and how it checks events.

use super::checks::Checks;
use super::place::Place;
use super::publisher::Publisher;
use super::receipt::Receipt;
use super::requests::Requests;
use super::stats::Sources;
use crate::error::{AppendError, Chain, ShutdownError, ShutdownReport};
use crate::follow::Followers;
use crate::journal::{Clock, Journal};
use crate::lock::lock;
use crate::record::encode::{Draft, TsText};
use crate::record::{Object, Record, Violations, prefix};
use crate::report::{Level, Reports};
use crate::sealer::Sealer;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

/// The longest time that anything is waited for: a year.
pub(super) const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// How long a log that is closed waits for the disk, so that it can record what is sealed.
const LONGEST_FLUSH: Duration = Duration::from_secs(2);

/// An open log, which the layer, the guard and the handles share.
#[derive(Debug)]
pub(crate) struct Log {
    /// Declared before all others, so that nothing is asked of a log that ends.
    requests: OnceLock<Requests>,
    /// Declared before the journal, so that the followers are dropped first.
    followers: Followers,
    /// Declared before the journal, too; `None` if nothing is published.
    publisher: Option<Publisher>,
    /// Declared before the journal, too; `None` if the log is not sealed.
    sealer: Option<Sealer>,
    destination: Destination,
    /// The id of the group that may read the day files.
    group: Option<u32>,
    max_record_bytes: AtomicUsize,
    checks: Checks,
    reports: Arc<Reports>,
    /// The settings in force, as the last record that says them has them. Held while they are changed.
    in_force: Mutex<Object>,
    /// Whether a late event is still to be warned of: the guard is gone.
    warns_of_late_events: AtomicBool,
}

#[derive(Debug)]
enum Destination {
    Journal(Box<Journal>),
    /// The records of `testing::capture`.
    Memory(Mutex<Vec<Record>>, Arc<dyn Clock>),
    /// The log is disabled: `enabled = false`.
    Nowhere,
}

impl Log {
    /// Returns the log, and begins to publish its state.
    ///
    /// # Errors
    ///
    /// There is no further thread.
    #[allow(clippy::too_many_arguments, reason = "called in one place")]
    pub(crate) fn to_journal(
        journal: Journal,
        followers: Followers,
        sealer: Option<Sealer>,
        group: Option<u32>,
        max_record_bytes: usize,
        checks: Checks,
        reports: Arc<Reports>,
        in_force: Object,
        application: Option<String>,
    ) -> io::Result<Arc<Log>> {
        let sources = sources(&journal, &followers, sealer.as_ref());
        let intake_bytes = journal.intake_bytes() as u64;
        let publisher = Publisher::start(sources, application, intake_bytes)?;
        let destination = Destination::Journal(Box::new(journal));
        let mut log = Log::to(destination, followers, sealer, group, max_record_bytes, checks, reports);
        (log.publisher, log.in_force) = (Some(publisher), Mutex::new(in_force));
        Ok(Arc::new(log))
    }

    /// Returns the log for a command that does one thing in it: its state is not published, no mirror runs, nothing is sealed,
    /// and no requests are taken up.
    pub(crate) fn for_an_operator(
        journal: Journal,
        followers: Followers,
        max_record_bytes: usize,
        checks: Checks,
        reports: Arc<Reports>,
    ) -> Log {
        let destination = Destination::Journal(Box::new(journal));
        Log::to(destination, followers, None, None, max_record_bytes, checks, reports)
    }

    pub(crate) fn to_memory(clock: Arc<dyn Clock>, max_record_bytes: usize, checks: Checks) -> Arc<Log> {
        let destination = Destination::Memory(Mutex::default(), clock);
        Arc::new(Log::to(
            destination,
            Followers::none(),
            None,
            None,
            max_record_bytes,
            checks,
            Reports::new(),
        ))
    }

    pub(crate) fn to_nowhere(checks: Checks) -> Arc<Log> {
        Arc::new(Log::to(Destination::Nowhere, Followers::none(), None, None, 0, checks, Reports::new()))
    }

    fn to(
        destination: Destination,
        followers: Followers,
        sealer: Option<Sealer>,
        group: Option<u32>,
        max_record_bytes: usize,
        checks: Checks,
        reports: Arc<Reports>,
    ) -> Log {
        let max_record_bytes = AtomicUsize::new(max_record_bytes);
        let (in_force, warns_of_late_events) = (Mutex::default(), AtomicBool::new(false));
        Log {
            requests: OnceLock::new(),
            destination,
            followers,
            publisher: None,
            sealer,
            group,
            max_record_bytes,
            checks,
            reports,
            in_force,
            warns_of_late_events,
        }
    }

    pub(crate) fn is_enabled(&self) -> bool {
        !matches!(self.destination, Destination::Nowhere)
    }

    /// Returns what the stats of this log, whose journal is `journal`, are taken from.
    pub(super) fn sources(&self, journal: &Journal) -> Sources {
        sources(journal, &self.followers, self.sealer.as_ref())
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

    /// Returns the sealer, if the log is sealed.
    pub(crate) fn sealer(&self) -> Option<&Sealer> {
        self.sealer.as_ref()
    }

    /// Returns how the log checks events.
    pub(crate) fn checks(&self) -> &Checks {
        &self.checks
    }

    /// Returns the settings in force, and keeps other threads from changing them.
    pub(crate) fn in_force(&self) -> MutexGuard<'_, Object> {
        lock(&self.in_force)
    }

    /// Sets what takes up requests, once.
    pub(super) fn set_requests(&self, requests: Requests) {
        self.requests.set(requests).unwrap_or(());
    }

    /// Takes note that the guard is gone: the next event that is recorded is warned of.
    pub(super) fn guard_gone(&self) {
        self.warns_of_late_events.store(true, Ordering::Relaxed);
    }

    /// Warns of an event that was recorded although the guard is gone, once.
    #[cold]
    fn warn_of_late_event(&self, event: &str) {
        if self.warns_of_late_events.swap(false, Ordering::Relaxed) {
            let shown = prefix(event, 128);
            self.reports.post(Level::Warn, || {
                format!(
                    "the audit event `{shown}` was recorded after the log's guard was dropped or shut down: \
                     hold the guard until the last event"
                )
            });
        }
    }

    pub(crate) fn reports(&self) -> &Arc<Reports> {
        &self.reports
    }

    /// Appends a line. A failure is reported to the runtime log, too.
    pub(crate) fn append(&self, draft: &mut Draft) -> Receipt {
        match &self.destination {
            Destination::Journal(journal) => match journal.append(draft) {
                Ok(appended) => {
                    if self.warns_of_late_events.load(Ordering::Relaxed) {
                        self.warn_of_late_event(draft.event());
                    }
                    let receipt = Receipt::recorded(appended.seq, Some(journal.progress()));
                    match appended.waits_for_disk {
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

    /// Returns the receipt of an event that was flagged, and warns of its violations.
    pub(crate) fn flag(
        &self,
        receipt: Receipt,
        place: Place,
        event: &str,
        violations: &Violations,
    ) -> Receipt {
        self.checks.flag(receipt, place, event, violations, &self.reports)
    }

    /// Takes the records of `testing::capture`.
    pub(crate) fn captured(&self) -> Vec<Record> {
        match &self.destination {
            Destination::Memory(records, _) => std::mem::take(&mut *lock(records)),
            Destination::Journal(_) | Destination::Nowhere => Vec::new(),
        }
    }

    /// Returns the records of `testing::capture_process` so far.
    pub(crate) fn captured_so_far(&self) -> Vec<Record> {
        match &self.destination {
            Destination::Memory(records, _) => lock(records).clone(),
            Destination::Journal(_) | Destination::Nowhere => Vec::new(),
        }
    }

    pub(crate) fn journal(&self) -> Option<&Journal> {
        match &self.destination {
            Destination::Journal(journal) => Some(journal),
            Destination::Memory(..) | Destination::Nowhere => None,
        }
    }

    /// Appends `log.closed`, waits until all is on disk, and lets mirrors deliver. If
    /// `is_patient`, a mirror whose receiver fails now is tried once more. What is not delivered is
    /// also a warning in the runtime log.
    pub(super) fn close(&self, timeout: Duration, is_patient: bool) -> Result<ShutdownReport, ShutdownError> {
        let Some(journal) = self.journal() else {
            return Ok(ShutdownReport::default());
        };
        if journal.is_forked_child() {
            // The followers' threads are in the parent process, and a thread that held a lock
            // may not exist in this one.
            return Err(ShutdownError::NotClosed { unrecorded: 0, source: AppendError::Forked });
        }
        let deadline = Instant::now() + timeout.min(LONGEST);
        if let Some(requests) = self.requests.get() {
            requests.end(deadline);
        }
        // In whole milliseconds, as errors show it.
        let left = || {
            let left = deadline.saturating_duration_since(Instant::now());
            Duration::from_millis(u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
        };
        // Sealing gets no more than its part of the time: the rest of the log is worth more.
        if let Some(sealer) = &self.sealer {
            sealer.closes(deadline);
            // A `log.checkpoint` about the records so far precedes `log.closed`, unless the disk fails or hangs.
            if journal.flush((left() / 3).min(LONGEST_FLUSH)).is_ok() {
                sealer.seal_now(true, Instant::now() + left() / 3);
            }
        }
        let closed = journal.close(left()).map_err(|source| {
            let unrecorded = journal.status().counts.refused;
            ShutdownError::NotClosed { unrecorded, source }
        });
        let flushed = closed
            .and_then(|()| journal.flush(left()).map_err(|source| ShutdownError::NotFlushed { source }));
        if flushed.is_ok() {
            journal.write_checkpoint(deadline);
        }
        if let Some(sealer) = &self.sealer {
            sealer.seal_now(false, Instant::now() + left() / 2);
        }
        // Mirrors get what is on disk by now, even if the flush failed.
        let undelivered = self.followers.drain(journal.progress().synced(), deadline, is_patient);
        if let Some(publisher) = &self.publisher {
            publisher.close(deadline);
        }
        let report = ShutdownReport { undelivered };
        if !report.undelivered.is_empty() {
            self.reports.post(Level::Warn, || report.to_string());
        }
        flushed.map(|()| report)
    }
}

/// Returns what the stats of a log are taken from.
fn sources(journal: &Journal, followers: &Followers, sealer: Option<&Sealer>) -> Sources {
    Sources { journal: journal.subscribe(), mirrors: followers.figures(), seal: sealer.map(Sealer::figures) }
}

/// In a forked child, the followers belong to the parent process.
impl Drop for Log {
    fn drop(&mut self) {
        if self.journal().is_some_and(Journal::is_forked_child) {
            if let Some(requests) = self.requests.get_mut() {
                requests.forget();
            }
            self.followers.forget();
            if let Some(publisher) = &mut self.publisher {
                publisher.forget();
            }
            if let Some(sealer) = &mut self.sealer {
                sealer.forget();
            }
        }
    }
}
