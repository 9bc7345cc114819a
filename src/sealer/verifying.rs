//! The log's verification of itself, at intervals.

use crate::error::Chain;
use crate::follow::spawn_at_low_priority;
use crate::journal::Subscription;
use crate::journal::state_file::{self, Version};
use crate::lock::lock;
use crate::read::{Status, Verification, verify};
use crate::record::{Outcome, Record, Timestamp};
use crate::report::Level;
use crate::unwind::caught;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The name of the state file with the time of the last verification.
const VERIFIED: &str = "verified";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastTime {
    version: Version,
    /// In the format of `ts`.
    at: String,
}

/// What a verification has come to, or why there is no result.
type Verified = Result<Verification, String>;

/// Verifies the log at intervals, on a thread of its own: it reads all day files.
#[derive(Debug)]
pub(super) struct Verifying {
    last: Timestamp,
    /// The result of the thread that is running or has ended.
    running: Option<Arc<Mutex<Option<Verified>>>>,
}

impl Verifying {
    /// Continues after the last verification; a log that was never verified is once an interval has passed.
    pub(super) fn new(journal: &Subscription) -> Verifying {
        let contents = journal.directory().read_state(VERIFIED).ok().flatten();
        let last = contents.and_then(|contents| state_file::parse::<LastTime>(&contents).ok());
        let last = last.and_then(|verified| verified.at.parse().ok());
        let mut verifying = Verifying { last: journal.now(), running: None };
        match last {
            Some(last) => verifying.last = last,
            None => verifying.note(journal),
        }
        verifying
    }

    /// Returns how long nothing is to be done.
    pub(super) fn pause(&self, interval: Duration, now: Timestamp) -> Duration {
        /// How often a verification that is running is looked for.
        const LOOK: Duration = Duration::from_secs(1);
        if let Some(result) = &self.running {
            return if lock(result).is_some() { Duration::ZERO } else { LOOK };
        }
        if interval.is_zero() {
            return Duration::MAX;
        }
        let since = u64::try_from((now.unix_nanos() - self.last.unix_nanos()).max(0)).unwrap_or(u64::MAX);
        interval.saturating_sub(Duration::from_nanos(since))
    }

    /// Begins a verification that is due, and records the result of one that has ended.
    pub(super) fn turn(&mut self, journal: &Subscription, interval: Duration, low_priority: Option<bool>) {
        if let Some(result) = &self.running {
            let Some(result) = lock(result).take() else {
                return;
            };
            self.running = None;
            self.last = journal.now();
            self.note(journal);
            tell(journal, result);
        } else if self.pause(interval, journal.now()).is_zero() {
            let result = Arc::new(Mutex::new(None));
            let (dir, for_thread) = (journal.path().to_owned(), Arc::clone(&result));
            let run = move || {
                let verified = caught(|| verify(dir).run().map_err(|error| Chain(&error).to_string()));
                *lock(&for_thread) =
                    Some(verified.unwrap_or_else(|panic| Err(format!("it panicked: {panic}"))));
            };
            // Without a thread it is tried again after an interval.
            self.last = journal.now();
            if spawn_at_low_priority("audit-verify", low_priority, run).is_ok() {
                self.running = Some(result);
            }
        }
    }

    fn note(&self, journal: &Subscription) {
        let verified = LastTime { version: Version, at: self.last.to_string() };
        let written =
            state_file::to_text(&verified).and_then(|text| journal.directory().write_state(VERIFIED, &text));
        // Then it is verified sooner than necessary, after a restart.
        written.unwrap_or(());
    }
}

/// Records the result: an alarm if sealed records are not what they were.
fn tell(journal: &Subscription, result: Verified) {
    let verification = match result {
        Ok(verification) => verification,
        Err(error) => {
            journal.reports().post(Level::Warn, || format!("the log could not be verified: {error}"));
            return;
        }
    };
    let (facts, findings) = (verification.facts(), verification.findings());
    let is_tampered = verification.status() == Status::Tampered;
    if is_tampered {
        journal.reports().post(Level::Error, || {
            let first = findings.first().map(ToString::to_string).unwrap_or_default();
            format!("the log in {} is not what was sealed: {first}", journal.path().display())
        });
    }
    // What is not sealed yet is no finding here.
    let changes = verification.counts().iter().filter(|(kind, _)| kind.status() == Status::Tampered);
    let changes = changes.map(|(_, count)| count);
    let record = Record::new("log.verified")
        .resource("level", verification.level().as_str())
        .resource("files", facts.files)
        .resource("from_seq", facts.base)
        .resource("to_seq", facts.base.saturating_add(facts.size).saturating_sub(1))
        .resource("findings", changes.sum::<u64>());
    journal.emit(record.outcome(if is_tampered { Outcome::Failure } else { Outcome::Success }));
}
