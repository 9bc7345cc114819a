//! Names that another program takes away, and what the callers of a journal then know.

use super::disk::{Change, Disk, Place, Taken};
use super::{DAYS, Inner, Known, Lines, World, lines_in};
use crate::journal::state::checkpoint::SavedCheckpoint;
use crate::journal::storage::layout::INTAKE;

/// What another program takes away.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Taking {
    /// At this step, or soon after: an event was recorded then, and the journal has its intake, if it is to have one.
    pub(in super::super) step: usize,
    pub(in super::super) taken: Taken,
    /// Whether it is removed with all that is in it, or is somewhere else then.
    pub(in super::super) is_removed: bool,
    pub(in super::super) has_intake: bool,
}

impl World {
    /// Another program removes all day files.
    pub(in super::super) fn remove_day_files(&self) {
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

    /// Another program takes away a directory.
    pub(in super::super) fn take(&self, taking: Taking) {
        self.inner().takes = Some(taking);
    }

    /// Returns whether another program has taken away a directory.
    pub(in super::super) fn has_taken(&self) -> bool {
        self.inner().takes.is_none()
    }

    /// Returns whether the paths lead elsewhere than to what the journal has open.
    pub(in super::super) fn is_away(&self) -> bool {
        self.inner().disk.is_away()
    }

    /// The lines in the day files that another program has removed.
    pub(in super::super) fn removed_lines(&self) -> Lines {
        self.inner().removed_lines()
    }

    /// Another program removes the name of the intake that the journal has, at this step or soon after.
    pub(in super::super) fn remove_intake_at(&self, step: usize) {
        self.inner().removes_intake_at = Some(step);
    }

    /// Returns whether another program has removed the intake.
    pub(in super::super) fn has_removed_intake(&self) -> bool {
        self.inner().removes_intake_at.is_none()
    }

    /// Returns whether the journal has an intake whose name does not lead to it.
    pub(in super::super) fn is_intake_lost(&self) -> bool {
        self.inner().is_intake_lost()
    }
}

impl Inner {
    pub(super) fn as_far_as_known(&self, known: Known, disk: &Disk) -> Known {
        let mut known = match self.stopped_without_intake {
            Some(is_noted) => known.without_intake(disk, is_noted),
            None => known,
        };
        if self.is_unnoted {
            known.forget_all();
        }
        known.forget_unnoticed();
        known
    }

    /// Takes note that the journal has begun a day file. If files were removed before, it has seen that.
    pub(super) fn file_begun(&mut self, node: usize) {
        if self.disk.is_away() {
            self.removed_files.push(node);
            return;
        }
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
    pub(super) fn is_removed(&self, seq: u64) -> bool {
        self.is_removal_unseen || seq < self.removed_before
    }

    fn removed_lines(&self) -> Lines {
        lines_in(self.removed_files.iter().map(|node| &self.disk.nodes[*node].written))
    }

    pub(super) fn is_intake_lost(&self) -> bool {
        self.intake.is_some() && self.intake != self.disk.written.node_at_path(Place::State, INTAKE)
    }

    /// Another program removes the intake's name, if it is time and the journal has one.
    pub(super) fn remove_intake_in_time(&mut self) {
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

    /// Another program takes away a directory, if it is time and the journal has begun.
    pub(super) fn take_in_time(&mut self) {
        let Some(taking) = self.takes.filter(|taking| taking.step <= self.steps.len()) else {
            return;
        };
        let Taking { taken, is_removed, has_intake, .. } = taking;
        let has_begun = !self.known.tried.is_empty() && self.intake.is_some() == has_intake;
        if !has_begun || self.disk.is_away() || self.is_intake_lost() {
            return;
        }
        self.takes = None;
        let known = &mut self.known;
        (known.was_directory_taken, known.was_intake_removed) = (true, true);
        (known.cursor, known.synced_cursor, known.noted) = (0, 0, 0);
        if taken == Taken::Directory {
            self.removed_files.extend(self.disk.written.in_place(DAYS).map(|(_, node)| node));
            known.removed.append(&mut known.records);
            (known.were_files_removed, known.has_sync_failed) = (true, true);
            (self.is_removal_unseen, self.is_unnoted) = (true, true);
        }
        self.is_gone = is_removed;
        self.disk.take(taken, is_removed);
        if let Some(step) = self.steps.last_mut() {
            let how = if is_removed { "removed" } else { "moved" };
            *step += &format!(", after another program has {how} the {taken:?}");
        }
    }

    /// Takes note that a checkpoint is on disk.
    pub(super) fn checkpoint_written(&mut self, contents: &[u8]) {
        if !self.disk.is_away() && self.stopped.is_none() {
            let next_seq = SavedCheckpoint::parse(contents).unwrap().next_seq;
            self.known.noted = self.known.noted.max(next_seq);
        }
    }

    /// Takes note that it is written where the next process finds it how many records were accepted.
    pub(super) fn accepted_noted(&mut self) {
        if !self.disk.is_away() {
            self.is_loss_noted |= self.is_intake_lost();
            if std::mem::take(&mut self.is_unnoted) {
                let last = self.known.removed.last_key_value().map_or(0, |(seq, _)| *seq + 1);
                self.known.accepted = self.known.accepted.max(last);
            }
        }
    }
}
