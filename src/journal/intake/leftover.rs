//! The lines and notes that the last writer has left in its intake.

use crate::error::OpenError;
use crate::journal::intake::format::Point;
use crate::journal::intake::image::Image;
use crate::journal::intake::note::{GAP_SLOTS, noted_record};
use crate::journal::storage::layout::{Folder, INTAKE, STATE};
use crate::journal::storage::{Directory, id_bytes};
use crate::record::{Record, Stamp, Timestamp, Value};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// The contents of an intake that the last writer has left; empty if there is none.
#[derive(Debug, Default)]
pub(in crate::journal) struct LeftoverIntake {
    /// The lines, each with its number. They follow one another.
    pub(in crate::journal) pending: Vec<(u64, Vec<u8>)>,
    /// The whole file, for its notes.
    image: Option<Image>,
    /// Whether there is a file of which no byte is there.
    is_blank: bool,
    /// The number behind all records that were in the intake, also those whose space was freed since they were in
    /// a day file; `None` if that is not known.
    pub(in crate::journal) end: Option<u64>,
    /// The size of the ring, its tail and its head; `None` if it can't be resumed.
    pub(in crate::journal) ring: Option<(usize, Point, Point)>,
}

/// Returns the path of a journal's intake.
pub(in crate::journal) fn path(directory: &dyn Directory) -> PathBuf {
    directory.path().join(STATE).join(INTAKE)
}

impl LeftoverIntake {
    /// Reads the intake, if there is one.
    ///
    /// # Errors
    ///
    /// The file can't be read, or is an intake of another version or journal: it is left as it is.
    pub(in crate::journal) fn read(directory: &dyn Directory, id: &str) -> Result<LeftoverIntake, OpenError> {
        let fail = |source| OpenError::State { path: path(directory), source };
        let Some(bytes) = directory.read_intake().map_err(fail)? else {
            return Ok(LeftoverIntake::default());
        };
        if Image::is_blank(&bytes) {
            return Ok(LeftoverIntake { is_blank: true, ..LeftoverIntake::default() });
        }
        let image = Image::of(bytes, id_bytes(id)).map_err(fail)?;
        let mut lines = image.lines();
        let pending = lines.by_ref().collect();
        let (capacity, tail, head) = (image.capacity(), image.tail(), lines.end());
        let ring = capacity.zip(tail).zip(head).map(|((capacity, tail), head)| (capacity, tail, head));
        let end = head.map(|head| head.seq);
        Ok(LeftoverIntake { pending, image: Some(image), is_blank: false, end, ring })
    }

    /// Returns the control records that are noted and were not appended before the record
    /// `next_seq`, each with its slot in the intake.
    pub(in crate::journal) fn notes(&self, next_seq: u64) -> Vec<(usize, Record)> {
        let Some(image) = &self.image else {
            return Vec::new();
        };
        let record = |(slot, line)| Some((slot, noted_record(line)?));
        let mut notes = image.notes(next_seq).filter_map(record).collect::<Vec<_>>();
        // Of two notes of a gap, the process died before it removed the older one, which counts fewer
        // events.
        let gaps = notes.iter().filter(|(slot, _)| GAP_SLOTS.contains(slot));
        let count = |record: &Record| record.resource.get("count").and_then(Value::as_u64);
        let newest = gaps.max_by_key(|(_, record)| count(record)).map(|(slot, _)| *slot);
        notes.retain(|(slot, _)| !GAP_SLOTS.contains(slot) || Some(*slot) == newest);
        notes
    }

    /// Quarantines the lines if they do not follow the known records: a loss of power has taken the
    /// records between. Returns the `log.recovered` about them.
    pub(in crate::journal) fn quarantine_strays(
        &mut self,
        directory: &dyn Directory,
        next_seq: u64,
    ) -> Result<Option<Record>, OpenError> {
        let Some((first, line)) = self.pending.first().filter(|(first, _)| *first > next_seq) else {
            return Ok(None);
        };
        let stamp = Stamp::of(line.trim_ascii_end()).ok();
        let day =
            stamp.map_or_else(|| "1970-01-01".to_owned(), |stamp| stamp.ts.to_string()[..10].to_owned());
        let lines = self.pending.iter().flat_map(|(_, line)| line).copied().collect::<Vec<_>>();
        let kept_in = directory
            .quarantine(Folder::Torn, &format!("audit-{day}.log.{first}"), &mut &lines[..])
            .map_err(|source| OpenError::State { path: path(directory), source })?;
        let strays = self.pending.len();
        self.clear();
        Ok(Some(Record::new("log.recovered").resource("strays", strays).resource("kept_in", kept_in)))
    }

    /// Returns whether another program has removed or emptied the intake, if there was one. Where the
    /// boot is another one, a loss of power may have emptied it.
    pub(in crate::journal) fn is_lost(&self, is_same_boot: bool) -> bool {
        self.image.is_none() && (!self.is_blank || is_same_boot)
    }

    /// Returns the numbers of the lines.
    pub(in crate::journal) fn numbers(&self) -> Option<RangeInclusive<u64>> {
        Some(self.pending.first()?.0..=self.pending.last()?.0)
    }

    /// Returns the time of the last line.
    pub(in crate::journal) fn last_ts(&self) -> Option<Timestamp> {
        let (_, line) = self.pending.last()?;
        Stamp::of(line.trim_ascii_end()).ok().map(|stamp| stamp.ts)
    }

    /// Forgets the lines, which are in other files now. The ring is not resumed.
    pub(in crate::journal) fn clear(&mut self) {
        self.pending.clear();
        self.ring = None;
    }

    /// Returns the lines from this number on.
    pub(in crate::journal) fn lines_from(&self, seq: u64) -> impl Iterator<Item = (u64, Vec<u8>)> {
        self.pending.iter().filter(move |(number, _)| *number >= seq).cloned()
    }
}
