//! What the callers of a journal know, and what of it holds once its process has died, or the power was lost.

use super::DAYS;
use super::disk::Disk;
use crate::record::Stamp;
use std::collections::{BTreeMap, BTreeSet};

/// What was acknowledged.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Known {
    /// The records that have a number, by which event they are.
    pub(in super::super) records: BTreeMap<u64, u64>,
    /// Those before this number were said to be on disk.
    pub(in super::super) synced: u64,
    /// All events that were tried.
    pub(in super::super) tried: BTreeSet<u64>,
    /// How many were refused.
    pub(in super::super) refused: u64,
    /// Whether records may have been written again.
    pub(in super::super) has_sync_failed: bool,
    /// The records before this number were delivered.
    pub(in super::super) delivered: u64,
    /// A cursor with this number was saved, and, the second one, synced and not replaced since.
    pub(in super::super) cursor: u64,
    pub(in super::super) synced_cursor: u64,
    /// The records that are there, or named as lost: the intake's name is gone, which is noted.
    pub(in super::super) found_or_named: BTreeMap<u64, u64>,
    /// The records of day files that another program has removed: there, or named as lost.
    pub(in super::super) removed: BTreeMap<u64, u64>,
    /// The numbers before this one are known to the next process, also where a file was removed: they were
    /// assigned by way of an intake, or the journal has begun another file since.
    pub(in super::super) accepted: u64,
    /// The numbers before this one are in the checkpoint on disk: a loss of power makes the next process forget none.
    pub(in super::super) noted: u64,
    /// Whether another program has removed day files.
    pub(in super::super) were_files_removed: bool,
    /// Whether a record is on disk since that is behind all of theirs.
    pub(in super::super) are_files_rescued: bool,
    /// Whether another program has removed an intake, which a loss of power may do again.
    pub(in super::super) was_intake_removed: bool,
    /// Whether another program has taken away a directory.
    pub(in super::super) was_directory_taken: bool,
    /// The sizes and roots of the checkpoints that were published.
    pub(in super::super) published: Vec<(u64, String)>,
    /// Whether records may be lost with an intake that another program has removed.
    pub(in super::super) has_lost_intake: bool,
    /// Whether there was a loss of power. What it has spoilt stays so when a process dies later.
    pub(in super::super) has_lost_power: bool,
}

impl Known {
    /// The knowledge that remains after a loss of power.
    pub(in super::super) fn after_power_loss(&self) -> Known {
        let mut known = self.clone();
        if self.were_files_removed && !self.are_files_rescued {
            // What knew of the removed files may be gone, too, but for the checkpoint.
            known.synced = known.synced.min(known.noted);
        }
        let synced = known.synced;
        known.records.retain(|seq, _| *seq < synced);
        (known.accepted, known.has_lost_power) = (known.noted, true);
        known.forget_unnoticed();
        known.refused = 0;
        known.cursor = known.synced_cursor;
        known.found_or_named.clear();
        known.has_lost_intake |= known.was_intake_removed;
        known
    }

    /// Forgets the records that were in a removed file alone when the process ended, and that no process
    /// has known to be gone: their numbers may be assigned again.
    pub(super) fn forget_unnoticed(&mut self) {
        let before = self.synced.max(self.accepted);
        self.removed.retain(|seq, _| *seq < before);
    }

    /// Forgets all: the directory was taken away, and the next process knows nothing of it.
    pub(super) fn forget_all(&mut self) {
        (self.synced, self.accepted, self.noted, self.delivered, self.refused) = (0, 0, 0, 0, 0);
        self.records.clear();
        self.removed.clear();
        self.found_or_named.clear();
        self.has_lost_intake = true;
    }

    /// The knowledge that remains where the intake's name is gone: what is in the day files is there. The
    /// rest is named once it is noted how many records were accepted; before that, the loss was not seen.
    pub(super) fn without_intake(mut self, disk: &Disk, is_noted: bool) -> Known {
        let in_files = lines_on(disk);
        let (there, others) =
            std::mem::take(&mut self.records).into_iter().partition(|(seq, _)| in_files.contains_key(seq));
        self.records = there;
        if is_noted {
            self.found_or_named.extend::<BTreeMap<_, _>>(others);
        }
        // What was noted in the intake is gone, too.
        (self.refused, self.accepted) = (0, 0);
        self.has_lost_intake = true;
        self
    }
}

/// Lines of records, by number.
pub(in super::super) type Lines = BTreeMap<u64, Vec<u8>>;

/// The lines of the records in these texts.
pub(in super::super) fn lines_in<'a>(texts: impl Iterator<Item = &'a Vec<u8>>) -> Lines {
    let lines = texts.flat_map(|text| text.split_inclusive(|byte| *byte == b'\n'));
    let whole = lines.filter_map(|line| line.strip_suffix(b"\n"));
    whole.filter_map(|line| Some((Stamp::of(line).ok()?.seq, line.to_vec()))).collect()
}

/// The lines of the records in the day files.
fn lines_on(disk: &Disk) -> Lines {
    lines_in(disk.written.in_place(DAYS).map(|(_, node)| &disk.nodes[node].written))
}
