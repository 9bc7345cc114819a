//! Files of two slots, which are written in turns, in place: `.state/synced`, `.state/head` and the guard beside
//! the key.
//!
//! Each slot is a JSON object on one line, padded with spaces, with a checksum of what is before `,"crc32c"` in the
//! line. The slot with the greater `turn` counts; a damaged one, or one of another version, does not. So one
//! survives when the process or the power fails in the middle of a write, as far as a disk writes a slot whole or
//! not at all.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;

const CHECKSUM: &str = ",\"crc32c\":\"";

/// The contents of a slot.
pub(crate) trait Slot: DeserializeOwned {
    /// The size of a slot, in bytes.
    const SIZE: usize;

    /// Returns a number that grows by one with each write.
    fn turn(&self) -> u64;
}

/// A slot as it is written.
#[derive(Debug)]
pub(crate) struct Written {
    /// Where it is in the file.
    pub(crate) offset: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Written {
    /// Returns the contents of a new file: both slots have the same.
    pub(crate) fn file(&self) -> Vec<u8> {
        [&self.bytes[..], &self.bytes].concat()
    }
}

/// Encodes the contents of a slot.
///
/// # Errors
///
/// The contents are longer than a slot.
pub(crate) fn encode<S: Slot + Serialize>(contents: &S) -> io::Result<Written> {
    let mut line = serde_json::to_string(contents)?;
    line.pop();
    let checksum = crc32c::crc32c(line.as_bytes());
    let mut bytes = format!("{line}{CHECKSUM}{checksum:08x}\"}}").into_bytes();
    if bytes.len() >= S::SIZE {
        let error = format!("{} bytes do not fit into a slot of {}", bytes.len(), S::SIZE);
        return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
    }
    bytes.resize(S::SIZE - 1, b' ');
    bytes.push(b'\n');
    Ok(Written { offset: (contents.turn() & 1) * S::SIZE as u64, bytes })
}

/// Returns the contents of the slot that counts; `None` if none is whole.
pub(crate) fn decode<S: Slot>(file: &[u8]) -> Option<S> {
    file.chunks(S::SIZE).take(2).filter_map(decode_slot).max_by_key(S::turn)
}

fn decode_slot<S: Slot>(slot: &[u8]) -> Option<S> {
    let line = std::str::from_utf8(slot).ok()?.trim_ascii_end();
    let (head, checksum) = line.rsplit_once(CHECKSUM)?;
    if format!("{:08x}", crc32c::crc32c(head.as_bytes())) != checksum.strip_suffix("\"}")? {
        return None;
    }
    serde_json::from_str(&format!("{head}}}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Contents {
        turn: u64,
        text: String,
    }

    impl Slot for Contents {
        const SIZE: usize = 128;

        fn turn(&self) -> u64 {
            self.turn
        }
    }

    fn contents(turn: u64) -> Contents {
        Contents { turn, text: format!("t{turn}") }
    }

    fn bytes(turn: u64) -> Vec<u8> {
        encode(&contents(turn)).unwrap().bytes
    }

    #[test]
    fn the_later_of_two_whole_slots_counts() {
        for (first, second) in [(1, 2), (3, 2), (u64::MAX, 0)] {
            let file = [bytes(first), bytes(second)].concat();
            assert_eq!(file.len(), 2 * Contents::SIZE);
            assert_eq!(decode(&file), Some(contents(first.max(second))));
        }
        assert_eq!(decode(&bytes(5)), Some(contents(5)));
        assert_eq!(decode(&encode(&contents(6)).unwrap().file()), Some(contents(6)));
        for nothing in [&b""[..], &[0; 2 * Contents::SIZE]] {
            assert_eq!(decode::<Contents>(nothing), None);
        }
    }

    #[test]
    fn slots_are_written_in_turns_and_only_if_they_fit() {
        let offset = |turn| encode(&contents(turn)).unwrap().offset;
        assert_eq!([6, 7, 8].map(offset), [0, 128, 0]);
        let fits = |len| encode(&Contents { turn: 1, text: "x".repeat(len) }).is_ok();
        let longest = (0..128).take_while(|len| fits(*len)).last().unwrap();
        let text = String::from_utf8(encode(&Contents { turn: 1, text: "x".repeat(longest) }).unwrap().bytes);
        assert!(text.unwrap().ends_with("\"}\n"));
    }

    #[test]
    fn a_damaged_slot_does_not_count() {
        let file = [bytes(8), bytes(9)].concat();
        let line = file[Contents::SIZE..].trim_ascii_end().len();
        for at in Contents::SIZE..Contents::SIZE + line {
            let mut damaged = file.clone();
            damaged[at] ^= 1;
            assert_eq!(decode(&damaged), Some(contents(8)), "{at}");
            damaged.truncate(at);
            assert_eq!(decode(&damaged), Some(contents(8)), "{at}");
        }
    }
}
