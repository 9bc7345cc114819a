//! Delivering dead letters again, when an operator asks for it.

use crate::follow::control::Order;
use crate::follow::follower::Follower;
use crate::journal::Subscription;
use crate::mirror::{Batch, Delivered, DeliveryErrorKind, Failure, Line};
use crate::record::Stamp;
use crate::report::Level;
use std::io;
use std::time::Instant;

/// Why a dead letter was not delivered.
enum Undelivered {
    /// The receiver rejects it, or its file can't be used.
    This(String),
    /// The receiver takes nothing.
    Any(String),
    /// The log is being closed.
    Closing,
}

impl Follower {
    /// Delivers the mirror's dead letters, the oldest first and each alone, and removes the file of each
    /// one that the receiver accepts.
    pub(in crate::follow) fn deliver_letters(&mut self) {
        let names = self.with_journal(|follower, journal| journal.dead_letters(&follower.name));
        let names = match names {
            Some(Ok(names)) => names,
            Some(Err(error)) => {
                let text = format!("could not read .state/dead_letters: {error}");
                return self.control.letters_end(0, Some(text));
            }
            None => return,
        };
        let (mut delivered, mut left, mut first_error) = (0, names.len() as u64, None);
        for name in names {
            match self.deliver_letter(&name) {
                Ok(()) => (delivered, left) = (delivered + 1, left - 1),
                Err(Undelivered::This(error)) => drop(first_error.get_or_insert(format!("{name}: {error}"))),
                Err(Undelivered::Any(error)) => {
                    first_error.get_or_insert(error);
                    break;
                }
                Err(Undelivered::Closing) => {
                    first_error.get_or_insert_with(|| "the log is being closed".to_owned());
                    break;
                }
            }
            self.control.letter_is_delivered(delivered);
        }
        let name = self.name.clone();
        if delivered > 0 {
            self.with_journal(|_, journal| {
                journal.reports().post(Level::Info, || {
                    format!("the mirror `{name}` has delivered {delivered} dead letters; {left} are left")
                });
            });
        }
        self.control.letters_end(left, first_error);
    }

    fn deliver_letter(&mut self, name: &str) -> Result<(), Undelivered> {
        if self.control.order() != Order::Follow {
            return Err(Undelivered::Closing);
        }
        let unusable = |error: io::Error| Undelivered::This(error.to_string());
        let read = |journal: &Subscription| journal.read_dead_letter(name);
        let text = self.with_journal(|_, journal| read(journal)).ok_or(Undelivered::Closing)?;
        let text = text.map_err(unusable)?;
        let stamp = Stamp::of(text.as_bytes()).map_err(|error| Undelivered::This(error.to_string()))?;
        let line = [Line::new(&self.journal_id, stamp.seq, stamp.ts, &text)];
        match Follower::hand_over(&mut self.mirror, &Batch::new(&self.journal_id, &line)) {
            Ok(Delivered { rejected: 0, .. }) => self.rejections.accepted(Instant::now()),
            Ok(Delivered { message, .. }) => return Err(Undelivered::This(message)),
            Err(Failure { kind: DeliveryErrorKind::Rejected, text, .. }) => {
                return Err(Undelivered::This(text));
            }
            Err(Failure { text, .. }) => return Err(Undelivered::Any(text)),
        }
        let removed = self.with_journal(|_, journal| journal.remove_dead_letter(name));
        removed.ok_or(Undelivered::Closing)?.map_err(unusable)
    }
}
