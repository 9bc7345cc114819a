//! What takes the lines that a feed reads.

use crate::journal::DayFileName;
use crate::record::Stamp;

/// Takes the lines that a feed reads, in the order of their numbers.
pub(crate) trait LineSink {
    /// Returns whether it takes no more lines at present.
    fn is_full(&self) -> bool;

    /// Takes a line, as its bytes are in the file, without its `\n`. It ends at `end_offset` of the file,
    /// behind its `\n`.
    fn push(&mut self, line: &[u8], stamp: Stamp, file: DayFileName, end_offset: u64);
}
