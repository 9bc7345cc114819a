//! The reader of an audit log.

use super::day_files::DayFiles;
use super::error::ReadError;
use super::pending;
use super::records::Records;
use super::regular_file;
use crate::journal::storage::layout::{LOCK, STATE};
use crate::record::Record;
use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};

/// Reads an audit log. It changes nothing, and the process that writes the log does not notice it.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    files: DayFiles,
}

impl Reader {
    /// Lists the day files of the log in `dir`. Files that begin later are not read.
    ///
    /// # Errors
    ///
    /// [`ReadError::Unreadable`], with the directory or the file.
    pub fn open(dir: impl AsRef<Path>) -> Result<Reader, ReadError> {
        let dir = dir.as_ref().to_owned();
        let files = DayFiles::list(&dir)?;
        Ok(Reader { dir, files })
    }

    /// Returns the records of all day files, in the order of their sequence numbers. Lines without a
    /// number, of the product that this crate replaces, come first.
    ///
    /// A record that is in two files is returned once: records are written again, to a further file,
    /// when a file could not be synced. What the first file has lost by then is read from the copy, in its
    /// place; its damaged lines are errors all the same.
    ///
    /// A line that the log has not written hides none: its number does not fit those around it, and it is
    /// an error, [`ReadError::Foreign`]. After an error, the iterator goes on behind the line or file in
    /// question.
    ///
    /// Records are returned as soon as they are in a day file, on disk or not: `.state/synced` tells how
    /// far the disk is. A last line without its `\n` is not returned: the writer completes it, or the log
    /// does when it is opened or [recovered](crate::recover).
    pub fn records(&self) -> Records<'_> {
        Records::new(&self.files)
    }

    /// Returns the records that a process has accepted before it died, and that are in no day file.
    ///
    /// They follow those of [`records`](Reader::records), and are appended when the log is opened
    /// again, or [recovered](crate::recover). While a process writes the log there are none: its
    /// records reach a day file within milliseconds. Open the reader after the writer has ended;
    /// otherwise, records that the writer has added to the day files since are in neither.
    ///
    /// # Errors
    ///
    /// [`ReadError::Unreadable`]: only the log's owner may read `.state/intake`, and its version may
    /// be unknown here.
    pub fn pending(&self) -> Result<Vec<Record>, ReadError> {
        if self.has_writer()? {
            return Ok(Vec::new());
        }
        pending::records(&self.dir, self.files.next_seq()?)
    }

    /// Returns the number behind that of the last record in a day file.
    pub(crate) fn next_seq(&self) -> Result<u64, ReadError> {
        self.files.next_seq()
    }

    /// Returns whether a process has the log open for writing.
    ///
    /// # Errors
    ///
    /// [`ReadError::Unreadable`]: only the log's owner may read `.state/lock`.
    pub fn has_writer(&self) -> Result<bool, ReadError> {
        has_writer(&self.dir)
    }
}

/// Returns whether a process has the log in `dir` open for writing.
pub(crate) fn has_writer(dir: &Path) -> Result<bool, ReadError> {
    let path = dir.join(STATE).join(LOCK);
    // The lock is held for an instant, until the file is dropped: a process that opens the log
    // just then tries again.
    match regular_file::open(&path).and_then(|file| match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }) {
        // A directory of the original product has no lock.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        result => result.map_err(|source| ReadError::unreadable(path, source)),
    }
}
