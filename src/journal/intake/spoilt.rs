//! Entries that another program has written over while they were in the ring.

use super::format::{WORD, entry_bytes, len_in};
use super::memory::Memory;
use super::ring::Consumer;
use crate::journal::sync::Ordering;
use crate::record::Stamp;
use std::ops::Range;

/// How each line begins.
const BEGINNING: &[u8; WORD] = b"{\"_schem";

/// Records that are not in the ring any more.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::journal) struct Spoilt {
    /// Their numbers.
    pub(in crate::journal) seqs: Range<u64>,
    /// What stands where they were.
    pub(in crate::journal) bytes: Vec<u8>,
}

impl<M: Memory> Consumer<M> {
    /// Passes over the entries at which [`take`](Consumer::take) has stopped, up to the next one that is
    /// whole, which has its number in its line. Without one, none is left before `end_seq`, the number of
    /// the next line: no line may be appended meanwhile.
    pub(in crate::journal) fn pass_over_spoilt(&mut self, end_seq: u64) -> Spoilt {
        let ring = &*self.ring;
        let head = ring.head.load(Ordering::Acquire);
        let numbers = self.next_seq..end_seq;
        let mut line = Vec::new();
        let mut next_whole = |position: &u64| {
            let (mut beginning, len) = (Vec::new(), len_in(ring.memory.load(ring.at(*position))));
            if len < WORD || entry_bytes(len) as u64 > head - position {
                return None;
            }
            ring.read(position + WORD as u64, WORD, &mut beginning);
            if beginning != BEGINNING {
                return None;
            }
            let mut seq = None;
            line.clear();
            let number = |line: &[u8]| {
                seq = Stamp::at_the_ends(line.trim_ascii_end()).ok().map(|stamp| stamp.seq);
                seq
            };
            ring.read_entry(*position, head, number, &mut line)?;
            seq.filter(|seq| numbers.contains(seq))
        };
        let positions = (self.taken..head).step_by(WORD);
        let whole = positions.clone().find_map(|position| Some((position, next_whole(&position)?)));
        let (position, seq) = whole.unwrap_or((head, end_seq));
        let mut bytes = Vec::new();
        ring.read(self.taken, (position - self.taken) as usize, &mut bytes);
        let seqs = self.next_seq..seq;
        (self.taken, self.next_seq) = (position, seq);
        Spoilt { seqs, bytes }
    }
}
