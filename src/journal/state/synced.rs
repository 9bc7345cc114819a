//! `.state/synced`: how far the day files are on disk. Followers read no further, so that a
//! number that was once delivered is never given to another record, whatever a loss of power
//! takes; and what is behind it is looked through when the journal is opened again.
//!
//! Two places of 512 bytes, the size of a sector, which disks write whole or not at all. They
//! are written in turns, in place, after each sync of the day files. Each is a line, filled up
//! with spaces:
//!
//! ```json
//! {"version":1,"turn":7,"file":"audit-2026-05-28.log","offset":9301,"next_seq":42,"crc32c":"0f3a91c7"}
//! ```
//!
//! The records before number `next_seq` are on disk; behind the last of them `file` has come to
//! `offset`. The checksum is of what is before `,"crc32c"`. The place with the greater `turn` is
//! the one that counts; one that is damaged, and one of another version, do not.
//!
//! Only when it is made is the file synced itself: after a loss of power there is one, and it may
//! be behind the day files, never ahead of them, as far as the disk keeps what it acknowledged.

use crate::journal::storage::Directory;
use crate::journal::storage::layout::{DayFileName, SYNCED};
use crate::journal::storage::state_file::Version;
use serde::Deserialize;
use std::io;
use std::sync::Arc;

/// The size of a place, in bytes.
const PLACE: usize = 512;

/// Up to where the day files are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Synced {
    /// The file that was appended to.
    pub(crate) file: DayFileName,
    /// How much of it, in bytes.
    pub(crate) offset: u64,
    /// The number behind the last record.
    pub(crate) next_seq: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "version")]
    _version: Version,
    turn: u64,
    file: String,
    offset: u64,
    next_seq: u64,
    crc32c: String,
}

impl Synced {
    /// What was written last; `None` if there is nothing that can be read.
    pub(crate) fn read(directory: &dyn Directory) -> io::Result<Option<Synced>> {
        let contents = directory.read_state(SYNCED)?.unwrap_or_default();
        Ok(last_in(&contents).map(|(_, synced)| synced))
    }

    fn head(&self, turn: u64) -> String {
        let Synced { file, offset, next_seq } = self;
        format!(r#"{{"version":1,"turn":{turn},"file":"{file}","offset":{offset},"next_seq":{next_seq}"#)
    }

    fn in_place(&self, turn: u64) -> Vec<u8> {
        let head = self.head(turn);
        let line = format!("{head},\"crc32c\":\"{:08x}\"}}", crc32c::crc32c(head.as_bytes()));
        format!("{line:<width$}\n", width = PLACE - 1).into_bytes()
    }
}

/// What the file has, and in which turn it was written.
fn last_in(contents: &[u8]) -> Option<(u64, Synced)> {
    contents.chunks(PLACE).take(2).filter_map(read_place).max_by_key(|(turn, _)| *turn)
}

fn read_place(place: &[u8]) -> Option<(u64, Synced)> {
    let line = serde_json::from_slice::<Line>(place).ok()?;
    let file = DayFileName::parse(&line.file)?;
    let synced = Synced { file, offset: line.offset, next_seq: line.next_seq };
    let is_whole = line.crc32c == format!("{:08x}", crc32c::crc32c(synced.head(line.turn).as_bytes()));
    is_whole.then_some((line.turn, synced))
}

/// Who writes it.
#[derive(Debug)]
pub(in crate::journal) struct SyncedFile {
    directory: Arc<dyn Directory>,
    last: Option<Synced>,
    turn: u64,
}

impl SyncedFile {
    /// Goes on with the one that is there.
    pub(in crate::journal) fn new(directory: Arc<dyn Directory>) -> SyncedFile {
        // What can't be read is written over.
        let contents = directory.read_state(SYNCED).ok().flatten().unwrap_or_default();
        let (turn, last) = last_in(&contents).unzip();
        SyncedFile { directory, last, turn: turn.unwrap_or(0) }
    }

    pub(in crate::journal) fn write(&mut self, synced: Synced) -> io::Result<()> {
        if self.last == Some(synced) {
            return Ok(());
        }
        let turn = self.turn.wrapping_add(1);
        let place = synced.in_place(turn);
        if self.last.is_some() {
            self.directory.write_in_state(SYNCED, (turn & 1) * PLACE as u64, &place)?;
        } else {
            self.directory.write_state(SYNCED, &[&place[..], &place].concat())?;
        }
        (self.turn, self.last) = (turn, Some(synced));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Day;

    fn synced(next_seq: u64) -> Synced {
        let file = DayFileName { day: Day::parse("2026-05-28").unwrap(), index: u32::MAX };
        Synced { file, offset: u64::MAX, next_seq }
    }

    #[test]
    fn the_later_of_two_whole_places_counts() {
        for (first, second, seq) in [(1, 2, 20), (3, 2, 10), (u64::MAX, 0, 10)] {
            let contents = [synced(10).in_place(first), synced(20).in_place(second)].concat();
            assert_eq!(contents.len(), 2 * PLACE);
            assert_eq!(last_in(&contents), Some((first.max(second), synced(seq))));
        }
        assert_eq!(last_in(&synced(5).in_place(0)), Some((0, synced(5))));
        assert_eq!(last_in(b""), None);
    }

    #[test]
    fn a_damaged_place_does_not_count() {
        let contents = [synced(1).in_place(8), synced(2).in_place(9)].concat();
        let line = contents[PLACE..].trim_ascii_end().len();
        for at in PLACE..PLACE + line {
            let mut damaged = contents.clone();
            damaged[at] ^= 1;
            assert_eq!(last_in(&damaged), Some((8, synced(1))), "{at}");
            damaged.truncate(at);
            assert_eq!(last_in(&damaged), Some((8, synced(1))), "{at}");
        }
        assert_eq!(last_in(&[0; 2 * PLACE]), None);
    }
}
