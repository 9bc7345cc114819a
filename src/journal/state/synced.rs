//! `.state/synced`: how far the day files are on disk.
//!
//! Followers read no further: a number that was delivered once is then never given to another
//! record, whatever a loss of power takes. When the journal is opened again, records behind it are
//! checked.
//!
//! The file has two slots of 512 bytes, the size of a sector, which disks write whole or not at all.
//! They are written in turns, in place, after each sync of the day files. Each is a line, padded with
//! spaces:
//!
//! ```json
//! {"version":1,"turn":7,"file":"audit-2026-05-28.log","offset":9301,"next_seq":42,"crc32c":"0f3a91c7"}
//! ```
//!
//! `"has_failed":true` behind `next_seq` says that a sync has failed since: the records from
//! `next_seq` on are on disk only once they are written again, whatever a later sync says.
//!
//! `"accepted":60` behind these says that records before this number were accepted, while lines were
//! held back in the intake: they may be in no other file, and if the intake is lost, so are they. The same
//! where the open day file was removed or altered, or could not be synced, before its records are copied.
//! Where it was removed or altered, `next_seq` goes back to its first record, too, and `offset` is 0: none of
//! its records is on disk until the copy is.
//!
//! The records before number `next_seq` are on disk; the last of them ends at `offset` of `file`. The
//! checksum covers the text before `,"crc32c"`. The slot with the greater `turn` counts; a damaged
//! slot, or one of another version, does not.
//!
//! The file is synced only when it is created: after a loss of power it exists, and may be behind
//! the day files, never ahead of them, as far as the disk keeps what it acknowledged.

use crate::journal::storage::Directory;
use crate::journal::storage::layout::{DayFileName, SYNCED};
use crate::journal::storage::state_file::Version;
use serde::Deserialize;
use std::io;
use std::sync::Arc;

/// The size of a slot, in bytes.
const SLOT: usize = 512;

/// The point up to which the day files are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Synced {
    /// The newest day file.
    pub(crate) file: DayFileName,
    /// The length of it that is on disk, in bytes.
    pub(crate) offset: u64,
    /// The number after that of the last record.
    pub(crate) next_seq: u64,
    /// Whether a sync has failed since: the records behind these are on disk only once they are
    /// written again.
    pub(crate) has_failed: bool,
    /// Records before this number were accepted, and may be in no day file; 0 if that is not known.
    pub(crate) accepted: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Slot {
    #[serde(rename = "version")]
    _version: Version,
    turn: u64,
    file: String,
    offset: u64,
    next_seq: u64,
    #[serde(default)]
    has_failed: bool,
    #[serde(default)]
    accepted: u64,
    crc32c: String,
}

impl Synced {
    /// Returns the point of a file up to which it is on disk, without failures.
    pub(in crate::journal) fn at(file: DayFileName, offset: u64, next_seq: u64) -> Synced {
        Synced { file, offset, next_seq, has_failed: false, accepted: 0 }
    }

    /// Returns what was written last; `None` if no slot is whole.
    pub(crate) fn read(directory: &dyn Directory) -> io::Result<Option<Synced>> {
        let contents = directory.read_state(SYNCED)?.unwrap_or_default();
        Ok(Synced::parse(&contents))
    }

    /// Returns what the contents of the file say; `None` if no slot is whole.
    pub(crate) fn parse(contents: &[u8]) -> Option<Synced> {
        last_in(contents).map(|(_, synced)| synced)
    }

    /// Returns the number before which there were records.
    pub(in crate::journal) fn reached(&self) -> u64 {
        self.next_seq.max(self.accepted)
    }

    fn head(&self, turn: u64) -> String {
        let Synced { file, offset, next_seq, has_failed, accepted } = self;
        let failed = if *has_failed { r#","has_failed":true"# } else { "" };
        let accepted = if *accepted > 0 { format!(r#","accepted":{accepted}"#) } else { String::new() };
        format!(
            r#"{{"version":1,"turn":{turn},"file":"{file}","offset":{offset},"next_seq":{next_seq}{failed}{accepted}"#
        )
    }

    fn slot(&self, turn: u64) -> Vec<u8> {
        let head = self.head(turn);
        let line = format!("{head},\"crc32c\":\"{:08x}\"}}", crc32c::crc32c(head.as_bytes()));
        format!("{line:<width$}\n", width = SLOT - 1).into_bytes()
    }
}

/// Returns the slot that counts, with its turn.
fn last_in(contents: &[u8]) -> Option<(u64, Synced)> {
    contents.chunks(SLOT).take(2).filter_map(read_slot).max_by_key(|(turn, _)| *turn)
}

fn read_slot(slot: &[u8]) -> Option<(u64, Synced)> {
    let line = serde_json::from_slice::<Slot>(slot).ok()?;
    let file = DayFileName::parse(&line.file)?;
    let Slot { offset, next_seq, has_failed, accepted, .. } = line;
    let synced = Synced { file, offset, next_seq, has_failed, accepted };
    let is_whole = line.crc32c == format!("{:08x}", crc32c::crc32c(synced.head(line.turn).as_bytes()));
    is_whole.then_some((line.turn, synced))
}

/// Writes `.state/synced`.
#[derive(Debug)]
pub(in crate::journal) struct SyncedFile {
    directory: Arc<dyn Directory>,
    last: Option<Synced>,
    turn: u64,
}

impl SyncedFile {
    /// Continues the file that exists.
    pub(in crate::journal) fn new(directory: Arc<dyn Directory>) -> SyncedFile {
        // A file that can't be read is overwritten.
        let contents = directory.read_state(SYNCED).ok().flatten().unwrap_or_default();
        let (turn, last) = last_in(&contents).unzip();
        SyncedFile { directory, last, turn: turn.unwrap_or(0) }
    }

    /// Takes note that a sync has failed. The slot is written in place, so that it needs no space.
    pub(in crate::journal) fn write_failure(&mut self) -> io::Result<()> {
        self.last.map_or(Ok(()), |last| self.write(Synced { has_failed: true, ..last }))
    }

    /// Takes note that what a failed sync had left is on disk.
    pub(in crate::journal) fn clear_failure(&mut self) -> io::Result<()> {
        self.last.map_or(Ok(()), |last| self.write(Synced { has_failed: false, ..last }))
    }

    /// Takes note that records before this number were accepted, and may be in no file of the directory. The slot
    /// is written in place and not synced: this costs little, and needs no space. It is written again if
    /// nothing is new, since the file may be gone.
    pub(in crate::journal) fn write_accepted(&mut self, accepted: u64) -> io::Result<()> {
        self.last.map_or(Ok(()), |last| self.put(Synced { accepted: last.accepted.max(accepted), ..last }))
    }

    /// Takes note that a day file which begins with the record `first_seq` is in no directory any more, or will not
    /// be, before its records are copied: none of them is on disk until the copy is. Records before `accepted` were
    /// accepted. The slot is written in place and not synced.
    pub(in crate::journal) fn write_damaged(
        &mut self,
        first_seq: Option<u64>,
        accepted: u64,
    ) -> io::Result<()> {
        let Some(last) = self.last else {
            return Ok(());
        };
        let accepted = last.reached().max(accepted);
        self.put(match first_seq.filter(|first| *first < last.next_seq) {
            Some(next_seq) => Synced { next_seq, offset: 0, accepted, ..last },
            None => Synced { accepted, ..last },
        })
    }

    /// Writes the last state again, into a new file: `.state` was removed.
    pub(in crate::journal) fn write_again(&mut self) -> io::Result<()> {
        let Some(last) = self.last.take() else {
            return Ok(());
        };
        self.write(last).inspect_err(|_| self.last = Some(last))
    }

    /// Writes how far the day files are on disk.
    pub(in crate::journal) fn write(&mut self, synced: Synced) -> io::Result<()> {
        let accepted = self.last.map_or(0, |last| last.accepted).max(synced.accepted);
        // What is on disk can't be lost with the intake.
        let accepted = if accepted > synced.next_seq { accepted } else { 0 };
        let synced = Synced { accepted, ..synced };
        if self.last == Some(synced) { Ok(()) } else { self.put(synced) }
    }

    fn put(&mut self, synced: Synced) -> io::Result<()> {
        let turn = self.turn.wrapping_add(1);
        let slot = synced.slot(turn);
        if self.last.is_some() {
            self.directory.write_in_state(SYNCED, (turn & 1) * SLOT as u64, &slot)?;
        } else {
            self.directory.write_state(SYNCED, &[&slot[..], &slot].concat())?;
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
        let accepted = if next_seq == 10 { u64::MAX } else { 0 };
        Synced { file, offset: u64::MAX, next_seq, has_failed: next_seq.is_multiple_of(20), accepted }
    }

    #[test]
    fn the_later_of_two_whole_slots_counts() {
        for (first, second, seq) in [(1, 2, 20), (3, 2, 10), (u64::MAX, 0, 10)] {
            let contents = [synced(10).slot(first), synced(20).slot(second)].concat();
            assert_eq!(contents.len(), 2 * SLOT);
            assert_eq!(last_in(&contents), Some((first.max(second), synced(seq))));
        }
        assert_eq!(last_in(&synced(5).slot(0)), Some((0, synced(5))));
        assert_eq!(last_in(b""), None);
    }

    #[test]
    fn a_damaged_slot_does_not_count() {
        let contents = [synced(1).slot(8), synced(2).slot(9)].concat();
        let line = contents[SLOT..].trim_ascii_end().len();
        for at in SLOT..SLOT + line {
            let mut damaged = contents.clone();
            damaged[at] ^= 1;
            assert_eq!(last_in(&damaged), Some((8, synced(1))), "{at}");
            damaged.truncate(at);
            assert_eq!(last_in(&damaged), Some((8, synced(1))), "{at}");
        }
        assert_eq!(last_in(&[0; 2 * SLOT]), None);
    }
}
