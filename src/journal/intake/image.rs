//! The contents of an intake's file, as a process that ended has left it.

use super::capacity::CAPACITIES;
use super::first_layout;
use super::format::{
    CAPACITY, Geometry, HEADER_CRC, ID, LONGEST_NOTE, NOTE_BYTES, NOTE_COUNT, NOTES, Point, TAILS, TURN,
    VERSION, WORD, WORDS, len_in, room, tail_crc, word_of_note,
};
use super::memory::Contents;
use std::borrow::Cow;
use std::io;

/// The contents of an intake's file.
#[derive(Debug)]
pub(crate) struct Image {
    bytes: Vec<u8>,
    geometry: Geometry,
    /// Whether an older build has written it.
    is_of_first_layout: bool,
}

impl Contents for Vec<u8> {
    fn load(&self, at: usize) -> u64 {
        self[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word))
    }

    fn look(&self, at: usize, len: usize) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self[at..at + len])
    }
}

impl Image {
    /// The longest file that is an intake, in bytes.
    pub(crate) const LONGEST: u64 = Geometry { capacity: *CAPACITIES.end() }.file_bytes() as u64;

    /// Returns whether the file was created, and no byte of it has reached the disk.
    pub(crate) fn is_blank(bytes: &[u8]) -> bool {
        bytes.iter().take(NOTES).all(|byte| *byte == 0)
    }

    /// Reads the contents of an intake's file.
    ///
    /// # Errors
    ///
    /// The file is not an intake, or one of another version or journal, or damaged: the text says
    /// which.
    pub(crate) fn of(bytes: Vec<u8>, id: [u8; 16]) -> io::Result<Image> {
        let head = bytes.first_chunk::<8>();
        let is_of_first_layout = head == Some(&first_layout::VERSION);
        if head != Some(&VERSION) && !is_of_first_layout {
            return Err(invalid(match head {
                Some(head) if head[..7] == VERSION[..7] => {
                    let (theirs, ours) = (char::from(head[7]), char::from(VERSION[7]));
                    format!("version {theirs} of its layout is not {ours}, the last one that is known here")
                }
                _ => "it is not an intake".to_owned(),
            }));
        }
        if bytes.len() < WORDS {
            return Err(invalid(format!("it has only {} bytes", bytes.len())));
        }
        if bytes.load(HEADER_CRC) != u64::from(crc32c::crc32c(&bytes[..HEADER_CRC])) {
            return Err(invalid("its header is damaged".to_owned()));
        }
        if bytes[ID..HEADER_CRC] != id {
            return Err(invalid("it is of another journal".to_owned()));
        }
        let capacity = usize::try_from(bytes.load(CAPACITY)).unwrap_or(usize::MAX);
        let geometry = Geometry { capacity };
        let file_bytes =
            || if is_of_first_layout { first_layout::RING + capacity } else { geometry.file_bytes() };
        if !capacity.is_power_of_two() || !CAPACITIES.contains(&capacity) || bytes.len() != file_bytes() {
            return Err(invalid(format!("it has {} bytes, for a ring of {capacity}", bytes.len())));
        }
        Ok(Image { bytes, geometry, is_of_first_layout })
    }

    /// Returns the point up to which lines were taken; `None` if both tails are damaged.
    pub(crate) fn tail(&self) -> Option<Point> {
        let turn = self.bytes.load(TURN);
        // After a loss of power only the other one may be whole.
        [turn, turn.wrapping_add(1)].into_iter().find_map(|turn| {
            let at = TAILS[(turn & 1) as usize];
            let tail = Point { position: self.bytes.load(at), seq: self.bytes.load(at + WORD) };
            (self.bytes.load(at + 2 * WORD) == tail_crc(tail)).then_some(tail)
        })
    }

    /// Returns the size of its ring, in bytes; `None` if its ring can't be resumed, since an older build has
    /// written it.
    pub(crate) fn capacity(&self) -> Option<usize> {
        (!self.is_of_first_layout).then_some(self.geometry.capacity)
    }

    /// Returns the lines from the tail on, as far as they are whole and follow one another.
    pub(crate) fn lines(&self) -> Lines<'_> {
        let tail = self.tail();
        let end = tail.map_or(0, |tail| tail.position.saturating_add(self.geometry.capacity as u64));
        Lines { image: self, at: tail, end }
    }

    /// Returns the notes that are whole and whose record was not appended before the record
    /// `next_seq`, each with its slot.
    pub(crate) fn notes(&self, next_seq: u64) -> impl Iterator<Item = (usize, &[u8])> {
        (0..NOTE_COUNT).filter_map(move |slot| {
            let at = NOTES + slot * NOTE_BYTES;
            let word = self.bytes.load(at);
            let len = len_in(word);
            if word == 0 || len > LONGEST_NOTE || self.bytes.load(at + WORD) < next_seq {
                return None;
            }
            let bytes = &self.bytes[at + 2 * WORD..at + 2 * WORD + len];
            (word_of_note(bytes) == word).then_some((slot, bytes))
        })
    }
}

/// The lines in an intake, each with its number.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    image: &'a Image,
    at: Option<Point>,
    end: u64,
}

impl Lines<'_> {
    /// Returns the point behind the last line; `None` if the tail is damaged.
    pub(crate) fn end(&self) -> Option<Point> {
        self.at
    }

    /// Returns whether a word that is not an entry's follows the last line.
    #[cfg(test)]
    pub(crate) fn ends_in_rubbish(&self) -> bool {
        self.at.is_some_and(|at| self.image.bytes.load(self.image.geometry.word_at(at.seq)) != 0)
    }
}

impl Iterator for Lines<'_> {
    type Item = (u64, Vec<u8>);

    fn next(&mut self) -> Option<(u64, Vec<u8>)> {
        let (at, Image { bytes, geometry, .. }) = (self.at?, self.image);
        let (line, len) = if self.image.is_of_first_layout {
            first_layout::line(bytes, geometry.capacity, at, self.end)?
        } else {
            let line = geometry.line(bytes, at, self.end)?.into_owned();
            let len = room(line.len());
            (line, len)
        };
        self.at = Some(at.behind(len));
        Some((at.seq, line))
    }
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
