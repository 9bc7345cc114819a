//! Why a log could not be verified.

use crate::error::debug_for_people;
use std::io;
use std::path::PathBuf;

/// A log could not be verified, or a proof not made. For a command that verifies, the exit status is 3.
///
/// `{:?}` is the message with its causes; `{:#?}` has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The directory or a file could not be read.
    #[error("{} can't be read", path.display())]
    Unreadable {
        /// The directory or file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// An archive could not be unpacked, or has something in it that no archive of a log has (feature `cli`).
    #[error("{} can't be unpacked: {}{reason}", path.display(), of(entry.as_deref()))]
    Archive {
        /// The archive.
        path: PathBuf,
        /// The path of the entry, shortened and escaped, if the reason is one entry.
        entry: Option<String>,
        /// The reason.
        reason: String,
    },
    /// There is no day file and no seal in the directory.
    #[error("{} has neither day files nor seals: it is no audit log", path.display())]
    NoLog {
        /// The directory.
        path: PathBuf,
    },
    /// A key of the log, or its certificate, can't be used.
    #[error("{} can't be used: {reason}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A text that was given as an anchor has no checkpoint in it.
    #[error("a text given as an anchor has no signed checkpoint in it")]
    NoCheckpointInAnchor,
    /// A day is not spelled `2026-05-28`, or there is no such day.
    #[error("there is no day {text:?}: days are spelled `2026-05-28`")]
    Day {
        /// The day as it was given.
        text: String,
    },
    /// The first day is behind the last one.
    #[error("the period ends on {to}, before it begins on {from}")]
    Period {
        /// The first day.
        from: String,
        /// The last day.
        to: String,
    },
}

debug_for_people!(VerifyError {
    Unreadable { path, source },
    Archive { path, entry, reason },
    NoLog { path },
    Key { path, reason },
    NoCheckpointInAnchor {},
    Day { text },
    Period { from, to },
});

/// Returns the begin of a message about an entry of an archive.
fn of(entry: Option<&str>) -> String {
    entry.map_or(String::new(), |entry| format!("entry `{entry}`: "))
}

impl VerifyError {
    pub(in crate::read) fn unreadable(path: impl Into<PathBuf>, source: io::Error) -> VerifyError {
        VerifyError::Unreadable { path: path.into(), source }
    }
}
