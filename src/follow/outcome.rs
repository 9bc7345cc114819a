//! The outcome of a batch: what happens to its records after the mirror's answer.

use super::alarm::brief;
use super::control::Order;
use super::follower::{Follower, LIMITS};
use crate::journal::Subscription;
use crate::mirror::{Delivered, DeliveryErrorKind, Failure, OnRejected};
use crate::report::Level;
use crate::unwind::caught;
use std::time::Instant;

/// The number of delivered batches after which a smaller limit is doubled.
const GROW_AFTER: u32 = 16;

impl Follower {
    /// Applies the mirror's answer for a batch.
    pub(super) fn apply(&mut self, journal: &Subscription, order: Order, answer: Result<Delivered, Failure>) {
        self.learn_of_hang();
        let mut order = order;
        if answer.as_ref().is_err_and(|failure| failure.kind == DeliveryErrorKind::TimedOut) {
            // An attempt that began before the log was closed counts, too: its receiver has had its time.
            order = self.control.order();
            self.last_attempts.timed_out();
        }
        if self.rejections.skipped() > 0 {
            return self.probed(journal, order, answer);
        }
        let mut sent = self.limit.min(self.held.lines().len());
        if let Err(error) = &answer
            && error.delivered > 0
            && sent > 1
        {
            // At least one record was not delivered, since there is an error.
            let delivered = error.delivered.min(sent - 1);
            self.control.update(|status| status.delivered += delivered as u64);
            self.rejections.accepted(Instant::now());
            self.delivered(journal, delivered);
            sent -= delivered;
        }
        match answer {
            Ok(delivered) => self.acknowledged(journal, sent, &delivered),
            Err(error) if error.kind == DeliveryErrorKind::Rejected && sent > 1 => {
                (self.limit, self.calm) = (sent / 2, 0);
                self.note_failure(journal, error.text);
            }
            Err(error) if error.kind == DeliveryErrorKind::TimedOut && sent > 1 => {
                (self.limit, self.calm) = (sent / 2, 0);
                self.retry_later(journal, order, error.text, error.retry_after);
                if error.retry_after.is_none() {
                    // The receiver has had its time already.
                    self.backoff.reset();
                    self.retry_at = None;
                }
            }
            Err(error)
                if error.kind == DeliveryErrorKind::Rejected
                    && self.on_rejected() == OnRejected::DeadLetter =>
            {
                self.rejected(journal, order, error.text);
            }
            Err(error) => {
                self.retry_later(journal, order, error.text, error.retry_after);
            }
        }
    }

    /// Applies the answer for the record behind those that the receiver has rejected.
    fn probed(&mut self, journal: &Subscription, order: Order, answer: Result<Delivered, Failure>) {
        let failure = match answer {
            Ok(delivered) if delivered.rejected == 0 => {
                for why in self.rejections.take_reasons() {
                    if !self.put_aside(journal, order, why) {
                        return;
                    }
                }
                return self.acknowledged(journal, 1, &delivered);
            }
            Err(error) if error.kind == DeliveryErrorKind::Rejected => {
                return self.rejected(journal, order, error.text);
            }
            Ok(_) => return self.keep_without_evidence(journal, order),
            Err(failure) => failure,
        };
        self.rejections.take_reasons();
        self.retry_later(journal, order, failure.text, failure.retry_after);
    }

    /// Returns what to do with a rejected record; if the mirror panics, the record is kept.
    fn on_rejected(&self) -> OnRejected {
        caught(|| self.mirror.on_rejected()).unwrap_or_default()
    }

    /// Handles a batch of which all records were delivered.
    fn acknowledged(&mut self, journal: &Subscription, sent: usize, delivered: &Delivered) {
        let Delivered { rejected, message, .. } = delivered;
        let rejected = (*rejected).min(sent as u64);
        if rejected < sent as u64 {
            self.rejections.accepted(Instant::now());
        }
        if rejected > 0 {
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
        self.control.update(|status| (status.failing_since, status.is_alarmed) = (None, false));
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
}
