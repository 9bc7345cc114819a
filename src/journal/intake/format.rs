//! Offsets in the file, and its words. The specification is the documentation of
//! [`intake`](super).

/// What the file is, and the version of its layout.
pub(super) const VERSION: [u8; 8] = *b"TAINTAK1";

/// Offsets of the parts, in bytes.
pub(super) const CAPACITY: usize = 8;
pub(super) const ID: usize = 16;
pub(super) const HEADER_CRC: usize = 32;
pub(super) const TURN: usize = 64;
pub(super) const TAILS: [usize; 2] = [72, 96];
pub(super) const NOTES: usize = 4096;
pub(super) const RING: usize = 16384;

/// The number of notes, and the size of each, in bytes, with its word.
pub(crate) const NOTE_COUNT: usize = 12;
pub(super) const NOTE_BYTES: usize = 1024;

/// The size of a word, to which all parts are aligned.
pub(super) const WORD: usize = 8;

/// The longest note, in bytes.
pub(crate) const LONGEST_NOTE: usize = NOTE_BYTES - 2 * WORD;

/// In place of a number: none.
pub(super) const NO_SEQ: u64 = u64::MAX;

/// The size of the header, in bytes.
#[allow(dead_code, reason = "the model's memory begins with it")]
pub(crate) const HEADER_BYTES: usize = RING;

/// The size of the part before the notes, in bytes: a page, which identifies the file.
pub(crate) const LABEL_BYTES: usize = NOTES;

/// Returns the size of an entry with a line of so many bytes.
pub(super) const fn entry_bytes(line: usize) -> usize {
    WORD + line.next_multiple_of(WORD)
}

/// Returns the word of an entry.
pub(super) fn word_of(seq: u64, line: &[u8]) -> u64 {
    word(line.len(), crc32c::crc32c_append(crc32c::crc32c(&seq.to_le_bytes()), line))
}

/// Returns the word of a note.
pub(super) fn word_of_note(bytes: &[u8]) -> u64 {
    word(bytes.len(), crc32c::crc32c(bytes))
}

fn word(len: usize, crc: u32) -> u64 {
    u64::from(crc) << 32 | len as u64
}

/// Returns the length in a word.
pub(super) fn len_in(word: u64) -> usize {
    (word & u64::from(u32::MAX)) as usize
}

/// Returns the checksum at the end of a tail.
pub(super) fn tail_crc(position: u64, seq: u64) -> u64 {
    u64::from(crc32c::crc32c_append(crc32c::crc32c(&position.to_le_bytes()), &seq.to_le_bytes()))
}
