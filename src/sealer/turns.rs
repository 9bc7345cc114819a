//! The turns of the sealer's thread: what is due, what is done, and what is told of it.

use super::control::{Control, Order};
use crate::journal::Subscription;
use crate::record::{Outcome, Record, Timestamp, prefix};
use crate::report::Level;
use crate::sealer::days::look;
use crate::sealer::face::settings::Settings;
use crate::sealer::lag::Lag;
use crate::sealer::signer::signatures::Signatures;
use crate::sealer::trouble::Trouble;
use crate::sealer::verifying::Verifying;
use crate::sealer::worker::Worker;
use std::time::{Duration, Instant};

/// How often records are sealed at most.
const INTERVAL: Duration = Duration::from_secs(1);

/// The longest sleep.
const LONGEST: Duration = Duration::from_secs(3600);

/// The first pause after a failure, and the longest one.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// What the thread remembers between its turns.
#[derive(Debug)]
pub(super) struct Turns {
    worker: Option<Worker>,
    signatures: Signatures,
    verifying: Option<Verifying>,
    /// From which synced number on the files that were sealed before are looked at; `None` once they were.
    look_from: Option<u64>,
    /// Whether the log is closed: then nothing more is recorded, which mirrors would not get before the next start.
    is_closing: bool,
    last_turn: Instant,
    last_checkpoint: Instant,
    /// The number of the next record, and since when it was that.
    quiet: (u64, Instant),
    failing: Option<Failing>,
    /// The lines are not those that were signed: nothing is signed any more.
    is_over: bool,
}

#[derive(Debug)]
struct Failing {
    since: Timestamp,
    begun: Instant,
    pause: Duration,
    retry_at: Instant,
    is_recorded: bool,
}

impl Turns {
    /// Returns those of a log whose next record has this number.
    pub(super) fn new(next_seq: u64, signatures: Signatures) -> Turns {
        let now = Instant::now();
        Turns {
            worker: None,
            signatures,
            verifying: None,
            look_from: Some(next_seq),
            is_closing: false,
            last_turn: now,
            last_checkpoint: now,
            quiet: (0, now),
            failing: None,
            is_over: false,
        }
    }

    /// Learns until when the log is to be closed, once it is.
    pub(super) fn closes(&mut self, closing: Option<Instant>) {
        self.is_closing = closing.is_some();
        self.signatures.closes(closing);
    }

    /// Takes note of a turn, with its outcome; `Err` has the message of a panic.
    pub(super) fn has_turned(
        &mut self,
        control: &Control,
        journal: &Subscription,
        order: Order,
        settings: &Settings,
        outcome: Result<Result<(), Trouble>, String>,
    ) {
        let outcome = outcome.unwrap_or_else(|panic| {
            self.worker = None;
            Err(Trouble::Passing(format!("the sealer panicked: {panic}")))
        });
        let is_last = order == (Order::Seal { and_record: true });
        self.signatures.turn(journal, self.worker.as_ref().and_then(Worker::own_chain), is_last);
        self.last_turn = Instant::now();
        self.learn(control, journal, settings, outcome);
    }

    /// Returns whether there is something to do now.
    pub(super) fn is_due(&self, journal: &Subscription, order: Order, settings: &Settings) -> bool {
        if self.is_over {
            return false;
        }
        order != Order::Follow || self.pause(journal, settings).is_zero()
    }

    /// Returns how long there is nothing to do.
    pub(super) fn pause(&self, journal: &Subscription, settings: &Settings) -> Duration {
        if self.is_over {
            return LONGEST;
        }
        let left = |since: Instant, interval: Duration| interval.saturating_sub(since.elapsed());
        if let Some(failing) = &self.failing {
            return failing.retry_at.saturating_duration_since(Instant::now());
        }
        let Some(worker) = &self.worker else {
            return Duration::ZERO;
        };
        let mut pause = LONGEST;
        if worker.next_seq() < journal.synced() {
            pause = left(self.last_turn, INTERVAL);
        }
        if self.is_closing {
            return pause;
        }
        if worker.has_events() && !settings.checkpoint_interval.is_zero() {
            pause = pause.min(left(self.last_checkpoint, settings.checkpoint_interval));
        }
        if !settings.heartbeat_interval.is_zero() {
            pause = pause.min(left(self.quiet.1, settings.heartbeat_interval));
        }
        if let Some(verifying) = &self.verifying {
            pause = pause.min(verifying.pause(settings.verify_interval, journal.now()));
        }
        pause.min(self.signatures.pause())
    }

    /// Returns whether more records on disk are a reason to end a pause.
    pub(super) fn waits_for_records(&self, journal: &Subscription) -> bool {
        let has_none = |worker: &Worker| worker.next_seq() >= journal.synced();
        !self.is_over && self.failing.is_none() && self.worker.as_ref().is_some_and(has_none)
    }

    pub(super) fn turn(
        &mut self,
        journal: &Subscription,
        order: Order,
        settings: &Settings,
    ) -> Result<(), Trouble> {
        let worker = match &mut self.worker {
            Some(worker) => worker,
            None => {
                let key = settings.key.clone();
                let worker = Worker::start(journal, key, &settings.origin)?;
                let worker = self.worker.insert(worker.with_signer(journal, &self.signatures));
                worker.lag = Lag::new(settings.low_priority);
                worker
            }
        };
        // What the opening itself has found to be lost must be on disk: it is not told twice.
        if self.look_from.is_some_and(|seq| seq <= journal.synced()) {
            look::look(journal, worker.chain())?;
            self.look_from = None;
        }
        worker.seal(journal, journal.synced())?;
        let is_due = !self.is_closing
            && !settings.checkpoint_interval.is_zero()
            && self.last_checkpoint.elapsed() >= settings.checkpoint_interval;
        if is_due || order == (Order::Seal { and_record: true }) {
            worker.send_checkpoint(journal)?;
            self.last_checkpoint = Instant::now();
        }
        if order == Order::Follow && !self.is_closing {
            let verifying = self.verifying.get_or_insert_with(|| Verifying::new(journal));
            verifying.turn(journal, worker.chain(), settings);
        }
        let next_seq = journal.next_seq();
        if self.quiet.0 != next_seq {
            self.quiet = (next_seq, Instant::now());
        } else if order == Order::Follow
            && !self.is_closing
            && !settings.heartbeat_interval.is_zero()
            && self.quiet.1.elapsed() >= settings.heartbeat_interval
        {
            let counts = journal.counts();
            journal.emit(
                Record::new("log.heartbeat")
                    .resource("recorded", counts.recorded)
                    .resource("refused", counts.refused)
                    .resource("sealed_until", worker.sealed_until()),
            );
            self.quiet.1 = Instant::now();
        }
        Ok(())
    }

    /// Takes note of how a turn went: in the stats, and as an alarm.
    fn learn(
        &mut self,
        control: &Control,
        journal: &Subscription,
        settings: &Settings,
        outcome: Result<(), Trouble>,
    ) {
        let now = journal.now();

        match outcome {
            Ok(()) => {
                if let Some(failing) = self.failing.take() {
                    journal.reports().post(Level::Info, || "the log is sealed again".to_owned());
                    if failing.is_recorded {
                        journal.emit(
                            Record::new("log.seal_restored")
                                .resource("since", failing.since.to_string())
                                .resource("seconds", failing.begun.elapsed().as_secs()),
                        );
                    }
                }
            }
            Err(Trouble::Mismatch(text)) => {
                self.is_over = true;
                journal.reports().post(Level::Error, || {
                    format!("the log in {} is not sealed any more: {text}", journal.path().display())
                });
                let worker = self.worker.as_ref();
                journal.emit(
                    Record::new("log.seal_mismatch")
                        .outcome(Outcome::Failure)
                        .resource("from_seq", worker.map_or(0, Worker::files_sealed_until))
                        .resource("to_seq", worker.map_or(0, Worker::next_seq))
                        .resource("error", prefix(&text, crate::sealer::news::LONGEST)),
                );
                control.state().stats.last_error = Some(text);
                control.state().stats.failing_since = Some(now);
            }
            Err(Trouble::Passing(text)) => {
                control.state().stats.last_error = Some(text.clone());
                self.fails(journal, settings, text, now);
            }
        }
        if let Some(worker) = &self.worker {
            control.sealed_until.set(worker.files_sealed_until());
            let mut state = control.state();
            (state.stats.signer_failing_since, state.stats.signer_last_error) =
                self.signatures.failing().unzip();
            (state.stats.verified_at, state.stats.verified_findings) =
                self.verifying.as_ref().and_then(Verifying::found).unzip();
            state.stats.origin = worker.origin().to_owned();
            state.stats.sealed_seq = worker.sealed_until().checked_sub(1);
            if !self.is_over {
                state.stats.failing_since = self.failing.as_ref().map(|failing| failing.since);
            }
        }
    }

    fn fails(&mut self, journal: &Subscription, settings: &Settings, text: String, now: Timestamp) {
        let (first, longest) = PAUSES;
        let is_new = self.failing.is_none();
        let failing = self.failing.get_or_insert_with(|| Failing {
            since: now,
            begun: Instant::now(),
            pause: first,
            retry_at: Instant::now(),
            is_recorded: false,
        });
        failing.retry_at = Instant::now() + failing.pause;
        failing.pause = (2 * failing.pause).min(longest);
        if is_new {
            // What has never worked is more likely a wrong setting than a disk that fails for a while.
            let level = if self.worker.is_some() { Level::Warn } else { Level::Error };
            journal.reports().post(level, || format!("the log can't be sealed at present: {text}"));
        }
        if !failing.is_recorded && failing.begun.elapsed() >= settings.alarm_after {
            failing.is_recorded = true;
            let next_seq = self.worker.as_ref().map_or(0, Worker::next_seq);
            journal.emit(
                Record::new("log.seal_failed")
                    .resource("since", failing.since.to_string())
                    .resource("from_seq", next_seq)
                    .resource("error", prefix(&text, crate::sealer::news::LONGEST)),
            );
        }
    }
}
