//! A mirror's error, as far as the follower needs it.

use super::delivery::{DeliveryError, DeliveryErrorKind};
use crate::error::Chain;
use crate::unwind::caught;
use std::time::Duration;

/// A batch that was not delivered, and why. It holds nothing of the mirror's: a mirror's own error
/// may panic where it is displayed or dropped.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: DeliveryErrorKind,
    /// How many records were delivered before.
    pub(crate) delivered: usize,
    /// The shortest pause before the next attempt, if the receiver demands one.
    pub(crate) retry_after: Option<Duration>,
    /// The error with its causes.
    pub(crate) text: String,
}

impl Failure {
    /// Returns the failure that this error of a mirror says.
    pub(crate) fn of(error: DeliveryError) -> Failure {
        let (kind, delivered, retry_after) = (error.kind(), error.delivered(), error.retry_after());
        let failure = Failure { kind, delivered, retry_after, text: Chain(&error).to_string() };
        // The text is complete, whatever the error does now.
        caught(|| drop(error)).unwrap_or(());
        failure
    }

    /// Returns the failure of a mirror that panicked with this message.
    pub(crate) fn panicked(message: &str) -> Failure {
        let text = format!("the mirror panicked: {message}");
        Failure { kind: DeliveryErrorKind::Retry, delivered: 0, retry_after: None, text }
    }
}
