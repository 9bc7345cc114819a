//! Why something was not done.

use crate::error::{OpenError, debug_for_people};
use crate::read::QueryError;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why an [`Operator`](super::Operator) has not done something.
///
/// `{:?}` is the message with its causes; `{:#?}` has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum OperateError {
    /// The log could not be opened.
    #[error("the audit log can't be opened for this")]
    Open {
        /// Why not.
        source: OpenError,
    },
    /// Another process has the log open, and has not done it in time. It does so as soon as it can, or the next process
    /// that opens the log does.
    #[error("asked, not yet done: the process that writes {} has not answered for {}", dir.display(), humantime::format_duration(*waited))]
    NotYet {
        /// The directory.
        dir: PathBuf,
        /// The id of the request, which `log.requested` will have.
        request: String,
        /// How long it was waited for.
        waited: Duration,
    },
    /// A process has the log open, and it could not be asked.
    #[error("the process that writes {} can't be asked", dir.display())]
    Ask {
        /// The directory.
        dir: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It was not done at all.
    #[error("{}", reasons.join("; "))]
    NotDone {
        /// Why not.
        reasons: Vec<String>,
    },
    /// No record says for how many days the log keeps its day files.
    #[error("no record in {} says for how many days its day files are kept", dir.display())]
    NoRetention {
        /// The directory.
        dir: PathBuf,
    },
    /// The records can't be searched for the settings in force.
    #[error("the records in {} can't be searched for the settings in force", dir.display())]
    Settings {
        /// The directory.
        dir: PathBuf,
        /// Why not.
        source: QueryError,
    },
    /// A file or folder of the log can't be read or written.
    #[error("{} can't be used", path.display())]
    File {
        /// The path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

debug_for_people!(OperateError {
    Open { source },
    NotYet { dir, request, waited },
    Ask { dir, source },
    NotDone { reasons },
    NoRetention { dir },
    Settings { dir, source },
    File { path, source },
});
