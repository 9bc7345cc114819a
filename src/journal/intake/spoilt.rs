//! Lines that another program has written over while they were in the ring.

use super::format::{Point, word_of};
use super::memory::Memory;
use super::ring::Consumer;
use crate::journal::sync::Ordering;
use crate::record::Stamp;
use std::ops::Range;

/// Records that are not in the ring any more.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::journal) struct Spoilt {
    /// Their numbers.
    pub(in crate::journal) seqs: Range<u64>,
    /// What stands where they were.
    pub(in crate::journal) bytes: Vec<u8>,
}

impl<M: Memory> Consumer<M> {
    /// Passes over the line that [`next_lines`](Consumer::next_lines) has not returned, up to the next one that
    /// is whole, which has its number in it. Without one, none is left before `end_seq`, the number of the next
    /// line: no line may be appended meanwhile.
    pub(in crate::journal) fn pass_over_spoilt(&mut self, end_seq: u64) -> Spoilt {
        let (ring, first_seq) = (&*self.ring, self.taken.seq);
        let head = ring.head.load(Ordering::Acquire);
        let rest = ring.bytes(self.taken.position, (head - self.taken.position) as usize);
        let mut from = 0;
        let whole = rest.split_inclusive(|byte| *byte == b'\n').find_map(|line| {
            let begin = from;
            from += line.len();
            let seq = Stamp::at_the_ends(line.trim_ascii_end()).ok()?.seq;
            let may_be = (first_seq..end_seq).contains(&seq) && (begin, seq) != (0, first_seq);
            let is_whole = may_be && ring.memory.load(ring.geometry.word_at(seq)) == word_of(seq, line);
            is_whole.then_some((begin, seq))
        });
        let (len, seq) = whole.unwrap_or((rest.len(), end_seq));
        let bytes = rest[..len].to_vec();
        self.take(Point { position: self.taken.position + len as u64, seq });
        Spoilt { seqs: first_seq..seq, bytes }
    }
}
