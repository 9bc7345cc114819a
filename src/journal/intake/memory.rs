//! What the ring needs of the memory that it is in.

/// Memory that is shared with whoever reads it once this process is dead. Offsets are in
/// bytes, those of words multiples of 8.
///
/// Where it can't be written, nothing of a word has changed, and of bytes any number may have.
pub(crate) trait Memory: Send + Sync + 'static {
    /// Loads a word; what was stored before it was is seen from then on.
    fn load(&self, at: usize) -> u64;

    /// Stores a word; whoever loads it sees all that was stored before.
    fn store(&self, at: usize, word: u64) -> Result<(), Unwritable>;

    /// Copies bytes in. Nobody else may read or write them meanwhile.
    fn write(&self, at: usize, bytes: &[u8]) -> Result<(), Unwritable>;

    /// Zeroes bytes, and not before what was stored before is. Nobody else may read or write
    /// them meanwhile.
    fn zero(&self, at: usize, len: usize) -> Result<(), Unwritable>;

    /// Copies bytes out, behind those in `out`. Nobody else may write them meanwhile.
    fn read(&self, at: usize, len: usize, out: &mut Vec<u8>);

    /// These bytes will be written soon.
    fn prepare(&self, _at: usize, _len: usize) {}
}

/// There is no space for it on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unwritable;
