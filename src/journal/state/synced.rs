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
//! {"version":1,"turn":7,"file":"audit-2026-05-28.log","offset":9301,"next_seq":42,"crc32c":"77b0748e"}
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
use crate::journal::storage::slots::{self, Slot};
use crate::journal::storage::state_file::Version;
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::Arc;

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

/// A slot of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    version: Version,
    turn: u64,
    file: DayFileName,
    offset: u64,
    next_seq: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    has_failed: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    accepted: u64,
}

impl Slot for Contents {
    const SIZE: usize = 512;

    fn turn(&self) -> u64 {
        self.turn
    }
}

impl Contents {
    fn synced(&self) -> Synced {
        let Contents { file, offset, next_seq, has_failed, accepted, .. } = *self;
        Synced { file, offset, next_seq, has_failed, accepted }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
        slots::decode(contents).map(|contents: Contents| contents.synced())
    }

    /// Returns the number before which there were records.
    pub(in crate::journal) fn reached(&self) -> u64 {
        self.next_seq.max(self.accepted)
    }

    fn slot(self, turn: u64) -> io::Result<slots::Written> {
        let Synced { file, offset, next_seq, has_failed, accepted } = self;
        slots::encode(&Contents { version: Version, turn, file, offset, next_seq, has_failed, accepted })
    }
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
        let last = slots::decode::<Contents>(&contents);
        let turn = last.as_ref().map_or(0, Slot::turn);
        SyncedFile { directory, last: last.as_ref().map(Contents::synced), turn }
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
        let slot = synced.slot(turn)?;
        if self.last.is_some() {
            self.directory.write_in_state(SYNCED, slot.offset, &slot.bytes)?;
        } else {
            self.directory.write_state(SYNCED, &slot.file())?;
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
    fn a_slot_has_the_bytes_of_the_format() {
        let mut synced = synced(20);
        let text = |synced: Synced, turn| {
            let bytes = synced.slot(turn).unwrap().bytes;
            assert_eq!((bytes.len(), bytes.last()), (512, Some(&b'\n')));
            String::from_utf8(bytes).unwrap().trim_end().to_owned()
        };
        assert_eq!(
            text(synced, 7),
            r#"{"version":1,"turn":7,"file":"audit-2026-05-28.4294967295.log","offset":18446744073709551615,"next_seq":20,"has_failed":true,"crc32c":"20c7eaae"}"#
        );
        (synced.file.index, synced.offset, synced.has_failed, synced.accepted) = (0, 9301, false, 60);
        assert_eq!(
            text(synced, u64::MAX),
            r#"{"version":1,"turn":18446744073709551615,"file":"audit-2026-05-28.log","offset":9301,"next_seq":20,"accepted":60,"crc32c":"abb4b6d8"}"#
        );
    }

    #[test]
    fn the_slot_that_counts_is_read_and_no_other() {
        for (first, second, seq) in [(1, 2, 20), (3, 2, 10), (u64::MAX, 0, 10)] {
            let slots = [(first, 10), (second, 20)].map(|(turn, seq)| synced(seq).slot(turn).unwrap().bytes);
            assert_eq!(Synced::parse(&slots.concat()), Some(synced(seq)));
        }
        assert_eq!(Synced::parse(b""), None);
        let other = |text: &str| {
            let mut text = text.to_owned();
            let checksum = crc32c::crc32c(text.as_bytes());
            text += &format!(r#","crc32c":"{checksum:08x}"}}"#);
            Synced::parse(text.as_bytes())
        };
        let known = r#"{"version":1,"turn":7,"file":"audit-2026-05-28.log","offset":1,"next_seq":2"#;
        assert!(other(known).is_some());
        for (old, new) in [("n\":1", "n\":2"), ("28.log", "28.0.log"), ("_seq\":2", "_seq\":2,\"more\":1")] {
            assert_eq!(other(&known.replace(old, new)), None, "{new}");
        }
    }
}
