//! A world that stops at a step: a directory on a [`Disk`], in which from then on all that is
//! tried fails and changes nothing.
//!
//! A step is whatever changes something: a write, a sync, a rename, making or removing a file.
//! What [`DiskDirectory`](crate::journal::storage::DiskDirectory) does in several, it is here,
//! too. The intake is a file in memory, so that it can be mapped.

mod beside;
mod directory;
mod disk;
mod file;
mod known;
mod steps;
mod taken;

pub(super) use disk::{Disk, Taken};
pub(super) use known::{Known, Lines, lines_in};
pub(super) use taken::Taking;

use super::dice::Dice;
use crate::journal::storage::layout::Folder;
use disk::Place;
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

const DAYS: Place = Place::In(Folder::Days);

/// Clones are the same one.
#[derive(Clone, Debug)]
pub(super) struct World(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    disk: Disk,
    /// The files that are mapped.
    memory: BTreeMap<usize, File>,
    dice: Dice,
    known: Known,
    stop_at: usize,
    /// It stops before a step with this text, too: the first one, or a later one.
    stops_before: Option<(&'static str, usize)>,
    steps: Vec<String>,
    /// The disk when it stopped.
    stopped: Option<Disk>,
    /// Whether the intake's name was gone then, and whether that was noted.
    stopped_without_intake: Option<bool>,
    /// What was acknowledged since.
    later: BTreeMap<u64, u64>,
    /// How many syncs go well before some fail, and how many do.
    fails_after: Option<usize>,
    failing: usize,
    /// How many further files find no space: none at all, or none behind some bytes.
    full_for: usize,
    /// Whether a sync has failed, which is not noted yet; and whether one was noted.
    notes_failure: bool,
    has_noted: bool,
    /// The file that the journal has as its intake.
    intake: Option<usize>,
    /// From which step on another program removes the intake, once.
    removes_intake_at: Option<usize>,
    /// What another program takes away, once.
    takes: Option<Taking>,
    /// Whether the directory that was taken away is removed: nothing can be made in it.
    is_gone: bool,
    /// Whether the directory was taken away, and it is not noted in the one that is in its place how many records
    /// were accepted.
    is_unnoted: bool,
    /// Whether day files were removed, and none was created since.
    is_removal_unseen: bool,
    /// The files that were removed, and the number behind the records in them, once none is appended to them.
    removed_files: Vec<usize>,
    removed_before: u64,
    /// Whether it is noted since how many records were accepted.
    is_loss_noted: bool,
    /// How many steps the committer has begun since it has seen that.
    steps_since_seen: Option<usize>,
}

impl World {
    /// Stops at this step, counted from 1; at none, if it is 0.
    pub(super) fn new(mut disk: Disk, known: Known, stop_at: usize, seed: usize) -> World {
        disk.enter();
        World(Arc::new(Mutex::new(Inner {
            disk,
            memory: BTreeMap::new(),
            dice: Dice::new(seed as u64),
            known,
            stop_at,
            stops_before: None,
            steps: Vec::new(),
            stopped: None,
            stopped_without_intake: None,
            later: BTreeMap::new(),
            fails_after: None,
            failing: 0,
            full_for: 0,
            notes_failure: false,
            has_noted: false,
            intake: None,
            removes_intake_at: None,
            takes: None,
            is_gone: false,
            is_unnoted: false,
            is_removal_unseen: false,
            removed_files: Vec::new(),
            removed_before: 0,
            is_loss_noted: false,
            steps_since_seen: None,
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Waits until no journal has it any more: on a busy machine its end leaves a thread alone, which goes on.
    pub(super) fn wait_until_left(&self) {
        let since = Instant::now();
        while Arc::strong_count(&self.0) > 1 {
            assert!(since.elapsed() < Duration::from_secs(300), "a thread of a journal does not end");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.inner().stopped.is_some()
    }

    pub(super) fn stop(&self) {
        self.inner().stop();
    }

    /// Has the world stop before a step with this text, counted from 1.
    pub(super) fn stop_before(&self, step: (&'static str, usize)) {
        self.inner().stops_before = Some(step);
    }

    /// What was done, in order.
    pub(super) fn steps(&self) -> Vec<String> {
        self.inner().steps.clone()
    }

    /// So many syncs fail, after so many.
    pub(super) fn fail_syncs(&self, after: usize, failing: usize) {
        let mut inner = self.inner();
        (inner.fails_after, inner.failing) = (Some(after), failing);
    }

    /// So many appends to day files with an index find no space: they take a part, or nothing.
    pub(super) fn fill_disk(&self, appends: usize) {
        self.inner().full_for = appends;
    }

    pub(super) fn tries(&self, event: u64) {
        self.inner().known.tried.insert(event);
    }

    /// This event has got this number.
    pub(super) fn acknowledged(&self, seq: u64, event: u64) {
        let mut inner = self.inner();
        if inner.stopped.is_none() && inner.intake.is_some() {
            inner.known.accepted = inner.known.accepted.max(seq + 1);
        }
        let records = if inner.stopped.is_some() {
            &mut inner.later
        } else if inner.is_removed(seq) {
            &mut inner.known.removed
        } else {
            &mut inner.known.records
        };
        records.insert(seq, event);
    }

    /// An event has no number, and its caller has an error.
    pub(super) fn refused(&self) {
        let mut inner = self.inner();
        if inner.stopped.is_none() {
            inner.known.refused += 1;
        }
    }

    /// Records before this number were said to be on disk.
    pub(super) fn acknowledged_synced(&self, before: u64) {
        let mut inner = self.inner();
        if inner.stopped.is_none() {
            inner.known.synced = inner.known.synced.max(before);
            let is_behind = inner.known.removed.last_key_value().is_none_or(|(last, _)| *last + 1 < before);
            let is_seen = inner.known.were_files_removed && !inner.is_removal_unseen;
            inner.known.are_files_rescued |= is_seen && is_behind;
        }
    }

    /// A checkpoint was published: others may have it from now on.
    fn published(&self, note: &[u8]) {
        let mut inner = self.inner();
        let mut lines = std::str::from_utf8(note).unwrap().lines().skip(1);
        let (size, root) = (lines.next().unwrap().parse().unwrap(), lines.next().unwrap().to_owned());
        if inner.stopped.is_none() {
            inner.known.published.push((size, root));
        }
    }

    /// A follower has delivered the records before this number.
    pub(super) fn delivered(&self, next_seq: u64) {
        let mut inner = self.inner();
        if inner.stopped.is_none() {
            inner.known.delivered = inner.known.delivered.max(next_seq);
        }
    }

    /// A follower begins to replace its cursor: the one that was synced may be gone.
    pub(super) fn replaces_cursor(&self) {
        let mut inner = self.inner();
        if inner.stopped.is_none() {
            inner.known.synced_cursor = 0;
        }
    }

    /// A follower has saved its cursor.
    pub(super) fn acknowledged_cursor(&self, next_seq: u64, is_synced: bool) {
        let mut inner = self.inner();
        if inner.stopped.is_none() {
            inner.known.cursor = next_seq;
            inner.known.synced_cursor = if is_synced { next_seq } else { 0 };
        }
    }

    /// What there was when it stopped.
    pub(super) fn at_stop(&self) -> (Disk, Known) {
        let inner = self.inner();
        let disk = inner.stopped.clone().unwrap();
        let known = inner.as_far_as_known(inner.known.clone(), &disk);
        (disk, known)
    }

    /// What there is once the process that could not go on has ended.
    pub(super) fn at_end(&self) -> (Disk, Known) {
        let mut inner = self.inner();
        inner.look_at_memory();
        let mut known = inner.known.clone();
        for (seq, event) in &inner.later {
            let is_removed = inner.is_removed(*seq);
            let records = if is_removed { &mut known.removed } else { &mut known.records };
            records.insert(*seq, *event);
            if inner.intake.is_some() {
                known.accepted = known.accepted.max(seq + 1);
            }
        }
        let mut disk = inner.disk.clone();
        disk.enter();
        let known = inner.as_far_as_known(known, &disk);
        (disk, known)
    }

    /// Text of the day files, by name.
    pub(super) fn day_files(&self) -> BTreeMap<String, Vec<u8>> {
        let inner = self.inner();
        let files = inner.disk.written.in_place(DAYS);
        files.map(|(name, node)| (name.clone(), inner.disk.nodes[node].written.clone())).collect()
    }
}
