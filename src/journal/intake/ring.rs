//! The ring: appending lines and notes, and taking lines.

use super::capacity::BYTES_A_WORD;
use super::format::{
    CAPACITY, Geometry, HEADER_CRC, ID, LONGEST_NOTE, NO_SEQ, NOTE_BYTES, NOTE_COUNT, NOTES, Pieces, Point,
    TAILS, TURN, VERSION, WORD, bytes, room, tail_crc, word_of, word_of_note,
};
use super::memory::{Memory, Unwritable};
use crate::journal::sync::{AtomicU64, Ordering};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// How far ahead of the producer memory is prepared, in bytes.
const AHEAD: usize = 128 * 1024;

/// The part that both ends of a ring share.
pub(super) struct Ring<M> {
    pub(super) memory: M,
    pub(super) geometry: Geometry,
    /// The position before which all is freed: zeroed up to one round further, and the words with it.
    freed: AtomicU64,
    /// The position behind the last line.
    pub(super) head: AtomicU64,
}

/// The end of a ring at which lines are appended. Each ring has one.
pub(crate) struct Producer<M> {
    ring: Arc<Ring<M>>,
    head: Point,
}

/// The end of a ring at which lines are taken. Each ring has one.
pub(crate) struct Consumer<M> {
    pub(super) ring: Arc<Ring<M>>,
    /// The point before which all is freed.
    pub(super) tail: Point,
    /// The point before which lines were taken.
    pub(super) taken: Point,
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
    let begin = Point { position: 0, seq: next_seq };
    let ends = ends(memory, capacity, begin, begin, 0);
    ends.1.ring.store_tail(0, begin)?;
    Ok(ends)
}

/// Resumes a ring that another process has left, with its lines from `tail` to `head`.
pub(crate) fn resume<M: Memory>(
    memory: M,
    capacity: usize,
    tail: Point,
    head: Point,
) -> Result<(Producer<M>, Consumer<M>), Unwritable> {
    let turn = memory.load(TURN);
    let ends = ends(memory, capacity, tail, head, turn);
    // A line that was begun behind the last one, and what was not zeroed yet.
    let ring = &*ends.1.ring;
    let used = (head.position - tail.position) as usize;
    let used_words = (head.seq - tail.seq) as usize;
    ring.zero(ring.geometry.words_from(head.seq, ring.geometry.words().saturating_sub(used_words)))?;
    ring.zero(ring.geometry.lines_from(head.position, capacity - used))?;
    Ok(ends)
}

fn ends<M>(memory: M, capacity: usize, tail: Point, head: Point, turn: u64) -> (Producer<M>, Consumer<M>) {
    let ring = Arc::new(Ring {
        memory,
        geometry: Geometry { capacity },
        freed: AtomicU64::new(tail.position),
        head: AtomicU64::new(head.position),
    });
    let consumer = Consumer { ring: Arc::clone(&ring), tail, taken: tail, turn, prepared: 0 };
    (Producer { ring, head }, consumer)
}

/// Changes the number of the next line of an empty ring, whose space is free.
pub(crate) fn renumber<M: Memory>(
    producer: &mut Producer<M>,
    consumer: &mut Consumer<M>,
    next_seq: u64,
) -> Result<(), Unwritable> {
    debug_assert!(consumer.is_empty() && consumer.is_released());
    let begin = Point { seq: next_seq, ..consumer.taken };
    consumer.ring.store_tail(consumer.turn + 1, begin)?;
    consumer.turn += 1;
    (producer.head, consumer.tail, consumer.taken) = (begin, begin, begin);
    Ok(())
}

impl<M: Memory> Ring<M> {
    fn store_tail(&self, turn: u64, tail: Point) -> Result<(), Unwritable> {
        let at = TAILS[(turn & 1) as usize];
        self.memory.store(at, tail.position)?;
        self.memory.store(at + WORD, tail.seq)?;
        self.memory.store(at + 2 * WORD, tail_crc(tail))?;
        self.memory.store(TURN, turn)
    }

    /// Returns the line at a point, if it is whole and ends before the position `head`.
    #[inline]
    pub(super) fn line(&self, at: Point, head: u64) -> Option<Cow<'_, [u8]>> {
        self.geometry.line(&self.memory, at, head)
    }

    /// Returns so many bytes from a position on.
    pub(super) fn bytes(&self, position: u64, len: usize) -> Cow<'_, [u8]> {
        bytes(&self.memory, self.geometry.lines_from(position, len))
    }

    fn zero(&self, pieces: Pieces) -> Result<(), Unwritable> {
        let mut pieces = pieces.into_iter().filter(|(_, len)| *len > 0);
        pieces.try_for_each(|(at, len)| self.memory.zero(at, len))
    }
}

impl<M: Memory> Producer<M> {
    /// Returns the number of the next line.
    #[allow(dead_code, reason = "the model does not ask")]
    pub(crate) fn next_seq(&self) -> u64 {
        self.head.seq
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

    /// Appends a line with the number `next_seq`. From then on it outlives the process.
    ///
    /// # Errors
    ///
    /// [`AppendFailure`]. The line is not in the ring, which may have bytes of it behind its last line.
    pub(crate) fn append(&mut self, line: &[u8]) -> Result<(), AppendFailure> {
        let (ring, room) = (&*self.ring, room(line.len()));
        // There is room, and a word, for one more: a word of 0 always follows the last one.
        let most = ring.geometry.capacity - BYTES_A_WORD;
        if room > most {
            return Err(AppendFailure::TooLong);
        }
        let used = self.head.position - ring.freed.load(Ordering::Acquire);
        if used + room as u64 > most as u64 {
            return Err(AppendFailure::Full);
        }
        let Point { position, seq } = self.head;
        let [(at, len), (rest_at, rest)] = ring.geometry.lines_from(position, line.len());
        // The line first, its word last.
        let write = |at, bytes: &[u8]| if bytes.is_empty() { Ok(()) } else { ring.memory.write(at, bytes) };
        let written = write(at, &line[..len]).and_then(|()| write(rest_at, &line[line.len() - rest..]));
        let stored = written.and_then(|()| ring.memory.store(ring.geometry.word_at(seq), word_of(seq, line)));
        stored.map_err(|Unwritable| AppendFailure::Full)?;
        self.head = self.head.behind(room);
        self.ring.head.store(self.head.position, Ordering::Release);
        Ok(())
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
        let seq = if is_next { self.head.seq } else { NO_SEQ };
        self.ring.memory.store(NOTES + slot * NOTE_BYTES + WORD, seq)
    }

    /// Writes all notes again in place. If a copy of the file shares their blocks, they have blocks of
    /// their own afterwards, and need none on a full disk.
    pub(crate) fn write_notes_again(&mut self) -> Result<(), Unwritable> {
        let (from, len) = (NOTES, NOTE_COUNT * NOTE_BYTES);
        let notes = self.ring.memory.look(from, len).into_owned();
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
        self.taken.seq
    }

    /// Returns whether no line comes any more: the producer is gone.
    #[allow(dead_code, reason = "the model does not ask")]
    pub(crate) fn is_left(&self) -> bool {
        Arc::strong_count(&self.ring) == 1
    }

    /// Returns whether there is no line to take.
    pub(crate) fn is_empty(&self) -> bool {
        self.ring.head.load(Ordering::Acquire) == self.taken.position
    }

    /// Returns the next lines that stand one right behind the other, and the point behind them: until they have
    /// `enough` bytes, or `takes` returns `false` for one. Only a line that crosses the ring's end is copied,
    /// which is returned alone. There are none in a ring that is not empty if `takes` does not take the next one,
    /// or it is not what was stored, since another program has written to the file.
    pub(crate) fn next_lines(
        &self,
        enough: usize,
        mut takes: impl FnMut(&[u8]) -> bool,
    ) -> (Cow<'_, [u8]>, Point) {
        let ring = &*self.ring;
        let head = ring.head.load(Ordering::Acquire);
        let [(_, in_one_piece), _] = ring.geometry.lines_from(self.taken.position, ring.geometry.capacity);
        let (mut len, mut end) = (0, self.taken);
        while len < enough
            && end.position == self.taken.position + len as u64
            && let Some(line) = ring.line(end, head)
        {
            let is_in_one_piece = len + line.len() <= in_one_piece;
            if !is_in_one_piece && len > 0 || !takes(&line) {
                break;
            }
            (len, end) = (len + line.len(), end.behind(room(line.len())));
        }
        (ring.bytes(self.taken.position, len), end)
    }

    /// Takes the lines before a point.
    pub(crate) fn take(&mut self, end: Point) {
        self.taken = end;
    }

    /// Skips the lines before this number.
    pub(crate) fn skip_to(&mut self, seq: u64) {
        let head = self.ring.head.load(Ordering::Acquire);
        while self.taken.seq < seq
            && let Some(len) = self.ring.line(self.taken, head).map(|line| line.len())
        {
            self.take(self.taken.behind(room(len)));
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
        let (ring, tail, taken) = (&*self.ring, self.tail, self.taken);
        ring.store_tail(self.turn + 1, taken)?;
        self.turn += 1;
        ring.zero(ring.geometry.words_from(tail.seq, (taken.seq - tail.seq) as usize))?;
        ring.zero(ring.geometry.lines_from(tail.position, (taken.position - tail.position) as usize))?;
        self.tail = taken;
        ring.freed.store(taken.position, Ordering::Release);
        Ok(())
    }

    /// Returns the ring's memory.
    pub(crate) fn memory(&self) -> &M {
        &self.ring.memory
    }

    /// Prepares memory ahead of the producer, as far as it is free.
    pub(crate) fn prepare_ahead(&mut self) {
        let (ring, taken) = (&*self.ring, self.taken);
        let used = taken.position - self.tail.position;
        let end = taken.position + (AHEAD as u64).min(ring.geometry.capacity as u64 - used);
        let from = self.prepared.max(taken.position);
        // At least half of it at a time.
        if from + (AHEAD as u64 / 2) <= end {
            let len = (end - from) as usize;
            let words = ring.geometry.words_from(taken.seq, len / BYTES_A_WORD);
            for (at, len) in ring.geometry.lines_from(from, len).into_iter().chain(words) {
                if len > 0 {
                    ring.memory.prepare(at, len);
                }
            }
            self.prepared = end;
        }
    }
}

impl<M> fmt::Debug for Producer<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Producer").field("head", &self.head).finish()
    }
}

impl<M> fmt::Debug for Fill<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fill").field(&self.bytes()).finish()
    }
}

impl<M> fmt::Debug for Consumer<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("taken", &self.taken).finish()
    }
}
