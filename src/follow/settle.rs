//! What becomes of a batch, by the mirror's word.

use super::alarm::brief;
use super::control::Order;
use super::delivery::{Delivered, DeliveryError, OnRejected, Refusal};
use super::follower::{Follower, LIMITS, SAVE_EVERY};
use crate::error::Chain;
use crate::journal::Tap;
use crate::record::{Outcome, Record};
use crate::report::Level;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

/// After how many batches that were delivered, when one was too large, twice as much is tried.
const GROW_AFTER: u32 = 16;

impl Follower {
    /// What becomes of a single record; it is kept if the mirror can't say so.
    fn on_rejected(&self) -> OnRejected {
        std::panic::catch_unwind(AssertUnwindSafe(|| self.mirror.on_rejected())).unwrap_or_default()
    }

    /// Draws the consequences.
    pub(super) fn settle(&mut self, tap: &Tap, order: Order, result: Result<Delivered, DeliveryError>) {
        let mut sent = self.limit.min(self.held.lines().len());
        if let Err(error) = &result
            && error.delivered() > 0
            && sent > 1
        {
            // At least one was not, by its own word.
            let delivered = error.delivered().min(sent - 1);
            self.control.stands(|standing| standing.delivered += delivered as u64);
            self.delivered(tap, delivered);
            sent -= delivered;
        }
        match result {
            Ok(delivered) => {
                let Delivered { rejected, message } = delivered;
                if rejected > 0 {
                    tap.reports().post(Level::Warn, || {
                        let (name, message) = (&self.name, brief(&message));
                        format!("the mirror `{name}` has delivered {sent} records, of which the receiver has thrown away {rejected}: {message}")
                    });
                }
                self.control.stands(|standing| {
                    standing.delivered += sent as u64;
                    standing.rejected += rejected;
                });
                self.calm += 1;
                if self.calm >= GROW_AFTER {
                    self.calm = 0;
                    self.limit = (2 * self.limit).min(LIMITS.records);
                }
                self.delivered(tap, sent);
            }
            Err(error) if error.refusal() == Refusal::Batch && sent > 1 => {
                (self.limit, self.calm) = (sent / 2, 0);
                self.note(tap, Chain(&error).to_string());
            }
            Err(error)
                if error.refusal() == Refusal::Batch && self.on_rejected() == OnRejected::DeadLetter =>
            {
                self.put_aside(tap, order, &error);
            }
            Err(error) => self.failed(tap, order, Chain(&error).to_string(), error.wanted_delay()),
        }
    }

    /// The first records were delivered: what has failed is over.
    fn delivered(&mut self, tap: &Tap, count: usize) {
        let from_seq = self.cursor.next_seq;
        self.is_warned = false;
        let behind = tap.next_seq().saturating_sub(from_seq);
        let restored = self.alarm.delivered(&self.name, tap.now(), from_seq, behind);
        self.control.stands(|standing| standing.failing_since = None);
        if let Some(record) = restored {
            tap.reports().post(Level::Info, || {
                let (name, seconds) = (&self.name, &record.resource["seconds"]);
                format!("the mirror `{name}` gets records again, after {seconds} seconds; it is {behind} records behind")
            });
            tap.tell(record);
            self.saved = None;
        }
        (self.cursor.failing_since, self.cursor.is_alarmed) = (None, false);
        self.advance(tap, count);
    }

    /// The first records are done with.
    fn advance(&mut self, tap: &Tap, count: usize) {
        if let Some(last) = self.held.drop_first(count) {
            self.cursor.place = Some((last.file, last.end_offset));
            self.cursor.next_seq = last.seq + 1;
        }
        self.backoff.reset();
        let (next_seq, next_ts) = (self.cursor.next_seq, self.held.lines().next().map(|line| line.ts));
        self.control.stands(|standing| {
            standing.next_seq = next_seq;
            standing.next_ts = next_ts;
        });
        self.is_unsaved = true;
        if self.saved.is_none_or(|saved| saved.elapsed() >= SAVE_EVERY) {
            self.save(tap);
        }
    }

    /// Puts a record aside that the receiver does not take.
    fn put_aside(&mut self, tap: &Tap, order: Order, error: &DeliveryError) {
        let Some(line) = self.held.lines().next() else {
            return;
        };
        let why = Chain(error).to_string();
        let (line, text) = (*line, self.held.text(line).to_owned());
        // It is not delivered: where nothing else is, either, that is a failure.
        self.note(tap, why.clone());
        let kept_in = match tap.keep_dead_letter(line.ts, line.seq, &text) {
            Ok(kept_in) => kept_in,
            Err(error) => {
                let seq = line.seq;
                let text = format!(
                    "the record {seq}, which the receiver does not take ({why}), can't be put aside: {error}"
                );
                return self.failed(tap, order, text, None);
            }
        };
        // The log's own records never bring about another one.
        let is_own = line_is_of_the_log(&text);
        let record = Record::new("log.dead_letter")
            .resource("mirror", &self.name)
            .resource("record_seq", line.seq)
            .resource("kept_in", &kept_in)
            .resource("error", brief(&why))
            .outcome(Outcome::Failure);
        let (name, seq) = (&self.name, line.seq);
        tap.reports().post(Level::Error, || {
            format!("the mirror `{name}` can't deliver the record {seq}, which is kept in {kept_in}: {why}")
        });
        if !is_own {
            tap.tell(record);
        }
        self.control.stands(|standing| standing.dead_letters += 1);
        self.advance(tap, 1);
        // What follows it may be to the receiver's liking.
        self.limit = LIMITS.records;
    }

    /// It is tried again later.
    pub(super) fn failed(&mut self, tap: &Tap, order: Order, error: String, wanted: Option<Duration>) {
        if !std::mem::replace(&mut self.is_warned, true) {
            let (name, error) = (&self.name, brief(&error));
            tap.reports().post(Level::Warn, || {
                format!("the mirror `{name}` can't deliver just now, and goes on trying: {error}")
            });
        }
        self.note(tap, error);
        let wait = self.backoff.wait(wanted);
        self.retry_at = Some(Instant::now() + wait);
        self.save(tap);
        if matches!(order, Order::Drain { is_patient: false, .. }) {
            self.control.is_drained(order);
        }
    }

    fn note(&mut self, tap: &Tap, error: String) {
        let now = tap.now();
        self.alarm.failed(now, error.clone());
        let since = self.alarm.since();
        // A start that comes later has to know, too.
        if self.cursor.failing_since != since {
            self.cursor.failing_since = since;
            self.is_unsaved = true;
        }
        self.control.stands(|standing| {
            standing.last_error = Some((now, error));
            standing.failing_since = since;
        });
    }

    /// Nothing was delivered for so long that somebody has to know.
    pub(super) fn tell_failed(&mut self, tap: &Tap, record: Record) {
        let name = &self.name;
        tap.reports().post(Level::Error, || {
            let error = record.resource.get("error").map(ToString::to_string).unwrap_or_default();
            format!("the mirror `{name}` has got no records since {}: {error}", record.resource["since"])
        });
        tap.tell(record);
        self.cursor.is_alarmed = self.alarm.is_told();
        self.is_unsaved = true;
        self.save(tap);
    }
}

fn line_is_of_the_log(text: &str) -> bool {
    Record::from_line(text.as_bytes()).is_ok_and(|record| record.event.starts_with("log."))
}
