//! What a mirror answers for a batch.

use crate::error::debug_for_people;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The answer for a batch that was delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivered {
    /// How many records of the batch the receiver has discarded and does not want again. They are
    /// counted in [`MirrorStats::rejected`](crate::MirrorStats::rejected), and the runtime log has
    /// a warning.
    pub rejected: u64,
    /// The message of the receiver; empty if there is none.
    pub message: String,
}

impl Delivered {
    /// Returns the answer for a batch of which all records were delivered.
    #[must_use]
    pub fn all() -> Delivered {
        Delivered::default()
    }

    /// Returns the answer for a batch of which the receiver has discarded `rejected` records, for
    /// the reason in `message`. They are not sent again.
    #[must_use]
    pub fn partial(rejected: u64, message: impl Into<String>) -> Delivered {
        Delivered { rejected, message: message.into() }
    }
}

/// What happens to a batch that was not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryErrorKind {
    /// The batch is sent again, after a pause that grows from 0.2 to 30 seconds: the receiver is
    /// unreachable, is busy, or denies access.
    Retry,
    /// Half of the batch is sent, at once: the batch is too large, or the receiver does not take
    /// one of its records. A single record is sent again as for `Retry`, unless
    /// [`Mirror::on_rejected`](super::Mirror::on_rejected) returns
    /// [`OnRejected::DeadLetter`](super::OnRejected::DeadLetter).
    Rejected,
    /// Half of the batch is sent, at once: the receiver has not answered in time, and may be too slow
    /// for so many records. A single record is sent again as for `Retry`.
    TimedOut,
}

/// The reason why a batch was not delivered, and what happens to it.
///
/// [`Error::source`] returns the mirror's own error.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
pub struct DeliveryError {
    kind: DeliveryErrorKind,
    delivered: usize,
    retry_after: Option<Duration>,
    source: Box<dyn Error + Send + Sync>,
}

debug_for_people!(struct DeliveryError { kind, delivered, retry_after, source });

impl DeliveryError {
    fn new(kind: DeliveryErrorKind, source: Box<dyn Error + Send + Sync>) -> DeliveryError {
        DeliveryError { kind, delivered: 0, retry_after: None, source }
    }

    /// Creates an error of kind [`Retry`](DeliveryErrorKind::Retry): the receiver can't be reached,
    /// or takes nothing at the moment.
    pub fn retry(source: impl Into<Box<dyn Error + Send + Sync>>) -> DeliveryError {
        DeliveryError::new(DeliveryErrorKind::Retry, source.into())
    }

    /// Creates an error of kind [`Rejected`](DeliveryErrorKind::Rejected): the receiver does not
    /// take this batch, but may take a smaller or another one.
    pub fn rejected(source: impl Into<Box<dyn Error + Send + Sync>>) -> DeliveryError {
        DeliveryError::new(DeliveryErrorKind::Rejected, source.into())
    }

    /// Creates an error of kind [`TimedOut`](DeliveryErrorKind::TimedOut): the receiver was reached, but
    /// did not answer in time.
    pub fn timed_out(source: impl Into<Box<dyn Error + Send + Sync>>) -> DeliveryError {
        DeliveryError::new(DeliveryErrorKind::TimedOut, source.into())
    }

    /// Sets how many records, from the first one on, were delivered before the error. They are not
    /// sent again; the error is about the next one. Default: 0.
    ///
    /// For a receiver that takes one record at a time. At least one record of the batch was not
    /// delivered: if `delivered` is the length of the batch or more, the last record is sent again.
    #[must_use]
    pub fn with_delivered(mut self, delivered: usize) -> DeliveryError {
        self.delivered = delivered;
        self
    }

    /// Sets the shortest pause before the next attempt, as the receiver demands it (`Retry-After`).
    /// At most an hour is waited. Default: no such demand.
    #[must_use]
    pub fn with_retry_after(mut self, pause: Duration) -> DeliveryError {
        self.retry_after = Some(pause);
        self
    }

    /// Returns what happens to the batch.
    #[must_use]
    pub fn kind(&self) -> DeliveryErrorKind {
        self.kind
    }

    /// Returns how many records were delivered before the error.
    #[must_use]
    pub fn delivered(&self) -> usize {
        self.delivered
    }

    /// Returns the shortest pause before the next attempt, if the receiver demands one.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            DeliveryErrorKind::Retry | DeliveryErrorKind::TimedOut => "the records could not be delivered",
            DeliveryErrorKind::Rejected => "the receiver rejected the records",
        })
    }
}

impl Error for DeliveryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
