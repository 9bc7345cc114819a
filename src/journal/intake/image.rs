//! The contents of an intake's file, as a process that ended has left it.

use super::capacity::CAPACITIES;
use super::format::{
    CAPACITY, HEADER_CRC, ID, LABEL_BYTES, LONGEST_NOTE, NOTE_BYTES, NOTE_COUNT, NOTES, RING, TAILS, TURN,
    VERSION, WORD, entry_bytes, len_in, tail_crc, word_of, word_of_note,
};
use std::io;

/// The contents of an intake's file.
#[derive(Debug)]
pub(crate) struct Image {
    bytes: Vec<u8>,
    capacity: usize,
}

/// The position up to which entries were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) position: u64,
    /// The number of the entry there.
    pub(crate) seq: u64,
}

impl Image {
    /// The longest file that is an intake, in bytes.
    pub(crate) const LONGEST: u64 = (RING + *CAPACITIES.end()) as u64;

    /// Returns whether the file was created, and no byte of it has reached the disk.
    pub(crate) fn is_blank(bytes: &[u8]) -> bool {
        bytes.iter().take(LABEL_BYTES).all(|byte| *byte == 0)
    }

    /// Reads the contents of an intake's file.
    ///
    /// # Errors
    ///
    /// The file is not an intake, or one of another version or journal, or damaged: the text says
    /// which.
    pub(crate) fn of(bytes: Vec<u8>, id: [u8; 16]) -> io::Result<Image> {
        let image = Image { bytes, capacity: 0 };
        let head = image.bytes.first_chunk::<8>();
        if head != Some(&VERSION) {
            return Err(invalid(match head {
                Some(head) if head[..7] == VERSION[..7] => {
                    let (theirs, ours) = (char::from(head[7]), char::from(VERSION[7]));
                    format!("version {theirs} of its layout is not {ours}, the one that is known here")
                }
                _ => "it is not an intake".to_owned(),
            }));
        }
        if image.bytes.len() < RING {
            return Err(invalid(format!("it has only {} bytes", image.bytes.len())));
        }
        if image.word(HEADER_CRC) != u64::from(crc32c::crc32c(&image.bytes[..HEADER_CRC])) {
            return Err(invalid("its header is damaged".to_owned()));
        }
        if image.bytes[ID..HEADER_CRC] != id {
            return Err(invalid("it is of another journal".to_owned()));
        }
        let capacity = usize::try_from(image.word(CAPACITY)).unwrap_or(usize::MAX);
        if !capacity.is_power_of_two()
            || !CAPACITIES.contains(&capacity)
            || image.bytes.len() != RING + capacity
        {
            return Err(invalid(format!("it has {} bytes, for a ring of {capacity}", image.bytes.len())));
        }
        Ok(Image { capacity, ..image })
    }

    /// Returns the position up to which entries were taken; `None` if both tails are damaged.
    pub(crate) fn tail(&self) -> Option<Tail> {
        let turn = self.word(TURN);
        // After a loss of power only the other one may be whole.
        [turn, turn.wrapping_add(1)].into_iter().find_map(|turn| {
            let at = TAILS[(turn & 1) as usize];
            let tail = Tail { position: self.word(at), seq: self.word(at + WORD) };
            let is_whole = self.word(at + 2 * WORD) == tail_crc(tail.position, tail.seq);
            (is_whole && tail.position.is_multiple_of(WORD as u64)).then_some(tail)
        })
    }

    /// Returns the size of its ring, in bytes.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Returns the lines from the tail on, as far as they are whole and follow one another.
    pub(crate) fn lines(&self) -> Lines<'_> {
        let tail = self.tail();
        Lines { image: self, at: tail, end: tail.map_or(0, |tail| tail.position + self.capacity as u64) }
    }

    /// Returns the notes that are whole and whose record was not appended before the record
    /// `next_seq`, each with its slot.
    pub(crate) fn notes(&self, next_seq: u64) -> impl Iterator<Item = (usize, &[u8])> {
        (0..NOTE_COUNT).filter_map(move |slot| {
            let at = NOTES + slot * NOTE_BYTES;
            let word = self.word(at);
            let len = len_in(word);
            if word == 0 || len > LONGEST_NOTE || self.word(at + WORD) < next_seq {
                return None;
            }
            let bytes = &self.bytes[at + 2 * WORD..at + 2 * WORD + len];
            (word_of_note(bytes) == word).then_some((slot, bytes))
        })
    }

    fn word(&self, at: usize) -> u64 {
        self.bytes[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word))
    }

    fn ring(&self, position: u64) -> usize {
        RING + (position as usize & (self.capacity - 1))
    }
}

/// The lines in an intake, each with its number.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    image: &'a Image,
    at: Option<Tail>,
    end: u64,
}

impl Lines<'_> {
    /// Returns the position behind the last line; `None` if the tail is damaged.
    pub(crate) fn end(&self) -> Option<Tail> {
        self.at
    }

    /// Returns whether bytes that are not an entry follow the last line.
    #[cfg(test)]
    pub(crate) fn ends_in_rubbish(&self) -> bool {
        self.at.is_some_and(|at| at.position < self.end && self.image.word(self.image.ring(at.position)) != 0)
    }
}

impl Iterator for Lines<'_> {
    type Item = (u64, Vec<u8>);

    fn next(&mut self) -> Option<(u64, Vec<u8>)> {
        let Tail { position, seq } = self.at?;
        let image = self.image;
        let word = image.word(image.ring(position));
        let len = len_in(word);
        if word == 0 || entry_bytes(len) as u64 > self.end.saturating_sub(position) {
            return None;
        }
        let from = image.ring(position + WORD as u64);
        let first = len.min(RING + image.capacity - from);
        let mut line = image.bytes[from..from + first].to_vec();
        line.extend_from_slice(&image.bytes[RING..RING + len - first]);
        if word_of(seq, &line) != word {
            return None;
        }
        self.at = Some(Tail { position: position + entry_bytes(len) as u64, seq: seq.wrapping_add(1) });
        Some((seq, line))
    }
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
