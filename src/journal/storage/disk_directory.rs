//! A journal's directory on disk.

mod handles;
mod requests;
#[cfg(all(test, unix))]
mod tests;

use self::handles::{Handles, IntakeFiles};
use super::contents::journal_id::journal_id;
use super::contents::state_file::{self, Writers, existing, missing_is_fine};
use super::directory::{Directory, LostName};
use super::disk_file::{DiskFile, copy_sparsely};
use super::layout::{DayFileName, Folder, INTAKE, JOURNAL, RESERVE, SEAL, STATE};
use super::lock::Opener;
use super::log_file::{Identity, LogFile, Syncer};
use super::refused::Sharing;
use super::system::{self, Handle};
use crate::error::OpenError;
use crate::lock::lock;
use arc_swap::{ArcSwap, Guard};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The name of a new intake's file until it is complete.
const NEW_INTAKE: &str = "intake.new";

/// A directory on disk, with the right to write in it.
#[derive(Debug)]
pub(crate) struct DiskDirectory {
    path: PathBuf,
    sharing: Sharing,
    id: String,
    handles: ArcSwap<Handles>,
    state_writers: Writers,
    intake: Mutex<IntakeFiles>,
    /// Whether another process has taken the lock. Nothing is written from then on.
    is_lock_lost: AtomicBool,
}

impl DiskDirectory {
    /// Creates what is missing, checks what exists, and waits at most `lock_wait` for another
    /// writer to end, unless it is one of this process that is not closing. Returns warnings, too.
    pub(crate) fn open(
        path: &Path,
        lock_wait: Duration,
        sharing: Sharing,
        opener: &Arc<Opener>,
    ) -> Result<(DiskDirectory, Vec<String>), OpenError> {
        // Before the path is made absolute, which drops what is refused here.
        system::check_path(path)?;
        let path = std::path::absolute(path)
            .map_err(|source| OpenError::Directory { path: path.to_owned(), source })?
            .components()
            .collect::<PathBuf>();
        let mut warnings = Vec::new();
        let is_missing = |path: &&Path| path.symlink_metadata().is_err();
        let created = path.ancestors().take_while(is_missing).collect::<Vec<_>>();
        let handles = Handles::open(&path, lock_wait, sharing, opener)?;
        // What is synced in a directory is on disk only if the directory's own name is.
        for created in created.into_iter().rev() {
            if let Err(error) = Handle::sync_name(created) {
                warnings.push(format!("could not sync the name of {}: {error}", created.display()));
            }
        }
        warnings.extend(
            handles
                .root
                .readable_by_others()
                .map(|who| format!("the audit log's directory {} can be read by {who}", path.display())),
        );
        warnings.extend(handles.root.writable_by_others().map(|who| {
            format!(
                "the audit log's directory {} can be written by {who}, who may replace its files",
                path.display()
            )
        }));
        if sharing.group.is_some() && !cfg!(unix) {
            warnings.push("the setting `group` has no effect on this system".to_owned());
        }
        let id = journal_id(&handles.state, &path.join(STATE), None)?;
        let handles = ArcSwap::from_pointee(handles);
        let directory = DiskDirectory {
            path,
            sharing,
            id,
            handles,
            state_writers: Writers::default(),
            intake: Mutex::default(),
            is_lock_lost: AtomicBool::new(false),
        };
        Ok((directory, warnings))
    }

    /// Returns an error unless `path` is a journal. Creates nothing.
    pub(crate) fn check_there(path: &Path) -> Result<(), OpenError> {
        let id = path.join(STATE).join(JOURNAL);
        match id.symlink_metadata() {
            Ok(_) => Ok(()),
            Err(source) => Err(OpenError::State { path: id, source }),
        }
    }

    /// Returns the group that may read the directory and its day files.
    pub(crate) fn group_of(path: &Path) -> Option<u32> {
        system::group_of(path, |name| DayFileName::parse(name).is_some())
    }

    /// Returns the journal's id: 32 hex digits.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

impl DiskDirectory {
    /// Returns the handles, to change something.
    fn to_write(&self) -> io::Result<Guard<Arc<Handles>>> {
        if self.is_lock_lost.load(Ordering::Relaxed) {
            return Err(io::Error::other("another process holds the log's lock"));
        }
        Ok(self.handles.load())
    }

    /// Opens a folder, if it exists.
    fn folder(&self, folder: Folder) -> io::Result<Option<Handle>> {
        let handles = self.handles.load();
        match (folder, folder.in_state()) {
            (Folder::Seal, _) => handles.root.existing_shared_child(SEAL, &self.path.join(SEAL)),
            (_, None) => Ok(Some(handles.root.clone())),
            (_, Some(name)) => handles.state.existing_child(name),
        }
    }

    /// Opens a folder. A missing one is created, safe against loss of power.
    fn folder_or_new(&self, folder: Folder) -> io::Result<Handle> {
        if let Some(existing) = self.folder(folder)? {
            return Ok(existing);
        }
        let handles = self.handles.load();
        let (parent, created) = match folder.in_state() {
            None => (&handles.root, handles.root.shared_child(SEAL, &self.path.join(SEAL))?),
            Some(name) => (&handles.state, handles.state.child_in(name)?),
        };
        parent.sync()?;
        Ok(created)
    }

    fn existing_folder(&self, folder: Folder) -> io::Result<Handle> {
        self.folder(folder)?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Directory for DiskDirectory {
    fn path(&self) -> &Path {
        &self.path
    }

    fn lost_name(&self) -> io::Result<Option<LostName>> {
        system::read_size_limit();
        let handles = self.handles.load();
        if let Some(name) = handles.lost_name(&self.path)? {
            return Ok(Some(name));
        }
        let placed = lock(&self.intake).placed;
        let is_lost = placed.is_some() && handles.state.identity(INTAKE)? != placed;
        Ok(is_lost.then_some(LostName::Intake))
    }

    fn renew(&self) -> Result<(), OpenError> {
        let renewed = self.handles.load().renewed(&self.path, self.sharing).inspect_err(|error| {
            if matches!(error, OpenError::Locked { .. }) {
                self.is_lock_lost.store(true, Ordering::Relaxed);
            }
        })?;
        let Some(handles) = renewed else {
            return Ok(());
        };
        let state_path = self.path.join(STATE);
        let id = journal_id(&handles.state, &state_path, Some(&self.id))?;
        if id != self.id {
            let reason = format!("it is of the journal {id} now, not of {}", self.id);
            let source = io::Error::new(io::ErrorKind::InvalidData, reason);
            return Err(OpenError::State { path: state_path.join(JOURNAL), source });
        }
        self.handles.store(Arc::new(handles));
        Ok(())
    }

    fn closes(&self) {
        self.handles.load().lock.opener().closes();
    }

    fn sync_renewed(&self) -> io::Result<()> {
        let handles = self.to_write()?;
        handles.state.open(JOURNAL)?.sync_all()?;
        handles.state.sync()?;
        handles.root.sync()?;
        Handle::sync_name(&self.path)
    }

    fn names(&self, folder: Folder) -> io::Result<Vec<String>> {
        self.folder(folder)?.map_or_else(|| Ok(Vec::new()), |folder| folder.names())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        Ok(DiskFile::boxed(self.to_write()?.root.open_day_file(name)?))
    }

    fn adopt(&self, name: &str) -> io::Result<Option<Box<dyn LogFile>>> {
        let handles = self.to_write()?;
        let file = handles.root.open_day_file(name)?;
        if file.metadata()?.len() > 0 {
            return Ok(None);
        }
        handles.root.make_private(&file)?;
        Ok(Some(DiskFile::boxed(file)))
    }

    fn open_to_read(&self, folder: Folder, name: &str) -> io::Result<Box<dyn LogFile>> {
        Ok(DiskFile::boxed(self.existing_folder(folder)?.open_to_read(name)?))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        Ok(DiskFile::boxed(self.to_write()?.root.create_day_file(name)?))
    }

    fn quarantine(&self, folder: Folder, name: &str, contents: &mut dyn io::Read) -> io::Result<String> {
        self.to_write()?;
        let folder_handle = self.folder_or_new(folder)?;
        let mut number = 0;
        loop {
            let name = if number == 0 { name.to_owned() } else { format!("{name}.{number}") };
            match folder_handle.create(&name) {
                Ok(mut file) => {
                    // What is written in part would take up the disk, a piece more with each attempt.
                    copy_sparsely(contents, &mut file)
                        .and_then(|()| file.sync_all())
                        .inspect_err(|_| folder_handle.remove(&name).unwrap_or(()))?;
                    folder_handle.sync()?;
                    return Ok(folder.path_of(&name));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    fn move_file(&self, from: Folder, name: &str, to: Folder, new_name: &str) -> io::Result<()> {
        self.to_write()?;
        let (from, to) = (self.existing_folder(from)?, self.folder_or_new(to)?);
        from.rename_to(name, &to, new_name)?;
        to.sync()?;
        from.sync()
    }

    fn remove(&self, folder: Folder, name: &str) -> io::Result<()> {
        self.to_write()?;
        self.existing_folder(folder)?.remove(name)
    }

    fn identity(&self, name: &str) -> io::Result<Option<Identity>> {
        self.handles.load().root.identity(name)
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.handles.load().root.exists(name)
    }

    fn is_immutable(&self) -> bool {
        let handles = self.handles.load();
        handles.root.is_immutable() || handles.state.is_immutable()
    }

    fn free_space(&self) -> io::Result<Option<u64>> {
        self.handles.load().root.free_space()
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        let handles = self.to_write()?;
        if bytes == 0 {
            return missing_is_fine(handles.state.remove(RESERVE));
        }
        match existing(handles.state.open(RESERVE))? {
            Some(file) if file.metadata()?.len() == bytes => return Ok(()),
            Some(_) => handles.state.remove(RESERVE)?,
            None => {}
        }
        let file = handles.state.create(RESERVE)?;
        system::allocate(&file, bytes).inspect_err(|_| drop(handles.state.remove(RESERVE)))
    }

    fn read_state(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        state_file::read(&self.handles.load().state, name)
    }

    fn write_state(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        let _alone = self.state_writers.alone(name);
        state_file::replace(&self.to_write()?.state, name, contents, true)
    }

    fn write_in_state(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let _alone = self.state_writers.alone(name);
        self.to_write()?.state.write_at(name, offset, bytes)
    }

    fn rename_state(&self, from: &str, to: &str) -> io::Result<()> {
        let _alone = self.state_writers.alone(to);
        state_file::rename(&self.to_write()?.state, from, to)
    }

    fn erase_state(&self, name: &str) -> io::Result<()> {
        let _alone = self.state_writers.alone(name);
        state_file::erase(&self.to_write()?.state, name)
    }

    fn read_in(&self, folder: Folder, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.folder(folder)?.map_or(Ok(None), |folder| state_file::read(&folder, name))
    }

    fn make_folder(&self, folder: Folder) -> io::Result<()> {
        self.to_write()?;
        self.folder_or_new(folder).map(drop)
    }

    fn read_request(&self, name: &str, at_most: u64) -> io::Result<(Vec<u8>, Option<u32>)> {
        requests::read(&self.existing_folder(Folder::Requests)?, name, at_most)
    }

    fn replace_in(&self, folder: Folder, name: &str, contents: &[u8], is_synced: bool) -> io::Result<()> {
        self.to_write()?;
        let _alone = self.state_writers.alone(&folder.path_of(name));
        state_file::replace(&self.folder_or_new(folder)?, name, contents, is_synced)
    }

    fn write_in(&self, folder: Folder, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.to_write()?;
        let _alone = self.state_writers.alone(&folder.path_of(name));
        self.folder_or_new(folder)?.write_at(name, offset, bytes)
    }

    fn sync_in(&self, folder: Folder, name: &str) -> io::Result<()> {
        self.to_write()?;
        let folder = self.existing_folder(folder)?;
        folder.open(name)?.sync_all()?;
        folder.sync()
    }

    fn read_intake(&self) -> io::Result<Option<Vec<u8>>> {
        let file = existing(self.handles.load().state.open_to_read(INTAKE))?;
        file.map(|file| state_file::contents(file, u64::MAX)).transpose()
    }

    fn new_intake(&self) -> io::Result<Option<File>> {
        self.remove_new_intake()?;
        let file = self.to_write()?.state.create(NEW_INTAKE)?;
        lock(&self.intake).new = system::len_and_identity(&file)?.1;
        Ok(Some(file))
    }

    fn remove_new_intake(&self) -> io::Result<()> {
        missing_is_fine(self.to_write()?.state.remove(NEW_INTAKE))
    }

    fn open_intake(&self) -> io::Result<File> {
        let file = self.to_write()?.state.open(INTAKE)?;
        lock(&self.intake).placed = system::len_and_identity(&file)?.1;
        Ok(file)
    }

    fn put_intake(&self) -> io::Result<()> {
        let handles = self.to_write()?;
        handles.state.rename(NEW_INTAKE, INTAKE)?;
        let mut intake = lock(&self.intake);
        intake.placed = intake.new.take();
        drop(intake);
        // It is in place now, and the one before is gone, whether this succeeds or not. Only after a loss of
        // power may it be the one before, whose lines are in day files or were never said to be on disk.
        handles.state.sync().unwrap_or(());
        Ok(())
    }

    fn remove_intake(&self) -> io::Result<()> {
        self.to_write()?;
        self.remove_new_intake()?;
        lock(&self.intake).placed = None;
        missing_is_fine(self.handles.load().state.remove(INTAKE))
    }

    fn syncer(&self) -> io::Result<Syncer> {
        let root = self.handles.load().root.clone();
        Ok(Box::new(move || root.sync()))
    }
}
