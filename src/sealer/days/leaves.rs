//! Hashing lines as they are read.

use crate::follow::LineSink;
use crate::journal::DayFileName;
use crate::record::{Stamp, is_line_of_the_log};
use crate::seal::{TreeRange, leaf_hash};

/// How many lines are hashed before the leaves are written down.
const MOST: u64 = 16 * 1024;

/// The leaves of lines that follow one another, apart for each day file.
#[derive(Debug)]
pub(in crate::sealer) struct Leaves {
    pub(in crate::sealer) parts: Vec<Part>,
    end: u64,
    /// The size at which the tree is to be compared.
    stop_at: u64,
    full_at: u64,
}

/// Leaves from one day file.
#[derive(Debug)]
pub(in crate::sealer) struct Part {
    pub(in crate::sealer) file: DayFileName,
    pub(in crate::sealer) range: TreeRange,
    /// The hashes, one behind another.
    pub(in crate::sealer) bytes: Vec<u8>,
    /// The offset behind the last line.
    pub(in crate::sealer) offset: u64,
    /// Whether one of them is not a record of the log about itself.
    pub(in crate::sealer) has_events: bool,
}

impl Leaves {
    /// Returns an empty one, for a tree of this size.
    pub(in crate::sealer) fn behind(size: u64, stop_at: u64) -> Leaves {
        Leaves { parts: Vec::new(), end: size, stop_at, full_at: size.saturating_add(MOST) }
    }
}

impl LineSink for Leaves {
    fn is_full(&self) -> bool {
        self.end >= self.stop_at || self.end >= self.full_at
    }

    fn push(&mut self, line: &[u8], _stamp: Stamp, file: DayFileName, end_offset: u64) {
        let leaf = leaf_hash(line);
        let part = match self.parts.last_mut() {
            Some(part) if part.file == file => part,
            _ => {
                let range = TreeRange::at(self.end);
                self.parts.push(Part { file, range, bytes: Vec::new(), offset: 0, has_events: false });
                let last = self.parts.len() - 1;
                &mut self.parts[last]
            }
        };
        part.range.push(leaf);
        part.bytes.extend_from_slice(leaf.as_bytes());
        part.offset = end_offset;
        part.has_events = part.has_events || !is_line_of_the_log(line);
        self.end += 1;
    }
}
