//! Files of two slots, which are written in turns, in place: `.state/head` and the guard.
//!
//! Each slot is a JSON object on one line, padded with spaces, with a checksum of what is before
//! `,"crc32c"` in the line. The whole slot with the greater `turn` counts, so one survives when
//! the process or the power fails in the middle of a write.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is in a slot.
pub(in crate::sealer) trait Slot: Serialize + DeserializeOwned {
    /// The size of a slot, in bytes.
    const SIZE: usize;

    fn turn(&self) -> u64;
}

const CHECKSUM: &str = ",\"crc32c\":\"";

/// Returns the contents of a slot, and its offset in the file; `None` if it does not fit.
pub(in crate::sealer) fn write<S: Slot>(contents: &S) -> Option<(u64, Vec<u8>)> {
    let mut line = serde_json::to_string(contents).ok()?;
    line.pop();
    let checksum = crc32c::crc32c(line.as_bytes());
    let mut slot = format!("{line}{CHECKSUM}{checksum:08x}\"}}").into_bytes();
    let offset = (contents.turn() & 1) * S::SIZE as u64;
    (slot.len() < S::SIZE).then(|| {
        slot.resize(S::SIZE - 1, b' ');
        slot.push(b'\n');
        (offset, slot)
    })
}

/// Returns the contents of the slot that counts.
pub(in crate::sealer) fn read<S: Slot>(file: &[u8]) -> Option<S> {
    file.chunks(S::SIZE).take(2).filter_map(read_slot).max_by_key(S::turn)
}

fn read_slot<S: Slot>(slot: &[u8]) -> Option<S> {
    let line = std::str::from_utf8(slot).ok()?.trim_ascii_end();
    let (head, checksum) = line.rsplit_once(CHECKSUM)?;
    let checksum = checksum.strip_suffix("\"}")?;
    if format!("{:08x}", crc32c::crc32c(head.as_bytes())) != checksum {
        return None;
    }
    serde_json::from_str(&format!("{head}}}")).ok()
}
