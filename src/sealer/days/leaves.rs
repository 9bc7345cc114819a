//! Hashing lines as they are read.

use crate::follow::LineSink;
use crate::journal::DayFileName;
use crate::record::{Stamp, is_line_of_the_log};
use crate::seal::{TreeRange, leaf_hash};

/// How many lines are hashed before the leaves are written down.
const MOST: u64 = 16 * 1024;

/// The leaves of lines that follow one another, apart for each day file: also for one that got the name of the file
/// before, which another program has removed, and so has the next line further in front.
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
    /// The offset of the first line.
    pub(in crate::sealer) begin: u64,
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
        let begin = end_offset.saturating_sub(line.len() as u64 + 1);
        let part = match self.parts.last_mut() {
            Some(part) if part.file == file && part.offset <= begin => part,
            _ => {
                let (range, bytes) = (TreeRange::at(self.end), Vec::new());
                self.parts.push(Part { file, range, bytes, begin, offset: begin, has_events: false });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_file_that_got_the_name_of_another_one_are_apart() {
        let file = |name| DayFileName::parse(name).unwrap();
        let (first, further) = (file("audit-2026-05-28.log"), file("audit-2026-05-28.1.log"));
        let line = br#"{"ts":"2026-05-28T00:00:00.000000000Z","seq":0}"#;
        let stamp = Stamp::at_the_ends(line).unwrap();
        let len = line.len() as u64 + 1;
        let mut leaves = Leaves::behind(0, u64::MAX);
        for (file, end) in
            [(first, 1), (first, 2), (first, 4), (further, 1), (first, 1), (first, 1), (first, 2)]
        {
            leaves.push(line, stamp, file, end * len);
        }
        let parts = leaves
            .parts
            .iter()
            .map(|part| (part.file, part.begin / len, part.offset / len, part.range.end()));
        assert_eq!(
            parts.collect::<Vec<_>>(),
            [(first, 0, 4, 3), (further, 0, 1, 4), (first, 0, 1, 5), (first, 0, 2, 7)]
        );
    }
}
