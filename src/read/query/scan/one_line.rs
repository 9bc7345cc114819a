//! Searching single lines, as those of pieces are searched.

use super::fault::Fault;
use super::piece::Piece;
use super::search::Search;
use crate::record::Timestamp;

/// Searches single lines.
#[derive(Debug, Default)]
pub(in crate::read) struct OneLine(Piece);

/// What a line is.
#[derive(Debug)]
pub(in crate::read) struct Looked {
    /// The number and the time of the record, if it matches.
    pub(in crate::read) hit: Option<(Option<u64>, Timestamp)>,
    /// What is wrong with the line, or to be said of it.
    pub(in crate::read) fault: Option<Fault>,
}

impl OneLine {
    /// Searches a line, without its `\n`.
    pub(in crate::read) fn search(&mut self, line: &[u8], search: &Search) -> Looked {
        let mut bytes = std::mem::take(&mut self.0).into_buffer();
        bytes.clear();
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
        self.0.bytes = bytes;
        self.0.search(search);
        Looked {
            hit: self.0.hits.pop().map(|hit| (hit.seq, hit.ts)),
            fault: self.0.faults.pop().map(|faulty| faulty.fault),
        }
    }
}
