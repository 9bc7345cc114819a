//! The ring: appending lines and notes, and taking lines.

use super::format::{
    CAPACITY, HEADER_CRC, ID, LONGEST_NOTE, NO_SEQ, NOTE_BYTES, NOTE_COUNT, NOTES, RING, TAILS, TURN,
    VERSION, WORD, entry_bytes, len_in, tail_crc, word_of, word_of_note,
};
use super::image::Tail;
use super::memory::{Memory, Unwritable};
use crate::journal::sync::{AtomicU64, Ordering};
use std::fmt;
use std::sync::Arc;

/// How far ahead of the producer memory is prepared, in bytes.
const AHEAD: usize = 128 * 1024;

/// The part that both ends of a ring share.
pub(super) struct Ring<M> {
    pub(super) memory: M,
    pub(super) capacity: usize,
    /// The position before which all is freed: zeroed up to one ring's size further.
    freed: AtomicU64,
    /// The position behind the last entry.
    pub(super) head: AtomicU64,
}

/// The end of a ring at which lines are appended. Each ring has one.
pub(crate) struct Producer<M> {
    ring: Arc<Ring<M>>,
    head: u64,
    next_seq: u64,
    /// How many bytes behind the head a failed append may have changed.
    dirty: usize,
}

/// The end of a ring at which lines are taken. Each ring has one.
pub(crate) struct Consumer<M> {
    pub(super) ring: Arc<Ring<M>>,
    /// The position before which all is freed.
    pub(super) tail: u64,
    /// The position up to which lines were taken, and the number of the next one.
    pub(super) taken: u64,
    pub(super) next_seq: u64,
    turn: u64,
    /// The position up to which memory is prepared.
    prepared: u64,
}

/// Tells how many bytes a ring contains, to any thread.
pub(crate) struct Fill<M>(Arc<Ring<M>>);

impl<M> Fill<M> {
    #[allow(dead_code, reason = "the model does not ask")]
    pub(crate) fn bytes(&self) -> u64 {
        // In this order: what is freed was appended before.
        let freed = self.0.freed.load(Ordering::Acquire);
        self.0.head.load(Ordering::Acquire).saturating_sub(freed)
    }
}

/// Why a line could not be appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AppendFailure {
    /// There is no room at present.
    Full,
    /// The line is longer than the ring.
    TooLong,
}

/// Creates an empty ring in memory that is all 0.
pub(crate) fn create<M: Memory>(
    memory: M,
    capacity: usize,
    id: [u8; 16],
    next_seq: u64,
) -> Result<(Producer<M>, Consumer<M>), Unwritable> {
    let mut header = [0; HEADER_CRC + WORD];
    header[..CAPACITY].copy_from_slice(&VERSION);
    header[CAPACITY..ID].copy_from_slice(&(capacity as u64).to_le_bytes());
    header[ID..HEADER_CRC].copy_from_slice(&id);
    let crc = crc32c::crc32c(&header[..HEADER_CRC]);
    header[HEADER_CRC..].copy_from_slice(&u64::from(crc).to_le_bytes());
    memory.write(0, &header)?;
    let ring = Arc::new(Ring { memory, capacity, freed: AtomicU64::new(0), head: AtomicU64::new(0) });
    ring.store_tail(0, 0, next_seq)?;
    let consumer = Consumer { ring: Arc::clone(&ring), tail: 0, taken: 0, next_seq, turn: 0, prepared: 0 };
    Ok((Producer { ring, head: 0, next_seq, dirty: 0 }, consumer))
}

/// Resumes a ring that another process has left, with its entries from `tail` to `head`.
pub(crate) fn resume<M: Memory>(
    memory: M,
    capacity: usize,
    tail: Tail,
    head: Tail,
) -> Result<(Producer<M>, Consumer<M>), Unwritable> {
    let turn = memory.load(TURN);
    let freed = AtomicU64::new(tail.position);
    let ring = Arc::new(Ring { memory, capacity, freed, head: AtomicU64::new(head.position) });
    // A line that was begun behind the last entry, and entries that were not zeroed yet.
    let free = tail.position + capacity as u64 - head.position;
    ring.zero(head.position, free as usize)?;
    let consumer = Consumer {
        ring: Arc::clone(&ring),
        tail: tail.position,
        taken: tail.position,
        next_seq: tail.seq,
        turn,
        prepared: 0,
    };
    Ok((Producer { ring, head: head.position, next_seq: head.seq, dirty: 0 }, consumer))
}

/// Changes the number of the next line of an empty ring.
pub(crate) fn renumber<M: Memory>(
    producer: &mut Producer<M>,
    consumer: &mut Consumer<M>,
    next_seq: u64,
) -> Result<(), Unwritable> {
    debug_assert!(consumer.is_empty());
    consumer.ring.store_tail(consumer.turn + 1, consumer.tail, next_seq)?;
    consumer.turn += 1;
    (producer.next_seq, consumer.next_seq) = (next_seq, next_seq);
    Ok(())
}

impl<M: Memory> Ring<M> {
    /// Returns the offset of a position.
    pub(super) fn at(&self, position: u64) -> usize {
        RING + (position as usize & (self.capacity - 1))
    }

    /// Returns the two pieces of so many bytes from a position on: their offsets and lengths. The
    /// second is empty unless they cross the ring's end.
    fn pieces(&self, position: u64, len: usize) -> [(usize, usize); 2] {
        let at = self.at(position);
        let first = len.min(RING + self.capacity - at);
        [(at, first), (RING, len - first)]
    }

    fn store_tail(&self, turn: u64, position: u64, seq: u64) -> Result<(), Unwritable> {
        let at = TAILS[(turn & 1) as usize];
        self.memory.store(at, position)?;
        self.memory.store(at + WORD, seq)?;
        self.memory.store(at + 2 * WORD, tail_crc(position, seq))?;
        self.memory.store(TURN, turn)
    }

    /// Appends the line of the entry at a position to `out`, and returns its length; `None`, and nothing
    /// is appended, unless it is whole, ends before `head`, and is the record of that number.
    #[inline]
    pub(super) fn read_entry(
        &self,
        position: u64,
        head: u64,
        seq: impl FnOnce(&[u8]) -> Option<u64>,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        let word = self.memory.load(self.at(position));
        let len = len_in(word);
        if word == 0 || entry_bytes(len) as u64 > head - position {
            return None;
        }
        let from = out.len();
        self.read(position + WORD as u64, len, out);
        let line = &out[from..];
        if seq(line).is_none_or(|seq| word_of(seq, line) != word) {
            out.truncate(from);
            return None;
        }
        Some(len)
    }

    /// Appends so many bytes from a position on to `out`.
    pub(super) fn read(&self, position: u64, len: usize, out: &mut Vec<u8>) {
        for (at, len) in self.pieces(position, len) {
            self.memory.read(at, len, out);
        }
    }

    fn zero(&self, position: u64, len: usize) -> Result<(), Unwritable> {
        for (at, len) in self.pieces(position, len) {
            if len > 0 {
                self.memory.zero(at, len)?;
            }
        }
        Ok(())
    }
}

impl<M: Memory> Producer<M> {
    /// Returns the number of the next line.
    #[allow(dead_code, reason = "the model does not ask")]
    pub(crate) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Returns the ring's memory.
    pub(crate) fn memory(&self) -> &M {
        &self.ring.memory
    }

    /// Returns what tells other threads how many bytes the ring contains.
    #[allow(dead_code, reason = "the model does not ask")]
    pub(crate) fn fill(&self) -> Fill<M> {
        Fill(Arc::clone(&self.ring))
    }

    fn used(&self) -> u64 {
        self.head - self.ring.freed.load(Ordering::Acquire)
    }

    /// Appends a line with the number `next_seq`. From then on it outlives the process.
    ///
    /// # Errors
    ///
    /// [`AppendFailure`]. The ring is as it was.
    pub(crate) fn append(&mut self, line: &[u8]) -> Result<(), AppendFailure> {
        let ring = &*self.ring;
        let bytes = entry_bytes(line.len());
        // A word of 0 always follows the last entry.
        if line.len() > u32::MAX as usize || bytes + WORD > ring.capacity {
            return Err(AppendFailure::TooLong);
        }
        if self.used() + (bytes + WORD) as u64 > ring.capacity as u64 {
            return Err(AppendFailure::Full);
        }
        if self.put(line).is_err() {
            self.dirty = self.dirty.max(bytes);
            return Err(AppendFailure::Full);
        }
        self.head += bytes as u64;
        self.next_seq += 1;
        self.ring.head.store(self.head, Ordering::Release);
        Ok(())
    }

    /// Writes the line first, its word last.
    fn put(&mut self, line: &[u8]) -> Result<(), Unwritable> {
        let ring = &*self.ring;
        if self.dirty > 0 {
            // All behind the last entry is 0.
            ring.zero(self.head, self.dirty)?;
            self.dirty = 0;
        }
        let [(at, len), (rest_at, _)] = ring.pieces(self.head + WORD as u64, line.len());
        ring.memory.write(at, &line[..len])?;
        if len < line.len() {
            ring.memory.write(rest_at, &line[len..])?;
        }
        ring.memory.store(ring.at(self.head), word_of(self.next_seq, line))
    }

    /// Replaces the note in a slot. If the process dies meanwhile, or the write fails, the slot may
    /// be empty.
    ///
    /// # Panics
    ///
    /// If the slot does not exist, or the note is longer than [`LONGEST_NOTE`] bytes.
    pub(crate) fn note(&mut self, slot: usize, bytes: &[u8]) -> Result<(), Unwritable> {
        assert!(slot < NOTE_COUNT && bytes.len() <= LONGEST_NOTE);
        let at = NOTES + slot * NOTE_BYTES;
        self.ring.memory.store(at, 0)?;
        self.ring.memory.store(at + WORD, NO_SEQ)?;
        self.ring.memory.write(at + 2 * WORD, bytes)?;
        self.ring.memory.store(at, word_of_note(bytes))
    }

    /// Marks a note as about to be appended as the next line, or as not appended.
    ///
    /// # Panics
    ///
    /// If the slot does not exist.
    pub(crate) fn mark_note(&mut self, slot: usize, is_next: bool) -> Result<(), Unwritable> {
        assert!(slot < NOTE_COUNT);
        let seq = if is_next { self.next_seq } else { NO_SEQ };
        self.ring.memory.store(NOTES + slot * NOTE_BYTES + WORD, seq)
    }

    /// Writes all notes again in place. If a copy of the file shares their blocks, they have blocks of
    /// their own afterwards, and need none on a full disk.
    pub(crate) fn write_notes_again(&mut self) -> Result<(), Unwritable> {
        let (from, len) = (NOTES, NOTE_COUNT * NOTE_BYTES);
        let mut notes = Vec::with_capacity(len);
        self.ring.memory.read(from, len, &mut notes);
        self.ring.memory.write(from, &notes)
    }

    /// Removes a note.
    ///
    /// # Panics
    ///
    /// If the slot does not exist.
    pub(crate) fn remove_note(&mut self, slot: usize) -> Result<(), Unwritable> {
        assert!(slot < NOTE_COUNT);
        let at = NOTES + slot * NOTE_BYTES;
        self.ring.memory.store(at, 0)?;
        self.ring.memory.zero(at + WORD, NOTE_BYTES - WORD)
    }
}

impl<M: Memory> Consumer<M> {
    /// Returns the number of the line that is taken next.
    pub(crate) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Returns whether there is no line to take.
    pub(crate) fn is_empty(&self) -> bool {
        self.ring.head.load(Ordering::Acquire) == self.taken
    }

    /// Appends lines to `out`, in order, until it has `enough` bytes or there are no more. Returns the
    /// number of lines: 0 with a ring that is not empty if the next entry is not what was stored, since
    /// another program has written to the file.
    pub(crate) fn take(&mut self, out: &mut Vec<u8>, enough: usize) -> u64 {
        let ring = &*self.ring;
        let before = self.next_seq;
        let head = ring.head.load(Ordering::Acquire);
        while out.len() < enough && self.taken < head {
            let Some(len) = ring.read_entry(self.taken, head, |_| Some(self.next_seq), out) else {
                break;
            };
            self.taken += entry_bytes(len) as u64;
            self.next_seq += 1;
        }
        self.next_seq - before
    }

    /// Skips the lines before this number.
    pub(crate) fn skip_to(&mut self, seq: u64) {
        let mut line = Vec::new();
        while self.next_seq < seq {
            line.clear();
            if self.take(&mut line, 1) == 0 {
                break;
            }
        }
    }

    /// Returns whether the space of all taken lines is free.
    pub(crate) fn is_released(&self) -> bool {
        self.tail == self.taken
    }

    /// Frees the space of all taken lines. If the write fails, the lines are still in the ring, and
    /// their space may be freed later.
    pub(crate) fn release(&mut self) -> Result<(), Unwritable> {
        if self.is_released() {
            return Ok(());
        }
        let ring = &*self.ring;
        ring.store_tail(self.turn + 1, self.taken, self.next_seq)?;
        self.turn += 1;
        ring.zero(self.tail, (self.taken - self.tail) as usize)?;
        self.tail = self.taken;
        ring.freed.store(self.tail, Ordering::Release);
        Ok(())
    }

    /// Returns the ring's memory.
    pub(crate) fn memory(&self) -> &M {
        &self.ring.memory
    }

    /// Prepares memory ahead of the producer, as far as it is free.
    pub(crate) fn prepare_ahead(&mut self) {
        let end = self.taken + (AHEAD as u64).min(self.ring.capacity as u64 - (self.taken - self.tail));
        let from = self.prepared.max(self.taken);
        // At least half of it at a time.
        if from + (AHEAD as u64 / 2) <= end {
            for (at, len) in self.ring.pieces(from, (end - from) as usize) {
                if len > 0 {
                    self.ring.memory.prepare(at, len);
                }
            }
            self.prepared = end;
        }
    }
}

impl<M> fmt::Debug for Producer<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("head", &self.head).field("next_seq", &self.next_seq).finish()
    }
}

impl<M> fmt::Debug for Fill<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fill").field(&self.bytes()).finish()
    }
}

impl<M> fmt::Debug for Consumer<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("taken", &self.taken).field("next_seq", &self.next_seq).finish()
    }
}
