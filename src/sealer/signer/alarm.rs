//! The alarm of a signer that does not sign.

use crate::journal::Subscription;
use crate::record::{Record, Timestamp, prefix};
use crate::report::Level;
use crate::sealer::news::LONGEST;
use std::time::{Duration, Instant};

/// The first pause after a failure, and the longest one.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// How long no further outage is recorded behind the last one that was.
const QUIET: Duration = Duration::from_secs(60);

/// Whether a signer is failing.
#[derive(Debug)]
pub(super) struct Alarm {
    /// The name of its key.
    signer: String,
    failing: Option<Failing>,
    recorded_at: Option<Instant>,
    /// Whether the log takes records. A closed one does not.
    pub(super) may_record: bool,
}

#[derive(Debug)]
struct Failing {
    since: Timestamp,
    begun: Instant,
    error: String,
    pause: Duration,
    retry_at: Instant,
    is_recorded: bool,
}

impl Alarm {
    pub(super) fn new(signer: &str) -> Alarm {
        Alarm { signer: signer.to_owned(), failing: None, recorded_at: None, may_record: true }
    }

    pub(super) fn is_failing(&self) -> bool {
        self.failing.is_some()
    }

    /// Returns since when it has been failing, and why, the last time.
    pub(super) fn state(&self) -> Option<(Timestamp, String)> {
        self.failing.as_ref().map(|failing| (failing.since, failing.error.clone()))
    }

    /// Returns when the signer is to be tried again.
    pub(super) fn retry_at(&self) -> Option<Instant> {
        self.failing.as_ref().map(|failing| failing.retry_at)
    }

    /// Takes note that `what` has not got its signature. Of an outage the first failure is told.
    pub(super) fn fails(&mut self, journal: &Subscription, what: &str, reason: &str) {
        let (now, (first, longest)) = (Instant::now(), PAUSES);
        let is_new = self.failing.is_none();
        let failing = self.failing.get_or_insert_with(|| Failing {
            since: journal.now(),
            begun: now,
            error: String::new(),
            pause: first,
            retry_at: now,
            is_recorded: false,
        });
        failing.error = reason.to_owned();
        failing.retry_at = now + failing.pause;
        failing.pause = (2 * failing.pause).min(longest);
        if is_new {
            let signer = &self.signer;
            journal.reports().post(Level::Error, || {
                format!("the signer `{signer}` has not signed {what}: {reason}; the log is sealed without it, and asks it again")
            });
        }
        let is_quiet = self.recorded_at.is_some_and(|recorded| recorded.elapsed() < QUIET);
        if !failing.is_recorded && self.may_record && !is_quiet {
            failing.is_recorded = true;
            self.recorded_at = Some(now);
            journal.emit(
                Record::new("log.signer_failed")
                    .resource("signer", self.signer.as_str())
                    .resource("since", failing.since.to_string())
                    .resource("error", prefix(reason, LONGEST)),
            );
        }
    }

    /// Puts the next attempt off, since there was nothing to try it with.
    pub(super) fn puts_off(&mut self) {
        if let Some(failing) = &mut self.failing {
            failing.retry_at = Instant::now() + failing.pause;
        }
    }

    /// Takes note of a signature that came in time.
    pub(super) fn works(&mut self, journal: &Subscription) {
        let Some(failing) = self.failing.take() else {
            return;
        };
        let signer = &self.signer;
        journal.reports().post(Level::Info, || format!("the signer `{signer}` signs again"));
        if failing.is_recorded && self.may_record {
            journal.emit(
                Record::new("log.signer_restored")
                    .resource("signer", signer.as_str())
                    .resource("since", failing.since.to_string())
                    .resource("seconds", failing.begun.elapsed().as_secs()),
            );
        }
    }
}
