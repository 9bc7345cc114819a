//! Pending control records: what the log has to record about itself, and could not append yet.
//!
//! They come before the next record of a caller, the gap last. Each is noted in the intake, so
//! that it outlives the process.

use crate::journal::intake::note::{GAP_SLOTS, noted_line, short_note};
use crate::journal::intake::{LONGEST_NOTE, NOTE_COUNT};
use crate::journal::sequence::gap::Gap;
use crate::journal::sequence::outlet::Outlet;
use crate::record::Record;
use crate::record::encode::Draft;
use std::collections::VecDeque;

/// How many records may be pending besides the gap. There are never more, unless nothing can be
/// written for long.
const MOST: usize = 128;

/// The control records that are not appended yet.
#[derive(Debug, Default)]
pub(in crate::journal) struct PendingRecords {
    records: VecDeque<Pending>,
    gap: Gap,
    /// Where the gap is noted in the intake.
    gap_note: Option<usize>,
}

#[derive(Debug)]
struct Pending {
    record: Record,
    /// Where it is noted in the intake.
    note: Option<usize>,
}

impl PendingRecords {
    #[inline]
    pub(in crate::journal) fn is_empty(&self) -> bool {
        self.records.is_empty() && self.gap.count() == 0
    }

    /// Returns how many events the gap counts, and how many other records are pending.
    pub(in crate::journal) fn counts(&self) -> (u64, usize) {
        (self.gap.count(), self.records.len())
    }

    /// Returns the records in their order.
    pub(in crate::journal) fn to_vec(&self) -> Vec<Record> {
        self.records.iter().map(|pending| pending.record.clone()).chain(self.gap.record()).collect()
    }

    /// Adds a record, unless the same one is pending. Returns the oldest one, which is dropped
    /// if there are too many.
    pub(in crate::journal) fn add(&mut self, record: Record, outlet: &mut Outlet) -> Option<Record> {
        if self.records.iter().any(|pending| pending.record == record) {
            return None;
        }
        let dropped = if self.records.len() < MOST { None } else { self.records.pop_front() };
        if let Some(dropped) = &dropped {
            outlet.remove_note(dropped.note);
        }
        let line = short_note(&record);
        let is_taken = |place: &usize| self.records.iter().any(|pending| pending.note == Some(*place));
        let note = (GAP_SLOTS.len()..NOTE_COUNT)
            .find(|place| !is_taken(place))
            .filter(|place| line.len() <= LONGEST_NOTE && outlet.note(*place, &line));
        self.records.push_back(Pending { record, note });
        dropped.map(|dropped| dropped.record)
    }

    /// Adds refused events.
    pub(in crate::journal) fn add_to_gap(&mut self, refused: Gap, outlet: &mut Outlet) {
        self.gap.merge(refused);
        if let Some(line) = self.gap.line_within(LONGEST_NOTE, noted_line) {
            let place = GAP_SLOTS[usize::from(self.gap_note == Some(GAP_SLOTS[0]))];
            // If it can't be noted, the older note stays, which counts fewer events.
            if outlet.note(place, &line) {
                outlet.remove_note(self.gap_note.replace(place));
            }
        }
    }

    /// Adds what the last writer has noted, each record with its place in the intake, where it
    /// is still noted.
    pub(in crate::journal) fn restore(&mut self, notes: Vec<(usize, Record)>, outlet: &mut Outlet) {
        for (place, record) in notes {
            let note = outlet.has_intake().then_some(place);
            // The last writer may have marked it.
            outlet.mark_note(note, false);
            if GAP_SLOTS.contains(&place) {
                self.gap.add_record(&record);
                self.gap_note = note;
            } else {
                self.records.push_back(Pending { record, note });
            }
        }
    }

    /// Returns the records that are noted in the intake, each with its place.
    pub(in crate::journal) fn noted(&self) -> Vec<(usize, Record)> {
        let gap = self.gap_note.zip(self.gap.record());
        let records = self.records.iter();
        records.filter_map(|pending| Some((pending.note?, pending.record.clone()))).chain(gap).collect()
    }

    /// Notes in another outlet what is noted in that one.
    pub(in crate::journal) fn note_again(&mut self, outlet: &mut Outlet) {
        let noted = self.noted();
        let is_noted = |place: usize| noted.iter().any(|(other, _)| *other == place);
        (0..NOTE_COUNT).filter(|place| !is_noted(*place)).for_each(|place| outlet.remove_note(Some(place)));
        for pending in &mut self.records {
            pending.note = pending.note.filter(|place| outlet.note(*place, &short_note(&pending.record)));
        }
        let gap = self.gap.line_within(LONGEST_NOTE, noted_line);
        self.gap_note = self.gap_note.filter(|place| gap.is_some_and(|line| outlet.note(*place, &line)));
    }

    /// Returns a draft of the record that is to be appended next, and where it is noted.
    pub(in crate::journal) fn first(&self) -> Option<(Draft, Option<usize>)> {
        match self.records.front() {
            Some(pending) => Some((Draft::of(&pending.record), pending.note)),
            None => self.gap.record().map(|record| (Draft::of(&record), self.gap_note)),
        }
    }

    /// Removes the first record, which was appended; returns whether it was the gap.
    pub(in crate::journal) fn remove_first(&mut self, outlet: &mut Outlet) -> bool {
        match self.records.pop_front() {
            Some(pending) => {
                outlet.remove_note(pending.note);
                false
            }
            None => {
                self.gap = Gap::default();
                outlet.remove_note(self.gap_note.take());
                true
            }
        }
    }
}
