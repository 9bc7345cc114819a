//! The log's verification of itself, at intervals.

use crate::error::Chain;
use crate::follow::priority::spawn_at_low_priority;
use crate::journal::Subscription;
use crate::journal::state_file::{self, Version};
use crate::lock::lock;
use crate::read::{Level, Status, Verification, verify};
use crate::record::{self, Record, Timestamp};
use crate::report;
use crate::seal::VerifierKey;
use crate::sealer::days::share::{self, Share, Verified};
use crate::sealer::face::settings::Settings;
use crate::unwind::caught;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The name of the state file with the time of the last verification, and what it has read.
const VERIFIED: &str = "verified";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastTime {
    version: Version,
    /// In the format of `ts`.
    at: String,
    #[serde(default)]
    read: Verified,
    /// How many changed or missing things were found; `None` before the first one.
    #[serde(default)]
    findings: Option<u64>,
}

/// What a verification has come to: a share of the files that is as it was sealed, or, if it is not, what the
/// verification of the whole log has found.
#[derive(Debug)]
enum Outcome {
    AsSealed(Share),
    Whole(Share, Box<Verification>),
    Failed(String),
}

impl Outcome {
    /// Returns how many sealed things were changed or are missing; `None` if it is not known. What is not sealed yet is
    /// none.
    fn findings(&self) -> Option<u64> {
        match self {
            Outcome::AsSealed(share) => (share.sealed > 0).then_some(0),
            Outcome::Whole(_, verification) => {
                let counts = verification.counts().iter();
                Some(
                    counts
                        .filter(|(kind, _)| kind.status() == Status::Tampered)
                        .map(|(_, count)| count)
                        .sum(),
                )
            }
            Outcome::Failed(_) => None,
        }
    }
}

/// Verifies the log at intervals, on a thread of its own: files that were sealed since the last time, and a
/// share of the older ones. Only if one of them differs from its seal, all is read, to find out where.
#[derive(Debug)]
pub(super) struct Verifying {
    last: Timestamp,
    read: Verified,
    findings: Option<u64>,
    /// The outcome of the thread that is running or has ended.
    running: Option<Arc<Mutex<Option<Outcome>>>>,
}

impl Verifying {
    /// Continues after the last verification; a log that was never verified is once an interval has passed.
    pub(super) fn new(journal: &Subscription) -> Verifying {
        let contents = journal.directory().read_state(VERIFIED).ok().flatten();
        let last = contents.and_then(|contents| state_file::parse::<LastTime>(&contents).ok());
        let last = last.and_then(|last| Some((last.at.parse().ok()?, last.read, last.findings)));
        if let Some((last, read, findings)) = last {
            return Verifying { last, read, findings, running: None };
        }
        let verifying =
            Verifying { last: journal.now(), read: Verified::default(), findings: None, running: None };
        verifying.note(journal);
        verifying
    }

    /// Returns when the log has last verified itself, and how many changed or missing things it has found.
    pub(super) fn found(&self) -> Option<(Timestamp, u64)> {
        self.findings.map(|findings| (self.last, findings))
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
    pub(super) fn turn(&mut self, journal: &Subscription, chain: &[VerifierKey], settings: &Settings) {
        let interval = settings.verify_interval;
        if let Some(outcome) = &self.running {
            let Some(outcome) = lock(outcome).take() else {
                return;
            };
            self.running = None;
            self.last = journal.now();
            if let Outcome::AsSealed(share) | Outcome::Whole(share, _) = &outcome {
                self.read = share.next.clone();
            }
            self.findings = outcome.findings().or(self.findings);
            self.note(journal);
            tell(journal, outcome);
        } else if self.pause(interval, journal.now()).is_zero() {
            let outcome = Arc::new(Mutex::new(None));
            let for_thread = Arc::clone(&outcome);
            let (directory, chain) = (Arc::clone(journal.directory()), chain.to_vec());
            let (kept_from, read) = (journal.kept_from(), self.read.clone());
            let run = move || {
                let outcome = caught(|| {
                    let share = share::read(&*directory, &chain, kept_from, &read);
                    if share.doubt.is_none() {
                        return Outcome::AsSealed(share);
                    }
                    // It may have been pruned meanwhile; else this names the line.
                    match verify(directory.path()).run() {
                        Ok(verification) => Outcome::Whole(share, Box::new(verification)),
                        Err(error) => Outcome::Failed(Chain(&error).to_string()),
                    }
                });
                *lock(&for_thread) =
                    Some(outcome.unwrap_or_else(|panic| Outcome::Failed(format!("it panicked: {panic}"))));
            };
            // Without a thread it is tried again after an interval.
            self.last = journal.now();
            if spawn_at_low_priority("audit-verify", settings.low_priority, run).is_ok() {
                self.running = Some(outcome);
            }
        }
    }

    fn note(&self, journal: &Subscription) {
        let verified = LastTime {
            version: Version,
            at: self.last.to_string(),
            read: self.read.clone(),
            findings: self.findings,
        };
        let written =
            state_file::to_text(&verified).and_then(|text| journal.directory().write_state(VERIFIED, &text));
        // Then it is verified sooner than necessary, after a restart.
        written.unwrap_or(());
    }
}

/// Records the outcome: an alarm if sealed records are not what they were.
fn tell(journal: &Subscription, outcome: Outcome) {
    let record = Record::new("log.verified").resource("level", Level::Consistent.as_str());
    let findings = outcome.findings().unwrap_or(0);
    let record = match outcome {
        // Nothing is sealed yet.
        Outcome::AsSealed(share) if share.sealed == 0 => return,
        Outcome::AsSealed(share) => {
            let last = |range: &Range<u64>| (!range.is_empty()).then(|| range.end - 1);
            let first = |range: &Range<u64>| (!range.is_empty()).then_some(range.start);
            record
                .resource("files", share.files)
                .resource("of_files", share.sealed)
                .resource("from_seq", first(&share.new))
                .resource("to_seq", last(&share.new))
                .resource("older_from_seq", first(&share.older))
                .resource("older_to_seq", last(&share.older))
                .resource("findings", findings)
        }
        Outcome::Whole(share, verification) => {
            let (facts, found) = (verification.facts(), verification.findings());
            let is_tampered = verification.status() == Status::Tampered;
            if is_tampered {
                journal.reports().post(report::Level::Error, || {
                    let first = found.first().map(ToString::to_string).or(share.doubt).unwrap_or_default();
                    format!("the log in {} is not what was sealed: {first}", journal.path().display())
                });
            }
            record
                .resource("files", facts.files)
                .resource("of_files", facts.files)
                .resource("from_seq", facts.base)
                .resource("to_seq", facts.base.saturating_add(facts.size).saturating_sub(1))
                .resource("findings", findings)
                .outcome(if is_tampered { record::Outcome::Failure } else { record::Outcome::Success })
        }
        Outcome::Failed(error) => {
            journal.reports().post(report::Level::Warn, || format!("the log could not be verified: {error}"));
            return;
        }
    };
    journal.emit(record);
}
