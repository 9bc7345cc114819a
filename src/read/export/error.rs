//! Why an export can't be made.

use crate::error::debug_for_people;
use crate::read::query::QueryError;
use std::io;
use std::path::PathBuf;

/// An export can't be made.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The log can't be searched.
    #[error(transparent)]
    Query {
        /// The reason.
        #[from]
        source: QueryError,
    },
    /// The writer has failed.
    #[error("the export can't be written")]
    Output {
        /// The reason.
        source: io::Error,
    },
    /// The file can't be written. Nothing of it is left, and a file that had its name before is still there.
    #[error("could not write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The file would lie in the directory of a log.
    #[error("{} is in the directory of a log: an export does not belong there", path.display())]
    InLog {
        /// The file.
        path: PathBuf,
    },
}

debug_for_people!(ExportError {
    Query { source },
    Output { source },
    Write { path, source },
    InLog { path },
});
