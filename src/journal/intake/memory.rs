//! The memory of a ring.

use std::borrow::Cow;

/// Bytes that are read where they are. Offsets are in bytes; those of words are multiples of 8.
pub(crate) trait Contents {
    /// Loads a word. All that was stored before the word was is visible afterwards.
    fn load(&self, at: usize) -> u64;

    /// Returns bytes: as they are in place, if the memory allows that. No other thread may write them
    /// meanwhile. Another program may, so that they are not what they were when they are looked at again.
    fn look(&self, at: usize, len: usize) -> Cow<'_, [u8]>;
}

/// Memory that other processes can read, and that outlives this one.
///
/// If a write fails, no word has changed in part, and any number of other bytes may have changed.
pub(crate) trait Memory: Contents + Send + Sync + 'static {
    /// Stores a word. A thread that loads it sees all that was stored before.
    fn store(&self, at: usize, word: u64) -> Result<(), Unwritable>;

    /// Copies bytes in. No other thread may read or write them meanwhile.
    fn write(&self, at: usize, bytes: &[u8]) -> Result<(), Unwritable>;

    /// Zeroes bytes, after all earlier stores. No other thread may read or write them meanwhile.
    fn zero(&self, at: usize, len: usize) -> Result<(), Unwritable>;

    /// Prepares bytes that will be written soon.
    fn prepare(&self, _at: usize, _len: usize) {}
}

/// The disk has no space for a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unwritable;
