//! The state in which the last writer has left a journal: where it ends, which records are missing, and
//! what the clocks say. The end of its files is repaired.

use crate::error::OpenError;
use crate::journal::clock::{Clock, Reading};
use crate::journal::days::missing::unnamed_missing_records;
use crate::journal::days::own::aside::file_altered;
use crate::journal::intake::leftover::LeftoverIntake;
use crate::journal::open::course::Course;
use crate::journal::open::recovery::{Known, Recovered, recover};
use crate::journal::prune::keeper::Keeper;
use crate::journal::prune::put_back::put_back;
use crate::journal::prune::so_far::pruned_so_far;
use crate::journal::sequence::timeline::{Past, Step, Timeline};
use crate::journal::state::checkpoint::SavedCheckpoint;
use crate::journal::state::pruned::Pruned;
use crate::journal::state::reached::LAST_SEQ;
use crate::journal::state::synced::Synced;
use crate::journal::storage::Directory;
use crate::journal::storage::layout::{CHECKPOINT, INTAKE, STATE, SYNCED};
use crate::record::Record;
use crate::report::{Level, Reports};
use std::sync::Arc;

/// The state in which the last writer has left a journal.
pub(super) struct Survey {
    pub(super) leftover: LeftoverIntake,
    pub(super) recovered: Recovered,
    pub(super) saved: Option<SavedCheckpoint>,
    pub(super) synced: Option<Synced>,
    /// Records before this number were pruned.
    pub(super) kept_from: u64,
    /// What was pruned so far.
    pub(super) pruned: Pruned,
    /// The number behind the last record in the day files.
    pub(super) in_files: u64,
    /// The number behind all records that are known to have existed.
    pub(super) reached: u64,
    pub(super) timeline: Timeline,
    pub(super) step: Option<Step>,
    pub(super) course: Course,
    /// The `log.recovered` of lines in the intake that follow no known record.
    pub(super) strays: Option<Record>,
    /// A `log.file_lost` for each range that is missing between day files, unless a record that is
    /// known to be on disk names it.
    pub(super) missing: Vec<Record>,
    /// A `log.file_altered` for each file that is not what the journal has written.
    pub(super) altered: Vec<Record>,
}

impl Survey {
    /// Reads what the last writer has left, and repairs the end of its files.
    pub(super) fn of(
        directory: &Arc<dyn Directory>,
        id: &str,
        clock: &dyn Clock,
        reports: &Reports,
        keeper: &dyn Keeper,
    ) -> Result<Survey, OpenError> {
        let state = directory.path().join(STATE);
        // First, since the end of the journal may be among these files.
        let mut altered = put_back(&**directory, reports);
        let mut leftover = LeftoverIntake::read(&**directory, id)?;
        let not_believed = |name: &str, seq: u64| {
            let path = state.join(name);
            reports.post(Level::Error, || {
                format!("{} is not believed: its number {seq} is higher than any record's", path.display())
            });
        };
        if let Some(end) = leftover.end.filter(|end| *end >= LAST_SEQ) {
            not_believed(INTAKE, end);
            leftover = LeftoverIntake::default();
        }
        let mut synced = Synced::read(&**directory)
            .map_err(|source| OpenError::State { path: state.join(SYNCED), source })?;
        if let Some(reached) = synced.map(|synced| synced.reached()).filter(|seq| *seq >= LAST_SEQ) {
            not_believed(SYNCED, reached);
            synced = None;
        }
        let mut suspended = None;
        let mut saved = SavedCheckpoint::read(&**directory).unwrap_or_else(|error| {
            let text = format!("could not read {}: {error}", state.join(CHECKPOINT).display());
            reports.post(Level::Warn, || text.clone());
            suspended = Some(text);
            None
        });
        let highest = saved.as_ref().map_or(0, |saved| saved.next_seq.max(saved.kept_from));
        if highest >= LAST_SEQ {
            not_believed(CHECKPOINT, highest);
            suspended = Some(format!("{} is not believed", state.join(CHECKPOINT).display()));
            saved = None;
        }
        let in_checkpoint = saved.as_ref().map(|saved| saved.next_seq);
        let accepted = synced.map(|synced| synced.reached());
        // The numbers of delivered records, which were on disk, are never assigned again.
        let delivered = Some(keeper.reached()).filter(|seq| *seq > 0);
        let is_same_boot = saved.as_ref().is_some_and(|saved| saved.is_of_boot(clock.boot_id().as_deref()));
        // Records that went through the intake are in day files, unless another program has removed these, or a
        // loss of power has: then their numbers are free.
        let through_intake = leftover.end.filter(|_| is_same_boot);
        let known = Known {
            reached: [in_checkpoint, accepted, delivered, through_intake].into_iter().flatten().max(),
            altered: saved.as_ref().map_or_else(Vec::new, |saved| saved.altered.clone()),
        };
        let known_to_have_reached = known.reached.unwrap_or(0);
        let mut recovered = recover(&**directory, &leftover.pending, synced.as_ref(), known)?;
        for warning in std::mem::take(&mut recovered.warnings) {
            reports.post(Level::Warn, || warning);
        }
        altered.append(&mut recovered.altered_records);
        let now = Reading::of(clock);
        let mut past = Past { last: recovered.last.map(|last| last.ts), suspended, ..Past::default() };
        if let Some(saved) = &saved {
            past.same_boot = saved.same_boot(clock.boot_id().as_deref(), now);
            past.suspended.clone_from(&saved.pruning_suspended);
        }
        if saved.as_ref().is_some_and(|saved| saved.intake) && leftover.is_lost(is_same_boot) {
            let path = state.join(INTAKE);
            reports.post(Level::Error, || {
                let path = path.display();
                format!("{path} was removed, emptied or forged while the log was not open: its last records may be lost")
            });
            altered.push(file_altered(&format!("{STATE}/{INTAKE}")));
        }
        let (timeline, step) = Timeline::begin(past, now);
        let mut kept_from = saved.as_ref().map_or(0, |saved| saved.kept_from);
        let in_files = recovered.last.map_or(kept_from, |last| last.seq.saturating_add(1));
        let reached = in_files.max(known_to_have_reached);
        let pruned = match saved.as_ref().and_then(|saved| saved.pruned.clone()) {
            Some(pruned) => pruned,
            None => pruned_before(&**directory, in_files, kept_from, reports),
        };
        kept_from = kept_from.max(pruned.kept_from);
        // Without a loss of power nothing is missing in the intake: the records before its own have gone
        // with a day file that another program has removed.
        let strays = if is_same_boot { None } else { leftover.quarantine_strays(&**directory, reached)? };
        let course = Course::new(in_files, reached, leftover.numbers());
        // A log that was closed in order has a checkpoint of its last record. That one was written also when a
        // file was begun says nothing: a `log.file_lost` may not be written yet. Neither does one that is gone.
        let is_cut_off =
            |saved: &SavedCheckpoint| !saved.closed || saved.next_seq != in_files || saved.poisoned.is_some();
        let was_cut_off = saved.as_ref().is_none_or(is_cut_off);
        let missing =
            unnamed_missing_records(&**directory, kept_from..in_files, synced.as_ref(), was_cut_off);
        let missing = missing.unwrap_or_else(|error| {
            let path = directory.path().display();
            reports.post(Level::Error, || {
                format!("could not search {path} for missing records, none is named: {error}; run `auditlog verify`")
            });
            Vec::new()
        });
        Ok(Survey {
            leftover,
            recovered,
            saved,
            synced,
            kept_from,
            pruned,
            in_files,
            reached,
            timeline,
            step,
            course,
            strays,
            missing,
            altered,
        })
    }

    /// Returns whether the last writer has left nothing to repair or to record.
    pub(super) fn is_in_order(&self) -> bool {
        self.recovered.is_in_order()
            && self.course.is_in_order()
            && self.strays.is_none()
            && self.missing.is_empty()
            && self.altered.is_empty()
            && self.leftover.notes(self.course.next_seq).is_empty()
    }
}

/// Returns what was pruned so far, for a journal whose checkpoint does not say it: it is gone, or of a build
/// that did not write it. Then it says at most that records before `kept_from` were pruned.
fn pruned_before(directory: &dyn Directory, in_files: u64, kept_from: u64, reports: &Reports) -> Pruned {
    let mut pruned = pruned_so_far(directory, in_files).unwrap_or_else(|error| {
        let path = directory.path().display();
        reports.post(Level::Warn, || format!("could not read in {path} what was pruned before: {error}"));
        Pruned::default()
    });
    pruned.kept_from = pruned.kept_from.max(kept_from);
    pruned
}
