//! The directory and its files, as the journal sees them.

use super::disk::{Node, PAGE, Place};
use super::file::WorldFile;
use super::steps::{contents_of, is_committer};
use super::{DAYS, World};
use crate::error::OpenError;
use crate::journal::storage::layout::{CHECKPOINT, Folder, INTAKE};
use crate::journal::storage::{Directory, Identity, LogFile, LostName, Syncer};
use rustix::fs::{MemfdFlags, memfd_create};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

const NEW_INTAKE: &str = "intake.new";

impl Directory for World {
    fn path(&self) -> &Path {
        Path::new("/audit")
    }

    fn lost_name(&self) -> io::Result<Option<LostName>> {
        let mut inner = self.inner();
        inner.goes_on()?;
        let is_away = inner.disk.is_away();
        if (is_away || inner.is_intake_lost()) && is_committer() {
            inner.steps_since_seen.get_or_insert(0);
        }
        Ok(if is_away {
            Some(LostName::Directory)
        } else {
            inner.is_intake_lost().then_some(LostName::Intake)
        })
    }

    fn renew(&self) -> Result<(), OpenError> {
        let mut inner = self.inner();
        if inner.disk.is_away() {
            let made = inner.step(|| "make the directory again".to_owned());
            made.map_err(|source| OpenError::Directory { path: self.path().to_owned(), source })?;
            inner.disk.enter();
        }
        Ok(())
    }

    fn sync_renewed(&self) -> io::Result<()> {
        let mut inner = self.inner();
        [Place::State, DAYS, Place::Parent].into_iter().try_for_each(|place| inner.sync_names(place))
    }

    fn names(&self, folder: Folder) -> io::Result<Vec<String>> {
        let inner = self.inner();
        inner.goes_on()?;
        Ok(inner.disk.written.in_place(Place::In(folder)).map(|(name, _)| name.clone()).collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        self.open_to_read(Folder::Days, name)
    }

    fn adopt(&self, name: &str) -> io::Result<Option<Box<dyn LogFile>>> {
        let file = self.open(name)?;
        Ok((file.len()? == 0).then_some(file))
    }

    fn open_to_read(&self, folder: Folder, name: &str) -> io::Result<Box<dyn LogFile>> {
        let node = self.inner().node(Place::In(folder), name)?;
        Ok(Box::new(WorldFile { world: self.clone(), node, name: name.to_owned() }))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        let mut inner = self.inner();
        let node = inner.create(DAYS, name, Node::new())?;
        inner.file_begun(node);
        drop(inner);
        Ok(Box::new(WorldFile { world: self.clone(), node, name: name.to_owned() }))
    }

    fn quarantine(&self, folder: Folder, name: &str, contents: &mut dyn io::Read) -> io::Result<String> {
        let mut bytes = Vec::new();
        contents.read_to_end(&mut bytes)?;
        let mut inner = self.inner();
        let place = Place::In(folder);
        inner.make_folder(place)?;
        let names =
            (0..).map(|number| if number == 0 { name.to_owned() } else { format!("{name}.{number}") });
        for name in names {
            match inner.create(place, &name, Node::new()) {
                Ok(node) => {
                    inner.append(node, &name, &bytes, false)?;
                    inner.sync(node, &name)?;
                    inner.sync_names(place)?;
                    return Ok(folder.path_of(&name));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        unreachable!("there is always a further name")
    }

    fn move_file(&self, from: Folder, name: &str, to: Folder, new_name: &str) -> io::Result<()> {
        let mut inner = self.inner();
        let (from, to) = (Place::In(from), Place::In(to));
        inner.make_folder(to)?;
        if inner.disk.written.node(to, new_name).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        inner.rename(from, name, to, new_name)?;
        inner.sync_names(to)?;
        inner.sync_names(from)
    }

    fn remove(&self, folder: Folder, name: &str) -> io::Result<()> {
        self.inner().remove(Place::In(folder), name)
    }

    fn identity(&self, name: &str) -> io::Result<Option<Identity>> {
        let inner = self.inner();
        inner.goes_on()?;
        Ok(inner.disk.written.node(DAYS, name).map(identity_of))
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.identity(name).map(|identity| identity.is_some())
    }

    fn free_space(&self) -> io::Result<Option<u64>> {
        Ok(None)
    }

    fn reserve(&self, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn read_state(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.contents(Place::State, name)
    }

    fn write_state(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        self.replace(Place::State, name, contents, true)?;
        if name == CHECKPOINT {
            self.inner().checkpoint_written(contents);
        }
        Ok(())
    }

    fn read_in(&self, folder: Folder, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.contents(Place::In(folder), name)
    }

    fn replace_in(&self, folder: Folder, name: &str, contents: &[u8], is_synced: bool) -> io::Result<()> {
        self.inner().make_folder(Place::In(folder))?;
        self.replace(Place::In(folder), name, contents, is_synced)?;
        if folder == Folder::Seal && name == "checkpoint" {
            self.published(contents);
        }
        Ok(())
    }

    fn write_in(&self, folder: Folder, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.inner();
        inner.make_folder(Place::In(folder))?;
        inner.write_at(Place::In(folder), name, offset, bytes, true)
    }

    fn sync_in(&self, folder: Folder, name: &str) -> io::Result<()> {
        let mut inner = self.inner();
        let node = inner.node(Place::In(folder), name)?;
        inner.sync(node, name)?;
        inner.sync_names(Place::In(folder))
    }

    fn rename_state(&self, from: &str, to: &str) -> io::Result<()> {
        let mut inner = self.inner();
        inner.rename(Place::State, from, Place::State, to)?;
        inner.sync_names(Place::State)
    }

    fn erase_state(&self, name: &str) -> io::Result<()> {
        let mut inner = self.inner();
        for name in [&*format!("{name}.new"), name] {
            let Some(node) = inner.disk.written.node(Place::State, name) else {
                continue;
            };
            let zeros = vec![0; inner.disk.nodes[node].written.len()];
            inner.write_at(Place::State, name, 0, &zeros, false)?;
            inner.sync(node, name)?;
            inner.remove(Place::State, name)?;
        }
        inner.sync_names(Place::State)
    }

    fn write_in_state(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.inner();
        // What is in one page is written whole.
        inner.write_at(Place::State, name, offset, bytes, bytes.len() > PAGE)?;
        inner.notes_failure = false;
        let text = String::from_utf8_lossy(bytes);
        inner.has_noted = text.contains("has_failed");
        if text.contains("accepted") {
            inner.accepted_noted();
        }
        Ok(())
    }

    fn read_intake(&self) -> io::Result<Option<Vec<u8>>> {
        let inner = self.inner();
        inner.goes_on()?;
        let node = inner.disk.written.node(Place::State, INTAKE);
        let contents = |node| match inner.memory.get(&node) {
            Some(file) => contents_of(file),
            None => inner.disk.nodes[node].written.clone(),
        };
        Ok(node.map(contents))
    }

    fn new_intake(&self) -> io::Result<Option<File>> {
        let mut inner = self.inner();
        inner.remove_if_there(Place::State, NEW_INTAKE)?;
        if inner.dice.roll(8) == 0 {
            inner.step(|| "find no space for an intake".to_owned())?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        let node = inner.create(Place::State, NEW_INTAKE, Node::mapped())?;
        let file = File::from(memfd_create(INTAKE, MemfdFlags::CLOEXEC)?);
        inner.memory.insert(node, file.try_clone()?);
        Ok(Some(file))
    }

    fn remove_new_intake(&self) -> io::Result<()> {
        self.inner().remove_if_there(Place::State, NEW_INTAKE)
    }

    fn open_intake(&self) -> io::Result<File> {
        let mut inner = self.inner();
        let node = inner.node(Place::State, INTAKE)?;
        inner.intake = Some(node);
        if let Some(file) = inner.memory.get(&node) {
            return file.try_clone();
        }
        let file = File::from(memfd_create(INTAKE, MemfdFlags::CLOEXEC)?);
        file.write_all_at(&inner.disk.nodes[node].written, 0)?;
        inner.memory.insert(node, file.try_clone()?);
        Ok(file)
    }

    fn put_intake(&self) -> io::Result<()> {
        let mut inner = self.inner();
        inner.rename(Place::State, NEW_INTAKE, Place::State, INTAKE)?;
        inner.intake = inner.disk.written.node(Place::State, INTAKE);
        inner.sync_names(Place::State)
    }

    fn remove_intake(&self) -> io::Result<()> {
        let mut inner = self.inner();
        inner.remove_if_there(Place::State, NEW_INTAKE)?;
        inner.intake = None;
        inner.remove_if_there(Place::State, INTAKE)
    }

    fn syncer(&self) -> io::Result<Syncer> {
        self.inner().goes_on()?;
        let world = self.clone();
        Ok(Box::new(move || {
            let mut inner = world.inner();
            if inner.sync_fails() {
                inner.step(|| "fail to sync the names".to_owned())?;
                return Err(io::ErrorKind::Other.into());
            }
            inner.sync_names(DAYS)
        }))
    }
}

impl World {
    fn contents(&self, place: Place, name: &str) -> io::Result<Option<Vec<u8>>> {
        let inner = self.inner();
        inner.goes_on()?;
        Ok(inner.disk.written.node(place, name).map(|node| inner.disk.nodes[node].written.clone()))
    }

    fn replace(&self, place: Place, name: &str, contents: &[u8], is_synced: bool) -> io::Result<()> {
        let mut inner = self.inner();
        let temporary = format!("{name}.new");
        inner.remove_if_there(place, &temporary)?;
        let node = inner.create(place, &temporary, Node::new())?;
        inner.append(node, &temporary, contents, false)?;
        if is_synced {
            inner.sync(node, &temporary)?;
        }
        inner.rename(place, &temporary, place, name)?;
        if is_synced { inner.sync_names(place) } else { Ok(()) }
    }
}

pub(super) fn identity_of(node: usize) -> Identity {
    Identity { device: 1, number: node as u64 }
}
