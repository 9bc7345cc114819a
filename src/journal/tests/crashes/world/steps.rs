//! The steps, of which one is the last.

use super::Inner;
use super::disk::{Change, Node, Place};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

impl Inner {
    pub(super) fn stop(&mut self) {
        if self.stopped.is_none() {
            self.look_at_memory();
            let mut disk = self.disk.clone();
            disk.enter();
            self.stopped = Some(disk);
            // The first thing that the committer does is to note it, in a new file if the directory is new.
            let at_most = if self.known.was_directory_taken { 3 } else { 1 };
            let is_noted = self.is_loss_noted || self.steps_since_seen > Some(at_most);
            self.stopped_without_intake = self.is_intake_lost().then_some(is_noted);
        }
    }

    /// Others may write meanwhile: it is looked until it is the same twice.
    pub(super) fn look_at_memory(&mut self) {
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
    pub(super) fn step(&mut self, what: impl FnOnce() -> String) -> io::Result<()> {
        if self.stopped.is_some() {
            return Err(stopped());
        }
        self.steps.push(what());
        self.remove_intake_in_time();
        self.take_in_time();
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

    pub(super) fn change(&mut self, change: Change) -> io::Result<()> {
        self.step(|| change.to_string())?;
        self.disk.change(change);
        Ok(())
    }

    pub(super) fn create(&mut self, place: Place, name: &str, node: Node) -> io::Result<usize> {
        if self.disk.written.node(place, name).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.can_create()?;
        let id = self.disk.nodes.len();
        self.change(Change::Link((place, name.to_owned()), id))?;
        self.disk.nodes.push(node);
        Ok(id)
    }

    pub(super) fn remove(&mut self, place: Place, name: &str) -> io::Result<()> {
        self.node(place, name)?;
        self.change(Change::Remove((place, name.to_owned())))
    }

    pub(super) fn remove_if_there(&mut self, place: Place, name: &str) -> io::Result<()> {
        match self.disk.written.node(place, name) {
            Some(_) => self.remove(place, name),
            None => self.goes_on(),
        }
    }

    pub(super) fn rename(&mut self, from: Place, name: &str, to: Place, new_name: &str) -> io::Result<()> {
        self.node(from, name)?;
        self.change(Change::Rename((from, name.to_owned()), (to, new_name.to_owned())))
    }

    pub(super) fn make_folder(&mut self, place: Place) -> io::Result<()> {
        match self.disk.written.has_folder(place) {
            true => self.goes_on(),
            false => {
                self.can_create()?;
                self.change(Change::MakeFolder(place))?;
                self.sync_names(place.parent())
            }
        }
    }

    pub(super) fn append(
        &mut self,
        node: usize,
        name: &str,
        bytes: &[u8],
        may_be_short: bool,
    ) -> io::Result<usize> {
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
    pub(super) fn write_at(
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

    pub(super) fn sync(&mut self, node: usize, name: &str) -> io::Result<()> {
        self.step(|| format!("sync {name}"))?;
        self.disk.nodes[node].sync();
        Ok(())
    }

    pub(super) fn sync_names(&mut self, place: Place) -> io::Result<()> {
        self.step(|| format!("sync the names in {place:?}"))?;
        self.disk.sync_names(place);
        Ok(())
    }

    /// Whether this one is to fail.
    pub(super) fn sync_fails(&mut self) -> bool {
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

    pub(super) fn node(&self, place: Place, name: &str) -> io::Result<usize> {
        self.goes_on()?;
        self.disk.written.node(place, name).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Nothing can be made in a directory that is removed.
    fn can_create(&self) -> io::Result<()> {
        self.goes_on()?;
        if self.is_gone && self.disk.is_away() { Err(io::ErrorKind::NotFound.into()) } else { Ok(()) }
    }

    pub(super) fn goes_on(&self) -> io::Result<()> {
        if self.stopped.is_some() { Err(stopped()) } else { Ok(()) }
    }
}

/// Whether this is the committer's thread.
pub(super) fn is_committer() -> bool {
    std::thread::current().name() == Some("audit-commit")
}

fn stopped() -> io::Error {
    io::Error::other("the world has stopped")
}

pub(super) fn contents_of(file: &File) -> Vec<u8> {
    let mut contents = vec![0; file.metadata().unwrap().len() as usize];
    file.read_exact_at(&mut contents, 0).unwrap();
    contents
}
