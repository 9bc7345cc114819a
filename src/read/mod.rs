//! Reading an audit log: by anybody, while it is written or long after.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let dir = folder.path().join("audit");
//! # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
//! let reader = tracing_audit::read::Reader::open(&dir)?;
//! for record in reader.records() {
//!     println!("{}", record?);
//! }
//! // What a process that died has accepted, and nobody has put into a day file yet.
//! let pending = reader.pending()?;
//! println!("{} records are pending", pending.len());
//! # assert!(pending.is_empty() && reader.records().count() == 2);
//! # Ok(())
//! # }
//! ```

mod files;
mod pending;
mod records;

pub use records::Records;

use crate::journal::storage::layout::{LOCK, STATE};
use crate::record::{DecodeError, Record};
use files::DayFiles;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Reads an audit log. It changes nothing, and whoever writes the log does not notice it.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    files: DayFiles,
}

/// An audit log could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The directory or a file could not be read.
    #[error("{} can't be read", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A line of a day file is no record.
    #[error("{} has a line that is no record", path.display())]
    NoRecord {
        /// The day file.
        path: PathBuf,
        /// Which line, and why not.
        source: DecodeError,
    },
}

impl ReadError {
    fn unreadable(path: impl Into<PathBuf>, source: io::Error) -> ReadError {
        ReadError::Unreadable { path: path.into(), source }
    }
}

impl Reader {
    /// Looks which day files there are. Those that are begun later are not read.
    ///
    /// # Errors
    ///
    /// [`ReadError::Unreadable`], with the directory or the file.
    pub fn open(dir: impl AsRef<Path>) -> Result<Reader, ReadError> {
        let dir = dir.as_ref().to_owned();
        let files = DayFiles::look(&dir)?;
        Ok(Reader { dir, files })
    }

    /// The records of all day files, in the order of their numbers; before them those that have
    /// none, of the product that this crate replaces.
    ///
    /// A record that two files have, as when one could not be synced and was written again, is
    /// given once. Records are given as soon as they are in a day file, on disk or not: see
    /// `.state/synced` for how far the disk has come. After an error it goes on behind what it is about. The last line may lack
    /// its end: somebody is writing it, or will complete it when the log is opened or
    /// [recovered](crate::recover); it is not given.
    pub fn records(&self) -> Records<'_> {
        Records::new(&self.files)
    }

    /// The records that a process which died has accepted and that are in no day file: they
    /// follow those of [`records`](Reader::records), and are appended when the log is opened
    /// again, or [recovered](crate::recover). There are none while somebody writes the log:
    /// then they are on their way, and in a day file within milliseconds. (Open the reader once
    /// the writer has ended: what it has written since is in neither.)
    ///
    /// # Errors
    ///
    /// [`ReadError::Unreadable`]: `.state/intake` may be read by the log's owner alone, and
    /// may be of a version that is not known here.
    pub fn pending(&self) -> Result<Vec<Record>, ReadError> {
        if self.has_writer()? {
            return Ok(Vec::new());
        }
        pending::records(&self.dir, self.files.last_seq()?)
    }

    /// Whether some process has the log open for writing.
    ///
    /// # Errors
    ///
    /// [`ReadError::Unreadable`]: `.state/lock` may be read by the log's owner alone.
    pub fn has_writer(&self) -> Result<bool, ReadError> {
        let path = self.dir.join(STATE).join(LOCK);
        // It is had for an instant, and given back when it is dropped: whoever opens the log
        // just then tries again.
        match File::open(&path).and_then(|file| match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }) {
            // A directory of the original product.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            result => result.map_err(|source| ReadError::unreadable(path, source)),
        }
    }
}
