//! Offsets in the file, and its words. The specification is the documentation of
//! [`intake`](super).

use super::capacity::BYTES_A_WORD;
use super::memory::Contents;
use rapidhash::v3::{RapidSecrets, rapidhash_v3_seeded};
use std::borrow::Cow;

/// What the file is, and the version of its layout.
pub(super) const VERSION: [u8; 8] = *b"TAINTAK2";

/// Offsets of the parts, in bytes.
pub(super) const CAPACITY: usize = 8;
pub(super) const ID: usize = 16;
pub(super) const HEADER_CRC: usize = 32;
pub(super) const TURN: usize = 64;
pub(super) const TAILS: [usize; 2] = [72, 96];
pub(super) const NOTES: usize = 4096;
pub(crate) const WORDS: usize = 16384;

/// The number of notes, and the size of each, in bytes, with its word.
pub(crate) const NOTE_COUNT: usize = 12;
pub(super) const NOTE_BYTES: usize = 1024;

/// The size of a word, to which all parts but lines are aligned.
pub(super) const WORD: usize = 8;

/// The longest note, in bytes.
pub(crate) const LONGEST_NOTE: usize = NOTE_BYTES - 2 * WORD;

/// In place of a number: none.
pub(super) const NO_SEQ: u64 = u64::MAX;

/// Where a line begins in a ring, and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) position: u64,
    pub(crate) seq: u64,
}

impl Point {
    /// Returns the point behind an entry that takes up so many bytes.
    pub(super) fn behind(self, bytes: usize) -> Point {
        Point { position: self.position + bytes as u64, seq: self.seq.wrapping_add(1) }
    }
}

/// Two pieces of a file: their offsets and lengths. The second is empty, unless what they contain crosses
/// the end of its part.
pub(super) type Pieces = [(usize, usize); 2];

/// Where the words and lines of a ring are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Geometry {
    /// The size of the ring, in bytes.
    pub(crate) capacity: usize,
}

impl Geometry {
    /// Returns the number of words.
    pub(super) const fn words(self) -> usize {
        self.capacity / BYTES_A_WORD
    }

    const fn ring(self) -> usize {
        WORDS + self.words() * WORD
    }

    /// Returns the size of the file, in bytes.
    pub(crate) const fn file_bytes(self) -> usize {
        self.ring() + self.capacity
    }

    /// Returns the offset of the word of the line with this number.
    pub(super) fn word_at(self, seq: u64) -> usize {
        WORDS + (seq as usize & (self.words() - 1)) * WORD
    }

    /// Returns where so many words are, from that of the line with this number on.
    pub(super) fn words_from(self, seq: u64, count: usize) -> Pieces {
        pieces(self.word_at(seq), count * WORD, WORDS, self.ring())
    }

    /// Returns where so many bytes of lines are, from a position on.
    pub(super) fn lines_from(self, position: u64, len: usize) -> Pieces {
        let at = self.ring() + (position as usize & (self.capacity - 1));
        pieces(at, len, self.ring(), self.file_bytes())
    }

    /// Returns the line at a point, if it is whole and all that it takes up is before the position `end`.
    pub(super) fn line<C: Contents>(self, contents: &C, at: Point, end: u64) -> Option<Cow<'_, [u8]>> {
        let word = contents.load(self.word_at(at.seq));
        let len = len_in(word);
        if len == 0 || room(len) as u64 > end.saturating_sub(at.position) {
            return None;
        }
        let line = bytes(contents, self.lines_from(at.position, len));
        (word_of(at.seq, &line) == word).then_some(line)
    }
}

/// Returns how many bytes a line of so many takes up.
pub(super) fn room(line: usize) -> usize {
    line.max(BYTES_A_WORD)
}

fn pieces(at: usize, len: usize, begin: usize, end: usize) -> Pieces {
    let first = len.min(end - at);
    [(at, first), (begin, len - first)]
}

/// Returns the bytes of two pieces, which are copied only if there are two.
pub(super) fn bytes<C: Contents>(contents: &C, [(at, len), (rest_at, rest)]: Pieces) -> Cow<'_, [u8]> {
    let mut bytes = contents.look(at, len);
    if rest > 0 {
        bytes.to_mut().extend_from_slice(&contents.look(rest_at, rest));
    }
    bytes
}

/// Returns the word of an entry.
#[inline]
pub(super) fn word_of(seq: u64, line: &[u8]) -> u64 {
    word(line.len(), rapidhash_v3_seeded(line, &RapidSecrets::seed_cpp(seq)) as u32)
}

/// Returns the word of a note.
pub(super) fn word_of_note(bytes: &[u8]) -> u64 {
    word(bytes.len(), crc32c::crc32c(bytes))
}

fn word(len: usize, checksum: u32) -> u64 {
    u64::from(checksum) << 32 | len as u64
}

/// Returns the length in a word.
pub(super) fn len_in(word: u64) -> usize {
    (word & u64::from(u32::MAX)) as usize
}

/// Returns the checksum at the end of a tail.
pub(super) fn tail_crc(tail: Point) -> u64 {
    let crc = crc32c::crc32c(&tail.position.to_le_bytes());
    u64::from(crc32c::crc32c_append(crc, &tail.seq.to_le_bytes()))
}
