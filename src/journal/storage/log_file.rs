//! An open file of a journal.

use std::fmt;
use std::io;

/// What identifies a file, whatever its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) number: u64,
}

/// A call that makes data safe against loss of power. It may run on another thread.
pub(crate) type Syncer = Box<dyn FnOnce() -> io::Result<()> + Send>;

/// An open file of a journal.
pub(crate) trait LogFile: fmt::Debug + Send {
    /// Appends at least one of `bytes`, and returns how many were appended.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Returns the file's length, in bytes.
    fn len(&self) -> io::Result<u64>;

    /// Returns the file's identity; `None` where the system has none.
    fn identity(&self) -> io::Result<Option<Identity>>;

    /// Returns length and identity, with one system call where possible.
    fn len_and_identity(&self) -> io::Result<(u64, Option<Identity>)> {
        Ok((self.len()?, self.identity()?))
    }

    /// Reads from `offset` on, and returns how many bytes were read; 0 at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Cuts the file to `len` bytes.
    fn cut(&mut self, len: u64) -> io::Result<()>;

    /// Returns the call that makes the file's data safe against loss of power.
    fn syncer(&self) -> io::Result<Syncer>;
}
