//! What the last writer has left in its intake.

use crate::error::OpenError;
use crate::journal::intake::image::{Image, Tail};
use crate::journal::intake::note::{GAP_PLACES, noted_record};
use crate::journal::storage::layout::{Folder, INTAKE, STATE};
use crate::journal::storage::{Directory, id_bytes};
use crate::record::{Record, Stamp, Timestamp, Value};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// What is in an intake's file.
#[derive(Debug, Default)]
pub(in crate::journal) struct Left {
    /// The lines, each with its number, which follow one another.
    pub(in crate::journal) pending: Vec<(u64, Vec<u8>)>,
    /// What it had to say of itself, and had not said: to be asked with the number that comes
    /// next.
    image: Option<Image>,
    /// Where they stand, and how large the ring is.
    pub(in crate::journal) place: Option<(usize, Tail, Tail)>,
}

pub(in crate::journal) fn path(directory: &dyn Directory) -> PathBuf {
    directory.path().join(STATE).join(INTAKE)
}

impl Left {
    /// Reads what there is. Of another version's nothing can be told, and so nothing is
    /// touched.
    pub(in crate::journal) fn read(directory: &dyn Directory, id: &str) -> Result<Left, OpenError> {
        let fail = |source| OpenError::State { path: path(directory), source };
        let Some(bytes) = directory.read_intake().map_err(fail)? else {
            return Ok(Left::default());
        };
        if Image::is_blank(&bytes) {
            return Ok(Left::default());
        }
        let image = Image::of(bytes, id_bytes(id)).map_err(fail)?;
        let mut lines = image.lines();
        let pending = lines.by_ref().collect();
        let place = image.tail().zip(lines.end()).map(|(tail, head)| (image.capacity(), tail, head));
        Ok(Left { pending, image: Some(image), place })
    }

    /// What the last writer had to say of itself, and had not said before the record
    /// `next_seq`, each with its place in the intake.
    pub(in crate::journal) fn notes(&self, next_seq: u64) -> Vec<(usize, Record)> {
        let Some(image) = &self.image else {
            return Vec::new();
        };
        let record = |(place, line)| Some((place, noted_record(line)?));
        let mut notes = image.notes(next_seq).filter_map(record).collect::<Vec<_>>();
        // The one may not have been taken away yet when the other was there.
        let gaps = notes.iter().filter(|(place, _)| GAP_PLACES.contains(place));
        let count = |record: &Record| record.resource.get("count").and_then(Value::as_u64);
        let newest = gaps.max_by_key(|(_, record)| count(record)).map(|(place, _)| *place);
        notes.retain(|(place, _)| !GAP_PLACES.contains(place) || Some(*place) == newest);
        notes
    }

    /// Keeps aside what does not follow the records that there are: they were written, and a
    /// loss of power has taken them. Gives the `log.recovered` that says so.
    pub(in crate::journal) fn keep_strays_aside(
        &mut self,
        directory: &dyn Directory,
        next_seq: u64,
    ) -> Result<Option<Record>, OpenError> {
        match self.pending.first() {
            Some((first, line)) if *first > next_seq => {
                let stamp = Stamp::of(line.trim_ascii_end()).ok();
                let day = stamp
                    .map_or_else(|| "1970-01-01".to_owned(), |stamp| stamp.ts.to_string()[..10].to_owned());
                let lines = self.pending.iter().flat_map(|(_, line)| line).copied().collect::<Vec<_>>();
                let kept_in = directory
                    .quarantine(Folder::Torn, &format!("audit-{day}.log.{first}"), &lines)
                    .map_err(|source| OpenError::State { path: path(directory), source })?;
                self.place = None;
                let strays = std::mem::take(&mut self.pending).len();
                Ok(Some(Record::new("log.recovered").resource("strays", strays).resource("kept_in", kept_in)))
            }
            _ => Ok(None),
        }
    }

    /// The numbers of its lines.
    pub(in crate::journal) fn numbers(&self) -> Option<RangeInclusive<u64>> {
        Some(self.pending.first()?.0..=self.pending.last()?.0)
    }

    /// The number behind that of the last line.
    pub(in crate::journal) fn end(&self) -> Option<u64> {
        self.numbers().map(|numbers| numbers.end().saturating_add(1))
    }

    /// The time of the last line.
    pub(in crate::journal) fn last_ts(&self) -> Option<Timestamp> {
        let (_, line) = self.pending.last()?;
        Stamp::of(line.trim_ascii_end()).ok().map(|stamp| stamp.ts)
    }

    /// All its lines are in day files, and others come next.
    pub(in crate::journal) fn is_done(&mut self) {
        self.pending.clear();
        self.place = None;
    }

    /// Its lines from this number on.
    pub(in crate::journal) fn lines_from(&self, seq: u64) -> impl Iterator<Item = (u64, Vec<u8>)> {
        self.pending.iter().filter(move |(number, _)| *number >= seq).cloned()
    }
}
