//! A file system in memory that fails when it is told to.

use super::*;
use crate::error::OpenError;
use crate::journal::storage::layout::{Folder, HOLD};
use crate::journal::storage::{Identity, LogFile, LostName, Syncer};
use std::collections::{BTreeMap, VecDeque};
use std::io;

/// What an append is to do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// Take only so many bytes.
    Short(usize),
    Fail(io::ErrorKind),
}

#[derive(Debug, Default)]
pub(in crate::journal) struct Files {
    pub(super) contents: BTreeMap<String, Vec<u8>>,
    /// By folder and name.
    pub(super) aside: BTreeMap<(Folder, String), Vec<u8>>,
    pub(super) state: BTreeMap<String, Vec<u8>>,
    /// For the next appends, one by one.
    pub(super) faults: VecDeque<Fault>,
    pub(super) cut_fails: bool,
    pub(super) create_fails: bool,
    pub(super) aside_fails: bool,
    pub(super) sync_fails: bool,
    pub(super) nothing_can_be_synced: bool,
    /// There is a legal hold from this look for it on, counted from the next one as 1.
    pub(super) looks_until_held: Option<u32>,
    /// How much more can be written, in bytes, besides what is reserved.
    pub(in crate::journal) room: Option<u64>,
    pub(super) reserved: u64,
    /// Appends do not return as long as this is set; how many of them wait.
    pub(super) is_frozen: bool,
    pub(super) frozen: usize,
}

/// A directory in memory. Clones are the same one, as for a process that starts again.
#[derive(Clone, Debug, Default)]
pub(in crate::journal) struct MemoryDirectory(Arc<Mutex<Files>>);

impl MemoryDirectory {
    pub(in crate::journal) fn files(&self) -> MutexGuard<'_, Files> {
        self.0.lock().unwrap()
    }

    pub(in crate::journal) fn put(&self, name: &str, contents: &[u8]) {
        self.files().contents.insert(name.to_owned(), contents.to_vec());
    }

    pub(super) fn text(&self, name: &str) -> String {
        String::from_utf8(self.files().contents[name].clone()).unwrap()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.files().contents.keys().cloned().collect()
    }

    fn wait_until_thawed(&self) {
        self.files().frozen += 1;
        while self.files().is_frozen {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.files().frozen -= 1;
    }

    /// All records of these files, in this order.
    pub(super) fn records(&self, names: &[&str]) -> Vec<Record> {
        names
            .iter()
            .flat_map(|name| self.text(name).lines().map(str::to_owned).collect::<Vec<_>>())
            .map(|line| Record::from_line(line.as_bytes()).unwrap())
            .collect()
    }
}

#[derive(Debug)]
pub(super) struct MemoryFile(MemoryDirectory, String);

impl Directory for MemoryDirectory {
    fn path(&self) -> &Path {
        Path::new("/audit")
    }

    fn lost_name(&self) -> io::Result<Option<LostName>> {
        Ok(None)
    }

    fn renew(&self) -> Result<(), OpenError> {
        Ok(())
    }

    fn sync_renewed(&self) -> io::Result<()> {
        Ok(())
    }

    fn names(&self, folder: Folder) -> io::Result<Vec<String>> {
        if folder == Folder::Days {
            return Ok(MemoryDirectory::names(self));
        }
        let files = self.files();
        Ok(files.aside.keys().filter(|(place, _)| *place == folder).map(|(_, name)| name.clone()).collect())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        match self.files().contents.contains_key(name) {
            true => Ok(Box::new(MemoryFile(self.clone(), name.to_owned()))),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn adopt(&self, name: &str) -> io::Result<Option<Box<dyn LogFile>>> {
        let file = self.open(name)?;
        Ok((file.len()? == 0).then_some(file))
    }

    fn open_to_read(&self, folder: Folder, name: &str) -> io::Result<Box<dyn LogFile>> {
        if folder == Folder::Days {
            return self.open(name);
        }
        let kept = self.files().aside[&(folder, name.to_owned())].clone();
        // A file of its own, which no test changes.
        let other = MemoryDirectory::default();
        other.put(name, &kept);
        other.open(name)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        let mut files = self.files();
        if files.create_fails {
            return Err(io::ErrorKind::Other.into());
        }
        if files.contents.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        files.contents.insert(name.to_owned(), Vec::new());
        Ok(Box::new(MemoryFile(self.clone(), name.to_owned())))
    }

    fn quarantine(&self, folder: Folder, name: &str, contents: &mut dyn io::Read) -> io::Result<String> {
        let mut bytes = Vec::new();
        contents.read_to_end(&mut bytes)?;
        let mut files = self.files();
        if files.aside_fails {
            return Err(io::ErrorKind::StorageFull.into());
        }
        files.aside.insert((folder, name.to_owned()), bytes);
        Ok(folder.path_of(name))
    }

    fn move_file(&self, from: Folder, name: &str, to: Folder, new_name: &str) -> io::Result<()> {
        let mut files = self.files();
        let contents = match from {
            Folder::Days => files.contents.remove(name),
            other => files.aside.remove(&(other, name.to_owned())),
        };
        let contents = contents.ok_or(io::ErrorKind::NotFound)?;
        match to {
            Folder::Days => files.contents.insert(new_name.to_owned(), contents),
            other => files.aside.insert((other, new_name.to_owned()), contents),
        };
        Ok(())
    }

    fn remove(&self, folder: Folder, name: &str) -> io::Result<()> {
        if folder == Folder::Days {
            self.files().contents.remove(name).ok_or(io::ErrorKind::NotFound)?;
            return Ok(());
        }
        self.files().aside.remove(&(folder, name.to_owned())).ok_or(io::ErrorKind::NotFound)?;
        Ok(())
    }

    fn identity(&self, _: &str) -> io::Result<Option<Identity>> {
        Ok(None)
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        let mut files = self.files();
        if name == HOLD
            && let Some(looks) = &mut files.looks_until_held
        {
            *looks = looks.saturating_sub(1);
            return Ok(*looks == 0);
        }
        Ok(files.contents.contains_key(name))
    }

    fn free_space(&self) -> io::Result<Option<u64>> {
        Ok(self.files().room)
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        let mut files = self.files();
        let room = files.room.map(|room| (room + files.reserved).checked_sub(bytes));
        files.room = room.map(|room| room.ok_or(io::ErrorKind::StorageFull)).transpose()?;
        files.reserved = bytes;
        Ok(())
    }

    fn read_state(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files().state.get(name).cloned())
    }

    fn write_state(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        self.files().state.insert(name.to_owned(), contents.to_vec());
        Ok(())
    }

    fn write_in_state(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        write_at(self.files().state.entry(name.to_owned()).or_default(), offset, bytes);
        Ok(())
    }

    fn rename_state(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.files();
        let contents = files.state.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.state.insert(to.to_owned(), contents);
        Ok(())
    }

    fn erase_state(&self, name: &str) -> io::Result<()> {
        self.files().state.remove(name);
        Ok(())
    }

    fn read_in(&self, folder: Folder, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files().aside.get(&(folder, name.to_owned())).cloned())
    }

    fn replace_in(&self, folder: Folder, name: &str, contents: &[u8], _: bool) -> io::Result<()> {
        self.files().aside.insert((folder, name.to_owned()), contents.to_vec());
        Ok(())
    }

    fn write_in(&self, folder: Folder, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        write_at(self.files().aside.entry((folder, name.to_owned())).or_default(), offset, bytes);
        Ok(())
    }

    fn sync_in(&self, folder: Folder, name: &str) -> io::Result<()> {
        let files = self.files();
        match files.aside.contains_key(&(folder, name.to_owned())) {
            true if files.sync_fails => Err(io::ErrorKind::Other.into()),
            true => Ok(()),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn read_intake(&self) -> io::Result<Option<Vec<u8>>> {
        Ok(None)
    }

    fn new_intake(&self) -> io::Result<Option<std::fs::File>> {
        Ok(None)
    }

    fn remove_new_intake(&self) -> io::Result<()> {
        Ok(())
    }

    fn open_intake(&self) -> io::Result<std::fs::File> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn put_intake(&self) -> io::Result<()> {
        Ok(())
    }

    fn remove_intake(&self) -> io::Result<()> {
        Ok(())
    }

    fn syncer(&self) -> io::Result<Syncer> {
        Ok(Box::new(|| Ok(())))
    }
}

fn write_at(contents: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    let offset = offset as usize;
    contents.resize(contents.len().max(offset + bytes.len()), 0);
    contents[offset..][..bytes.len()].copy_from_slice(bytes);
}

impl LogFile for MemoryFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.wait_until_thawed();
        let mut files = self.0.files();
        let taken = match files.faults.pop_front() {
            None => bytes.len(),
            Some(Fault::Short(taken)) => taken,
            Some(Fault::Fail(kind)) => return Err(kind.into()),
        };
        if let Some(room) = files.room {
            files.room = Some(room.checked_sub(taken as u64).ok_or(io::ErrorKind::StorageFull)?);
        }
        files.contents.get_mut(&self.1).unwrap().extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.files().contents[&self.1].len() as u64)
    }

    fn identity(&self) -> io::Result<Option<Identity>> {
        Ok(None)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let files = self.0.files();
        let rest = &files.contents[&self.1][offset as usize..];
        // As short as reads may be.
        let read = rest.len().min(buffer.len()).min(7);
        buffer[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        let mut files = self.0.files();
        if files.cut_fails {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        files.contents.get_mut(&self.1).unwrap().truncate(len as usize);
        Ok(())
    }

    fn syncer(&self) -> io::Result<Syncer> {
        if self.0.files().nothing_can_be_synced {
            return Err(io::ErrorKind::Other.into());
        }
        let fails = self.0.files().sync_fails;
        Ok(Box::new(move || if fails { Err(io::ErrorKind::Other.into()) } else { Ok(()) }))
    }
}
