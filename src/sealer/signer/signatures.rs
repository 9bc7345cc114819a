//! What the signer signs when, and what becomes of a signature that does not come.
//!
//! - A certificate is published with the signature of the day's key. The signer's is added when it comes, however late.
//! - A `log.checkpoint` is recorded when the signature is there, or at the deadline without it. Nothing waits for it
//!   but the end of the log, for a part of its time.
//! - A seal can't be changed later, since the next one has its hash: it is written at the deadline without the
//!   signature. While the signer is failing, it waits for nothing.

use super::alarm::Alarm;
use super::certificates::{Certificates, Signed, late};
use super::desk::Desk;
use super::given::GivenSigner;
use crate::journal::Subscription;
use crate::lock::lock;
use crate::record::Timestamp;
use crate::seal::{Checkpoint, SignedNote, VerifierKey};
use crate::sealer::keys::place::KeyPlace;
use crate::sealer::news::log_checkpoint;
use crate::sealer::trouble::Outcome;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Of the time for closing the log, a signature gets this part: the sealer has a third of it.
const PART: u32 = 6;

/// The signer's signatures; none without a signer. Clones are of the same signer.
#[derive(Clone, Debug, Default)]
pub(in crate::sealer) struct Signatures(Option<Arc<Mutex<Asking>>>);

#[derive(Debug)]
struct Asking {
    desk: Desk,
    deadline: Duration,
    alarm: Alarm,
    certificates: Certificates,
    /// The checkpoints that are to be recorded, in order.
    checkpoints: VecDeque<Waiting>,
    /// When the log is to be closed.
    closing: Option<Instant>,
    /// Whether the log's own key is in its place, so that certificates can be signed.
    has_key: bool,
}

/// A checkpoint that waits for its signature.
#[derive(Debug)]
struct Waiting {
    number: u64,
    since: Instant,
    note: SignedNote,
    checkpoint: Checkpoint,
}

impl Signatures {
    /// Starts the signer's thread, if there is a signer.
    ///
    /// # Errors
    ///
    /// There is no further thread.
    pub(in crate::sealer) fn start(signer: GivenSigner) -> io::Result<Signatures> {
        let Some(given) = signer.0 else {
            return Ok(Signatures::default());
        };
        let (deadline, alarm) = (given.deadline, Alarm::new(given.key.name()));
        let (desk, certificates) = (Desk::start(given)?, Certificates::default());
        let checkpoints = VecDeque::new();
        let asking =
            Asking { desk, deadline, alarm, certificates, checkpoints, closing: None, has_key: false };
        Ok(Signatures(Some(Arc::new(Mutex::new(asking)))))
    }

    fn asking<T>(&self, act: impl FnOnce(&mut Asking) -> T) -> Option<T> {
        self.0.as_ref().map(|asking| act(&mut lock(asking)))
    }

    /// Learns where the log's private key lies. `chain` has the log's keys, if the newest one is in its place: it is the
    /// first that a new signer certifies.
    pub(in crate::sealer) fn begins(
        &self,
        journal: &Subscription,
        place: &KeyPlace,
        chain: Option<&[VerifierKey]>,
    ) {
        self.asking(|asking| asking.begins(journal, place, chain));
    }

    /// Learns until when the log is to be closed, once it is.
    pub(in crate::sealer) fn closes(&self, closing: Option<Instant>) {
        self.asking(|asking| {
            (asking.closing, asking.alarm.may_record) = (closing, closing.is_none());
        });
    }

    /// Notes that a certificate is going to be published, so that it gets its signature even after a crash.
    pub(in crate::sealer) fn announce(&self, epoch: u64, text: &str) -> Outcome<()> {
        let announced = self.asking(|asking| {
            let Asking { desk, certificates, .. } = asking;
            certificates.announce(&desk.key, epoch, text)
        });
        announced.unwrap_or(Ok(()))
    }

    /// Returns the seal of this name with the signer's signature, if that comes in time.
    pub(in crate::sealer) fn add_to_seal(
        &self,
        journal: &Subscription,
        name: &str,
        note: SignedNote,
    ) -> SignedNote {
        match &self.0 {
            Some(asking) => lock(asking).add_to_seal(journal, name, note),
            None => note,
        }
    }

    /// Records a checkpoint, once it has the signer's signature.
    pub(in crate::sealer) fn record(
        &self,
        journal: &Subscription,
        note: &SignedNote,
        checkpoint: &Checkpoint,
    ) {
        match &self.0 {
            Some(asking) => lock(asking).ask_for_checkpoint(note, checkpoint),
            None => journal.emit(log_checkpoint(note, checkpoint)),
        }
    }

    /// Takes what the signer has signed, and asks for what is missing. `chain` has the log's keys, if the newest one is
    /// in its place. `is_last`: the records of now precede `log.closed`.
    pub(in crate::sealer) fn turn(
        &self,
        journal: &Subscription,
        chain: Option<&[VerifierKey]>,
        is_last: bool,
    ) {
        self.asking(|asking| asking.turn(journal, chain, is_last));
    }

    /// Returns how long there is nothing to do.
    pub(in crate::sealer) fn pause(&self) -> Duration {
        self.asking(|asking| asking.pause()).unwrap_or(Duration::MAX)
    }

    /// Returns since when the signer has been failing, and why, the last time.
    pub(in crate::sealer) fn failing(&self) -> Option<(Timestamp, String)> {
        self.asking(|asking| asking.alarm.state()).flatten()
    }
}

impl Asking {
    /// Returns until when the sealer waits for the signer.
    fn patience(&self) -> Duration {
        if self.alarm.is_failing() {
            return Duration::ZERO;
        }
        let left = |end: Instant| end.saturating_duration_since(Instant::now()) / PART;
        self.closing.map_or(self.deadline, |end| left(end).min(self.deadline))
    }

    fn begins(&mut self, journal: &Subscription, place: &KeyPlace, chain: Option<&[VerifierKey]>) {
        let Asking { desk, certificates, alarm, .. } = self;
        certificates.lie_beside(place.clone());
        let looked = chain.map_or(Ok(()), |chain| certificates.look(journal, &desk.key, chain));
        if let Err(trouble) = looked {
            alarm.fails(journal, "a certificate", &trouble.to_string());
        }
    }

    fn add_to_seal(&mut self, journal: &Subscription, name: &str, mut note: SignedNote) -> SignedNote {
        let (begun, patience) = (Instant::now(), self.patience());
        if patience.is_zero() {
            return note;
        }
        let number = self.desk.ask(note.text());
        match self.desk.wait(number, begun + patience) {
            Some(Ok(signature)) => {
                note.add(signature);
                self.alarm.works(journal);
            }
            Some(Err(reason)) => self.alarm.fails(journal, &format!("seal/{name}"), &reason),
            None => {
                self.desk.withdraw(number);
                if patience >= self.deadline {
                    self.alarm.fails(journal, &format!("seal/{name}"), &late(self.deadline));
                }
            }
        }
        note
    }

    fn ask_for_checkpoint(&mut self, note: &SignedNote, checkpoint: &Checkpoint) {
        let number = self.desk.ask(note.text());
        let (note, checkpoint) = (note.clone(), checkpoint.clone());
        self.checkpoints.push_back(Waiting { number, since: Instant::now(), note, checkpoint });
    }

    fn turn(&mut self, journal: &Subscription, chain: Option<&[VerifierKey]>, is_last: bool) {
        self.alarm.may_record = is_last || self.closing.is_none();
        let until = is_last.then(|| Instant::now() + self.patience());
        if self.alarm.may_record {
            self.record_checkpoints(journal, until);
        }
        self.has_key = chain.is_some();
        loop {
            if let Some(chain) = chain {
                self.ask_for_certificates(journal, chain);
            }
            match self.certificates.take(journal, &self.desk, self.deadline, until) {
                Some(Signed::InTime) => self.alarm.works(journal),
                Some(Signed::Late) => {}
                Some(Signed::Not(what, reason)) => self.alarm.fails(journal, &what, &reason),
                None => return,
            }
        }
    }

    /// Records the checkpoints that have their signature, and those whose time is over. `until`: all of them then.
    fn record_checkpoints(&mut self, journal: &Subscription, until: Option<Instant>) {
        while let Some(Waiting { number, since, .. }) = self.checkpoints.front() {
            let is_late = since.elapsed() >= self.deadline;
            let answer = match until {
                Some(until) => self.desk.wait(*number, until),
                None => self.desk.take(*number),
            };
            if answer.is_none() && !is_late && until.is_none() {
                return;
            }
            let is_late = is_late || since.elapsed() >= self.deadline;
            let Some(Waiting { number, mut note, checkpoint, .. }) = self.checkpoints.pop_front() else {
                return;
            };
            match answer {
                Some(Ok(signature)) => {
                    note.add(signature);
                    self.alarm.works(journal);
                }
                Some(Err(reason)) => self.alarm.fails(journal, "a checkpoint", &reason),
                None => {
                    self.desk.withdraw(number);
                    if is_late {
                        self.alarm.fails(journal, "a checkpoint", &late(self.deadline));
                    }
                }
            }
            journal.emit(log_checkpoint(&note, &checkpoint));
        }
    }

    fn ask_for_certificates(&mut self, journal: &Subscription, chain: &[VerifierKey]) {
        let is_failing = self.alarm.is_failing();
        if self.alarm.retry_at().is_some_and(|retry_at| retry_at > Instant::now()) {
            return;
        }
        let Asking { desk, certificates, alarm, .. } = self;
        let looked = certificates.look(journal, &desk.key, chain);
        let asked = looked.and_then(|()| certificates.ask(journal, chain, desk, is_failing));
        if let Err(trouble) = asked {
            alarm.fails(journal, "a certificate", &trouble.to_string());
        } else if is_failing && !certificates.is_asked() {
            alarm.puts_off();
        }
    }

    fn pause(&self) -> Duration {
        if self.desk.has_answers() {
            return Duration::ZERO;
        }
        let mut pause = self.certificates.left(self.deadline);
        if let Some(waiting) = self.checkpoints.front() {
            pause = pause.min(self.deadline.saturating_sub(waiting.since.elapsed()));
        }
        match self.alarm.retry_at() {
            _ if !self.has_key || self.certificates.is_asked() => pause,
            Some(retry_at) => pause.min(retry_at.saturating_duration_since(Instant::now())),
            None if self.certificates.are_due() => Duration::ZERO,
            None => pause,
        }
    }
}
