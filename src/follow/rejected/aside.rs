//! Putting records that the receiver rejects into files of their own.

use super::evidence::Verdict;
use crate::follow::alarm::brief;
use crate::follow::control::Order;
use crate::follow::follower::{Follower, LIMITS};
use crate::journal::Subscription;
use crate::record::{Outcome, Record};
use crate::report::Level;
use std::time::{Duration, Instant};

impl Follower {
    /// Decides about a record that was sent alone and rejected.
    pub(in crate::follow) fn rejected(&mut self, journal: &Subscription, order: Order, why: String) {
        match self.rejections.rejected(Instant::now(), &why) {
            Verdict::PutAside => {
                self.put_aside(journal, order, why);
            }
            Verdict::Probe => self.note_failure(journal, why),
            Verdict::Keep => {
                self.keep_rejected(journal, order, "it rejects one record after the other", &why);
                if order == Order::Follow
                    && let Some(record) =
                        self.alarm.take_report(&self.name, Duration::ZERO, self.cursor.next_seq)
                {
                    self.raise_alarm(journal, record);
                }
            }
        }
    }

    /// Keeps the rejected record, since there is no further one that the receiver could accept.
    pub(in crate::follow) fn keep_without_evidence(&mut self, journal: &Subscription, order: Order) {
        let why = self.rejections.take_reasons().pop().unwrap_or_default();
        self.keep_rejected(journal, order, "it has accepted no other record within a minute", &why);
    }

    fn keep_rejected(&mut self, journal: &Subscription, order: Order, evidence: &str, why: &str) {
        let seq = self.cursor.next_seq;
        let text = format!(
            "the receiver rejects record {seq}, and {evidence}: the endpoint may be wrong, and the record is kept: {why}"
        );
        self.retry_later(journal, order, text, None);
    }

    /// Puts the first record aside. Returns whether it is, and tries again later if not.
    pub(in crate::follow) fn put_aside(&mut self, journal: &Subscription, order: Order, why: String) -> bool {
        let Some(line) = self.held.lines().next() else {
            return false;
        };
        let (line, text) = (*line, self.held.text(line).to_owned());
        // A dead letter is not delivered: a receiver that rejects everything is a failure.
        self.note_failure(journal, why.clone());
        let kept_in = match journal.keep_dead_letter(line.ts, line.seq, &self.name, &text) {
            Ok(kept_in) => kept_in,
            Err(error) => {
                let seq = line.seq;
                let text = format!(
                    "could not put record {seq}, which the receiver rejects ({why}), into .state/dead_letters: {error}"
                );
                self.retry_later(journal, order, text, None);
                return false;
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
        true
    }
}

fn is_control_record(text: &str) -> bool {
    Record::from_newer_line(text.as_bytes()).is_ok_and(|record| record.event.starts_with("log."))
}
