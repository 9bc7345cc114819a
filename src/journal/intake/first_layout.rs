//! The entries of the first layout, `TAINTAK1`, which an older build may have left: they are read, and never
//! written.
//!
//! The ring begins where the words do in the present layout. Each entry is its word, then the line, padded to
//! a multiple of 8 bytes; a position counts all of these. The checksum is the CRC-32C of the entry's `seq`
//! (8 bytes) and the line. All else is as it is at present.

use super::format::{Point, WORD, WORDS, len_in};

/// What the file is, and the version of its layout.
pub(super) const VERSION: [u8; 8] = *b"TAINTAK1";

/// The offset of the ring.
pub(super) const RING: usize = WORDS;

/// Returns the line at a point of a file, if it is whole and its entry ends before the position `end`, with the
/// size of the entry.
pub(super) fn line(file: &[u8], capacity: usize, at: Point, end: u64) -> Option<(Vec<u8>, usize)> {
    let ring = file.get(RING..RING + capacity)?;
    let from = at.position as usize & (capacity - 1);
    let word = u64::from_le_bytes(*ring[from..].first_chunk()?);
    let len = len_in(word);
    let entry = WORD + len.next_multiple_of(WORD);
    if word == 0 || entry as u64 > end.saturating_sub(at.position) {
        return None;
    }
    let begin = (from + WORD) & (capacity - 1);
    let first = len.min(capacity - begin);
    let line = [&ring[begin..begin + first], &ring[..len - first]].concat();
    let crc = crc32c::crc32c_append(crc32c::crc32c(&at.seq.to_le_bytes()), &line);
    (u64::from(crc) == word >> 32).then_some((line, entry))
}
