//! A world that stops at a step: a directory on a [`Disk`], in which from then on all that is
//! tried fails and changes nothing.
//!
//! A step is whatever changes something: a write, a sync, a rename, making or removing a file.
//! What [`DiskDirectory`](crate::journal::storage::DiskDirectory) does in several, it is here,
//! too. The intake is a file in memory, so that it can be mapped.

mod directory;
mod known;

pub(super) use known::{Known, Lines, lines_in};

use super::dice::Dice;
use super::disk::{Change, Disk, Node, Place};
use crate::journal::storage::layout::{Folder, INTAKE};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, MutexGuard};

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
    pub(super) fn new(disk: Disk, known: Known, stop_at: usize, seed: usize) -> World {
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

    /// Another program removes all day files.
    pub(super) fn remove_day_files(&self) {
        let mut inner = self.inner();
        let files = inner.disk.written.in_place(DAYS);
        let (names, nodes): (Vec<_>, Vec<_>) = files.map(|(name, node)| (name.clone(), node)).unzip();
        inner.removed_files.extend(nodes);
        names.into_iter().for_each(|name| inner.disk.change(Change::Remove((DAYS, name))));
        let records = std::mem::take(&mut inner.known.records);
        inner.known.removed.extend(records);
        inner.is_removal_unseen = true;
        // What is rescued may be there more than once.
        (inner.known.were_files_removed, inner.known.has_sync_failed) = (true, true);
    }

    /// The lines in the day files that another program has removed.
    pub(super) fn removed_lines(&self) -> Lines {
        self.inner().removed_lines()
    }

    /// Another program removes the name of the intake that the journal has, at this step or soon after.
    pub(super) fn remove_intake_at(&self, step: usize) {
        self.inner().removes_intake_at = Some(step);
    }

    /// Returns whether another program has removed the intake.
    pub(super) fn has_removed_intake(&self) -> bool {
        self.inner().removes_intake_at.is_none()
    }

    /// Returns whether the journal has an intake whose name does not lead to it.
    pub(super) fn is_intake_lost(&self) -> bool {
        self.inner().is_intake_lost()
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
        let known = inner.as_far_as_known(known, &inner.disk);
        (inner.disk.clone(), known)
    }

    /// Text of the day files, by name.
    pub(super) fn day_files(&self) -> BTreeMap<String, Vec<u8>> {
        let inner = self.inner();
        let files = inner.disk.written.in_place(DAYS);
        files.map(|(name, node)| (name.clone(), inner.disk.nodes[node].written.clone())).collect()
    }
}

impl Inner {
    fn stop(&mut self) {
        if self.stopped.is_none() {
            self.look_at_memory();
            self.stopped = Some(self.disk.clone());
            // The first thing that the committer does is to note it.
            let is_noted = self.is_loss_noted || self.steps_since_seen > Some(1);
            self.stopped_without_intake = self.is_intake_lost().then_some(is_noted);
        }
    }

    fn as_far_as_known(&self, known: Known, disk: &Disk) -> Known {
        let mut known = match self.stopped_without_intake {
            Some(is_noted) => known.without_intake(disk, is_noted),
            None => known,
        };
        known.forget_unnoticed();
        known
    }

    /// Takes note that the journal has begun a day file. If files were removed before, it has seen that.
    fn file_begun(&mut self) {
        if !std::mem::take(&mut self.is_removal_unseen) {
            return;
        }
        // The caller may not have its number yet.
        let last = self.removed_lines().last_key_value().map(|(seq, _)| *seq);
        self.removed_before = last.map_or(0, |last| last + 1);
        let last = last.max(self.known.removed.last_key_value().map(|(seq, _)| *seq));
        self.known.accepted = self.known.accepted.max(last.map_or(0, |last| last + 1));
    }

    /// Returns whether a record may be in a removed file.
    fn is_removed(&self, seq: u64) -> bool {
        self.is_removal_unseen || seq < self.removed_before
    }

    fn removed_lines(&self) -> Lines {
        lines_in(self.removed_files.iter().map(|node| &self.disk.nodes[*node].written))
    }

    fn is_intake_lost(&self) -> bool {
        self.intake.is_some() && self.intake != self.disk.written.node(Place::State, INTAKE)
    }

    /// Another program removes the intake's name, if it is time and the journal has one.
    fn remove_intake_in_time(&mut self) {
        let is_time = self.removes_intake_at.is_some_and(|step| step <= self.steps.len());
        if is_time && self.intake.is_some() && !self.is_intake_lost() {
            self.removes_intake_at = None;
            self.known.was_intake_removed = true;
            self.disk.change(Change::Remove((Place::State, INTAKE.to_owned())));
            if let Some(step) = self.steps.last_mut() {
                *step += ", after another program has removed the intake";
            }
        }
    }

    /// Others may write meanwhile: it is looked until it is the same twice.
    fn look_at_memory(&mut self) {
        for (node, file) in &self.memory {
            let mut contents = contents_of(file);
            loop {
                let again = contents_of(file);
                if std::mem::replace(&mut contents, again) == contents {
                    break;
                }
            }
            self.disk.nodes[*node].overwrite(contents);
        }
    }

    /// Begins a step; an error if there are no more.
    fn step(&mut self, what: impl FnOnce() -> String) -> io::Result<()> {
        if self.stopped.is_some() {
            return Err(stopped());
        }
        self.steps.push(what());
        self.remove_intake_in_time();
        if is_committer() {
            self.steps_since_seen = self.steps_since_seen.map(|steps| steps + 1);
        }
        // A failure cannot be noted in the instant in which it is told.
        if self.notes_failure && self.steps.len() == self.stop_at {
            self.stop_at += 1;
        }
        if self.steps.len() == self.stop_at || self.is_awaited() {
            self.stop();
            return Err(stopped());
        }
        for (node, file) in &self.memory {
            self.disk.nodes[*node].overwrite(contents_of(file));
        }
        Ok(())
    }

    /// Returns whether the last step is the one before which it stops.
    fn is_awaited(&mut self) -> bool {
        match &mut self.stops_before {
            Some((text, times)) if self.steps.last().is_some_and(|step| step.contains(*text)) => {
                *times -= 1;
                *times == 0
            }
            _ => false,
        }
    }

    fn change(&mut self, change: Change) -> io::Result<()> {
        self.step(|| change.to_string())?;
        self.disk.change(change);
        Ok(())
    }

    fn create(&mut self, place: Place, name: &str, node: Node) -> io::Result<usize> {
        if self.disk.written.node(place, name).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let id = self.disk.nodes.len();
        self.change(Change::Link((place, name.to_owned()), id))?;
        self.disk.nodes.push(node);
        Ok(id)
    }

    fn remove(&mut self, place: Place, name: &str) -> io::Result<()> {
        self.node(place, name)?;
        self.change(Change::Remove((place, name.to_owned())))
    }

    fn remove_if_there(&mut self, place: Place, name: &str) -> io::Result<()> {
        match self.disk.written.node(place, name) {
            Some(_) => self.remove(place, name),
            None => self.goes_on(),
        }
    }

    fn rename(&mut self, from: Place, name: &str, to: Place, new_name: &str) -> io::Result<()> {
        self.node(from, name)?;
        self.change(Change::Rename((from, name.to_owned()), (to, new_name.to_owned())))
    }

    fn make_folder(&mut self, place: Place) -> io::Result<()> {
        match self.disk.written.has_folder(place) {
            true => self.goes_on(),
            false => {
                self.change(Change::MakeFolder(place))?;
                self.sync_names(place.parent())
            }
        }
    }

    fn append(&mut self, node: usize, name: &str, bytes: &[u8], may_be_short: bool) -> io::Result<usize> {
        let mut len = bytes.len();
        // Files of the first day with an index are the copies, and what follows them.
        if may_be_short
            && self.full_for > 0
            && name.starts_with("audit-2026-05-28.")
            && name.matches('.').count() > 1
        {
            self.full_for -= 1;
            if self.dice.roll(2) == 0 {
                self.step(|| format!("find no space for {name}"))?;
                return Err(io::ErrorKind::StorageFull.into());
            }
            len = 1 + self.dice.roll(len);
        }
        if may_be_short && len > 1 && self.dice.roll(8) == 0 {
            len = 1 + self.dice.roll(len - 1);
        }
        let was_stopped = self.stopped.is_some();
        let dies = self.steps.len() + 1 == self.stop_at && !self.notes_failure;
        if dies && !was_stopped && self.dice.roll(2) == 0 {
            // It dies in the middle of it.
            let torn = self.dice.roll(bytes.len());
            self.disk.nodes[node].written.extend_from_slice(&bytes[..torn]);
        }
        self.step(|| format!("append {len} of {} to {name}", bytes.len()))?;
        self.disk.nodes[node].written.extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    /// Writes into a file, which is made if it is missing. Where it dies meanwhile, a part may be there.
    fn write_at(
        &mut self,
        place: Place,
        name: &str,
        offset: u64,
        bytes: &[u8],
        may_be_torn: bool,
    ) -> io::Result<()> {
        let node = match self.disk.written.node(place, name) {
            Some(node) => node,
            None => self.create(place, name, Node::new())?,
        };
        let dies = self.steps.len() + 1 == self.stop_at && !self.notes_failure;
        if may_be_torn && dies && self.stopped.is_none() && self.dice.roll(2) == 0 {
            let torn = self.dice.roll(bytes.len() + 1);
            self.disk.nodes[node].write_at(offset, &bytes[..torn]);
        }
        self.step(|| format!("write {} at {offset} of {name}", bytes.len()))?;
        self.disk.nodes[node].write_at(offset, bytes);
        Ok(())
    }

    fn sync(&mut self, node: usize, name: &str) -> io::Result<()> {
        self.step(|| format!("sync {name}"))?;
        self.disk.nodes[node].sync();
        Ok(())
    }

    fn sync_names(&mut self, place: Place) -> io::Result<()> {
        self.step(|| format!("sync the names in {place:?}"))?;
        self.disk.sync_names(place);
        Ok(())
    }

    /// Whether this one is to fail.
    fn sync_fails(&mut self) -> bool {
        let fails = self.fails_after == Some(0);
        self.fails_after = match self.fails_after {
            Some(0) if self.failing > 1 => {
                self.failing -= 1;
                Some(0)
            }
            after => after.and_then(|after| after.checked_sub(1)),
        };
        self.known.has_sync_failed |= fails;
        fails
    }

    fn node(&self, place: Place, name: &str) -> io::Result<usize> {
        self.goes_on()?;
        self.disk.written.node(place, name).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn goes_on(&self) -> io::Result<()> {
        if self.stopped.is_some() { Err(stopped()) } else { Ok(()) }
    }
}

/// Whether this is the committer's thread.
fn is_committer() -> bool {
    std::thread::current().name() == Some("audit-commit")
}

fn stopped() -> io::Error {
    io::Error::other("the world has stopped")
}

fn contents_of(file: &File) -> Vec<u8> {
    let mut contents = vec![0; file.metadata().unwrap().len() as usize];
    file.read_exact_at(&mut contents, 0).unwrap();
    contents
}
