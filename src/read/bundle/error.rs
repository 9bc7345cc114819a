//! Why a bundle could not be made.

use crate::error::debug_for_people;
use crate::read::verify::VerifyError;
use std::io;
use std::path::PathBuf;

/// A bundle could not be made. Nothing of it is left.
///
/// `{:?}` is the message with its causes; `{:#?}` has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The log could not be read.
    #[error(transparent)]
    Read {
        /// The reason.
        #[from]
        source: VerifyError,
    },
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
    /// A file of the log was removed, replaced or cut each time while it was copied.
    #[error("{} was removed or cut while it was copied, {attempts} times", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// How often the log was looked at.
        attempts: usize,
    },
    /// A file that was to be added has a private key in it.
    #[error("{} has a private key in it, which does not belong in a bundle", path.display())]
    PrivateKey {
        /// The file.
        path: PathBuf,
    },
    /// Two files with checkpoints from elsewhere have the same name, or one has none.
    #[error("{} can't be added: it has no name, or that of another file that is added", path.display())]
    Name {
        /// The file.
        path: PathBuf,
    },
    /// The bundle would lie in the directory of the log.
    #[error("{} is in the directory of the log: a bundle does not belong there", path.display())]
    InLog {
        /// The bundle.
        path: PathBuf,
    },
    /// The bundle could not be written.
    #[error("could not write {}", path.display())]
    Write {
        /// The bundle.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

debug_for_people!(BundleError {
    Read { source },
    Day { text },
    Period { from, to },
    Changed { path, attempts },
    PrivateKey { path },
    Name { path },
    InLog { path },
    Write { path, source },
});
