//! Hashing lines as they are read.

use super::hashing::{Lines, hashed};
use crate::follow::LineSink;
use crate::journal::DayFileName;
use crate::record::{Stamp, is_line_of_the_log};
use crate::seal::{TreeRange, leaf_hash};

/// How many lines are hashed before the leaves are written down.
const MOST: u64 = 16 * 1024;

/// How many bytes of lines are kept at most, to be hashed on more than one thread.
const MOST_BYTES: usize = 8 << 20;

/// The leaves of lines that follow one another, apart for each day file.
#[derive(Debug)]
pub(in crate::sealer) struct Leaves {
    parts: Vec<Part>,
    /// The lines of the last parts that are not hashed yet.
    lines: Lines,
    threads: usize,
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
    /// Returns an empty one, for a tree of this size. With more than one thread, lines are hashed on all of them at the end.
    pub(in crate::sealer) fn behind(size: u64, stop_at: u64, threads: usize) -> Leaves {
        let full_at = size.saturating_add(MOST);
        Leaves { parts: Vec::new(), lines: Lines::default(), threads, end: size, stop_at, full_at }
    }

    /// Returns the leaves of all lines.
    pub(in crate::sealer) fn parts(mut self) -> Vec<Part> {
        self.hash();
        self.parts
    }

    /// Hashes the lines of the last part.
    fn hash(&mut self) {
        if let Some(part) = self.parts.last_mut() {
            hashed(&self.lines, self.threads, &mut part.range, &mut part.bytes);
        }
        self.lines.clear();
    }
}

impl LineSink for Leaves {
    fn is_full(&self) -> bool {
        self.end >= self.stop_at || self.end >= self.full_at || self.lines.bytes() >= MOST_BYTES
    }

    fn push(&mut self, line: &[u8], _stamp: Stamp, file: DayFileName, end_offset: u64) {
        if self.parts.last().is_none_or(|part| part.file != file) {
            self.hash();
            let range = TreeRange::at(self.end);
            self.parts.push(Part { file, range, bytes: Vec::new(), offset: 0, has_events: false });
        }
        let Some(part) = self.parts.last_mut() else {
            return;
        };
        if self.threads > 1 {
            self.lines.push(line);
        } else {
            let leaf = leaf_hash(line);
            part.range.push(leaf);
            part.bytes.extend_from_slice(leaf.as_bytes());
        }
        part.offset = end_offset;
        part.has_events = part.has_events || !is_line_of_the_log(line);
        self.end += 1;
    }
}
