//! The errors of delivering dead letters.

use super::debug::debug_for_people;

/// Some or all dead letters of a mirror were not delivered. Their files stay.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum DeadLetterError {
    /// The log has no mirror of this name.
    #[error("the audit log has no mirror `{mirror}`")]
    NoMirror {
        /// The name.
        mirror: String,
    },
    /// This process was forked off the one that opened the log, which has its mirrors.
    #[error("the audit log belongs to the process that this one was forked off")]
    Forked,
    /// The mirror could not deliver some of them.
    #[error("the mirror `{mirror}` has delivered {delivered} dead letters, {left} are left: {error}")]
    Undelivered {
        /// The mirror.
        mirror: String,
        /// The number of those that were delivered.
        delivered: u64,
        /// The number of those that are left.
        left: u64,
        /// Why the first of them was not delivered.
        error: String,
    },
    /// The mirror did not come to an end in time. It continues, unless it has not begun.
    #[error("the mirror `{mirror}` has delivered only {delivered} dead letters in time")]
    TimedOut {
        /// The mirror.
        mirror: String,
        /// The number of those that were delivered by then.
        delivered: u64,
    },
}

debug_for_people!(DeadLetterError {
    NoMirror { mirror },
    Forked {},
    Undelivered { mirror, delivered, left, error },
    TimedOut { mirror, delivered },
});
