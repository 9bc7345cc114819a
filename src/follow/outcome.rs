//! The outcome of a batch: what happens to its records after the mirror's answer.

use super::alarm::brief;
use super::control::Order;
use super::follower::{Follower, LIMITS};
use crate::journal::Subscription;
use crate::mirror::{Delivered, DeliveryErrorKind, Failure, OnRejected};
use crate::record::{Outcome, Record};
use crate::report::Level;
use crate::unwind::caught;

/// The number of delivered batches after which a smaller limit is doubled.
const GROW_AFTER: u32 = 16;

impl Follower {
    /// Applies the mirror's answer for a batch.
    pub(super) fn apply(&mut self, journal: &Subscription, order: Order, answer: Result<Delivered, Failure>) {
        let mut sent = self.limit.min(self.held.lines().len());
        if let Err(error) = &answer
            && error.delivered > 0
            && sent > 1
        {
            // At least one record was not delivered, since there is an error.
            let delivered = error.delivered.min(sent - 1);
            self.control.update(|status| status.delivered += delivered as u64);
            self.delivered(journal, delivered);
            sent -= delivered;
        }
        match answer {
            Ok(delivered) => self.acknowledged(journal, sent, &delivered),
            Err(error) if error.kind == DeliveryErrorKind::Rejected && sent > 1 => {
                (self.limit, self.calm) = (sent / 2, 0);
                self.note_failure(journal, error.text);
            }
            Err(error)
                if error.kind == DeliveryErrorKind::Rejected
                    && self.on_rejected() == OnRejected::DeadLetter =>
            {
                self.dead_letter(journal, order, error.text);
            }
            Err(error) => {
                self.retry_later(journal, order, error.text, error.retry_after);
            }
        }
    }

    /// Returns what to do with a rejected record; if the mirror panics, the record is kept.
    fn on_rejected(&self) -> OnRejected {
        caught(|| self.mirror.on_rejected()).unwrap_or_default()
    }

    /// Handles a batch of which all records were delivered.
    fn acknowledged(&mut self, journal: &Subscription, sent: usize, delivered: &Delivered) {
        let Delivered { rejected, message, .. } = delivered;
        if *rejected > 0 {
            journal.reports().post(Level::Warn, || {
                let (name, message) = (&self.name, brief(message));
                format!(
                    "the receiver of the mirror `{name}` discarded {rejected} of {sent} records: {message}"
                )
            });
        }
        self.control.update(|status| {
            status.delivered += sent as u64;
            status.rejected += rejected;
        });
        self.calm += 1;
        if self.calm >= GROW_AFTER {
            self.calm = 0;
            self.limit = (2 * self.limit).min(LIMITS.records);
        }
        self.delivered(journal, sent);
    }

    /// Ends a failure, and moves behind the first `count` records, which were delivered.
    fn delivered(&mut self, journal: &Subscription, count: usize) {
        let from_seq = self.cursor.next_seq;
        self.is_warned = false;
        let behind = journal.next_seq().saturating_sub(from_seq);
        let restored = self.alarm.delivered(&self.name, journal.now(), from_seq, behind);
        self.control.update(|status| status.failing_since = None);
        if let Some(record) = restored {
            journal.reports().post(Level::Info, || {
                let (name, seconds) = (&self.name, &record.resource["seconds"]);
                format!("the mirror `{name}` delivers records again after {seconds} seconds; {behind} records are left")
            });
            journal.emit(record);
            self.saved = None;
        }
        (self.cursor.failing_since, self.cursor.is_alarmed) = (None, false);
        self.advance(journal, count);
    }

    /// Puts the first record, which the receiver rejects, into a file of its own.
    fn dead_letter(&mut self, journal: &Subscription, order: Order, why: String) {
        let Some(line) = self.held.lines().next() else {
            return;
        };
        let (line, text) = (*line, self.held.text(line).to_owned());
        // A dead letter is not delivered: a receiver that rejects everything is a failure.
        self.note_failure(journal, why.clone());
        let kept_in = match journal.keep_dead_letter(line.ts, line.seq, &text) {
            Ok(kept_in) => kept_in,
            Err(error) => {
                let seq = line.seq;
                let text = format!(
                    "could not put record {seq}, which the receiver rejects ({why}), into .state/dead_letters: {error}"
                );
                return self.retry_later(journal, order, text, None);
            }
        };
        let record = Record::new("log.dead_letter")
            .resource("mirror", &self.name)
            .resource("record_seq", line.seq)
            .resource("kept_in", &kept_in)
            .resource("error", brief(&why))
            .outcome(Outcome::Failure);
        let (name, seq) = (&self.name, line.seq);
        journal.reports().post(Level::Error, || {
            format!(
                "the receiver of the mirror `{name}` rejects record {seq}, which is now in {kept_in}: {why}"
            )
        });
        // A control record never causes another one, which could itself be rejected.
        if !is_control_record(&text) {
            journal.emit(record);
        }
        self.control.update(|status| status.dead_letters += 1);
        self.advance(journal, 1);
        // The receiver may take the records that follow.
        self.limit = LIMITS.records;
    }
}

fn is_control_record(text: &str) -> bool {
    Record::from_line(text.as_bytes()).is_ok_and(|record| record.event.starts_with("log."))
}
