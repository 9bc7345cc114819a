//! The real directory.

use super::id::journal_id;
use super::system::{self, Handle};
use super::{Directory, Identity, LogFile, Syncer};
use crate::error::OpenError;
use crate::journal::storage::layout::{DayFileName, Folder, INTAKE, JOURNAL, RESERVE, STATE};
use crate::journal::storage::lock::Lock;
use arc_swap::ArcSwap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// No file of the state that is read whole is larger, in bytes.
const LARGEST_STATE: u64 = 64 * 1024;

/// A directory on disk, and the right to write in it.
#[derive(Debug)]
pub(crate) struct DiskDirectory {
    path: PathBuf,
    state_path: PathBuf,
    group: Option<u32>,
    id: String,
    handles: ArcSwap<Handles>,
}

/// What is open of a directory.
#[derive(Debug)]
struct Handles {
    root: Handle,
    state: Handle,
    /// Held as long as this lives.
    _lock: Lock,
}

impl Handles {
    /// Makes what is missing, checks what is there, and waits for another writer to end.
    fn open(path: &Path, lock_wait: Duration, group: Option<u32>) -> Result<Handles, OpenError> {
        let root = Handle::root(path, group)?;
        let state_path = path.join(STATE);
        let state = root.child(STATE, &state_path)?;
        let lock = Lock::acquire(&state, &state_path, path, lock_wait)?;
        Ok(Handles { root, state, _lock: lock })
    }
}

impl DiskDirectory {
    /// Makes what is missing, checks what is there, and waits for another writer to
    /// end, `lock_wait` at the most. `group` may read the day files. Gives warnings, too.
    pub(crate) fn open(
        path: &Path,
        lock_wait: Duration,
        group: Option<u32>,
    ) -> Result<(DiskDirectory, Vec<String>), OpenError> {
        // Before the path is made absolute, which leaves out what is refused here.
        #[cfg(windows)]
        system::check_names(path)?;
        let path = std::path::absolute(path)
            .map_err(|source| OpenError::Directory { path: path.to_owned(), source })?
            .components()
            .collect::<PathBuf>();
        let mut warnings = Vec::new();
        let handles = Handles::open(&path, lock_wait, group)?;
        warnings.extend(
            handles
                .root
                .readable_by_others()
                .map(|who| format!("the audit log's directory {} can be read by {who}", path.display())),
        );
        if group.is_some() && !cfg!(unix) {
            warnings.push("the setting `group` has no effect on this system".to_owned());
        }
        let id = journal_id(&handles.state, &path.join(STATE), None)?;
        let state_path = path.join(STATE);
        Ok((DiskDirectory { path, state_path, group, id, handles: ArcSwap::from_pointee(handles) }, warnings))
    }

    /// Says whether there is a journal, and makes none.
    pub(crate) fn check_there(path: &Path) -> Result<(), OpenError> {
        let id = path.join(STATE).join(JOURNAL);
        match id.symlink_metadata() {
            Ok(_) => Ok(()),
            Err(source) => Err(OpenError::State { path: id, source }),
        }
    }

    /// The group that the directory was given to, with its day files.
    pub(crate) fn group_of(path: &Path) -> Option<u32> {
        system::group_of(path, |name| DayFileName::parse(name).is_some())
    }

    /// The journal's id: 32 hex digits, made once.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

impl Handle {
    /// Replaces a file by a rename, and syncs it.
    pub(super) fn replace(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        self.replace_with(name, contents, true)
    }

    fn replace_with(&self, name: &str, contents: &[u8], is_synced: bool) -> io::Result<()> {
        let temporary = format!("{name}.new");
        none_if_missing(self.remove(&temporary))?;
        let mut file = self.create(&temporary)?;
        file.write_all(contents)?;
        if is_synced {
            file.sync_all()?;
        }
        self.rename(&temporary, name)?;
        if is_synced { self.sync() } else { Ok(()) }
    }

    /// What is in a file, if it is there.
    fn contents(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match self.open_to_read(name) {
            Ok(file) => {
                let mut contents = Vec::new();
                file.take(LARGEST_STATE).read_to_end(&mut contents)?;
                Ok(Some(contents))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl DiskDirectory {
    /// A folder, if it is there.
    fn folder(&self, folder: Folder) -> io::Result<Option<Handle>> {
        match folder.in_state() {
            None => self.handles.load().root.try_clone().map(Some),
            Some(name) => self.handles.load().state.existing_child(name),
        }
    }

    /// A folder, made if it is missing, safe against loss of power.
    fn made_folder(&self, folder: Folder) -> io::Result<Handle> {
        if let Some(there) = self.folder(folder)? {
            return Ok(there);
        }
        let handles = self.handles.load();
        let made = handles.state.child_in(folder.in_state().unwrap_or_default())?;
        handles.state.sync()?;
        Ok(made)
    }

    fn existing_folder(&self, folder: Folder) -> io::Result<Handle> {
        self.folder(folder)?.ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Directory for DiskDirectory {
    fn path(&self) -> &Path {
        &self.path
    }

    fn is_in_place(&self) -> io::Result<bool> {
        let handles = self.handles.load();
        Ok(handles.root.is_at(&self.path)? && handles.state.is_at(&self.state_path)?)
    }

    fn renew(&self) -> Result<(), OpenError> {
        let handles = Handles::open(&self.path, Duration::ZERO, self.group)?;
        let state_path = self.path.join(STATE);
        let id = journal_id(&handles.state, &state_path, Some(&self.id))?;
        if id != self.id {
            let reason = format!("it has the journal {id} now, not {}", self.id);
            let source = io::Error::new(io::ErrorKind::InvalidData, reason);
            return Err(OpenError::State { path: state_path.join(JOURNAL), source });
        }
        self.handles.store(Arc::new(handles));
        Ok(())
    }

    fn names(&self, folder: Folder) -> io::Result<Vec<String>> {
        self.folder(folder)?.map_or_else(|| Ok(Vec::new()), |folder| folder.names())
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(DiskFile(self.handles.load().root.open_day_file(name)?)))
    }

    fn adopt(&self, name: &str) -> io::Result<Option<Box<dyn LogFile>>> {
        let handles = self.handles.load();
        let file = handles.root.open_day_file(name)?;
        if file.metadata()?.len() > 0 {
            return Ok(None);
        }
        handles.root.make_private(&file)?;
        Ok(Some(Box::new(DiskFile(file))))
    }

    fn open_to_read(&self, folder: Folder, name: &str) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(DiskFile(self.existing_folder(folder)?.open_to_read(name)?)))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(DiskFile(self.handles.load().root.create_day_file(name)?)))
    }

    fn keep_aside(&self, folder: Folder, name: &str, bytes: &[u8]) -> io::Result<String> {
        let aside = self.made_folder(folder)?;
        let mut number = 0;
        loop {
            let name = if number == 0 { name.to_owned() } else { format!("{name}.{number}") };
            match aside.create(&name) {
                Ok(mut file) => {
                    file.write_all(bytes)?;
                    file.sync_all()?;
                    aside.sync()?;
                    return Ok(folder.path_of(&name));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    fn move_file(&self, from: Folder, name: &str, to: Folder, new_name: &str) -> io::Result<()> {
        let (from, to) = (self.existing_folder(from)?, self.made_folder(to)?);
        from.rename_to(name, &to, new_name)?;
        to.sync()?;
        from.sync()
    }

    fn remove(&self, folder: Folder, name: &str) -> io::Result<()> {
        self.existing_folder(folder)?.remove(name)
    }

    fn identity(&self, name: &str) -> io::Result<Option<Identity>> {
        self.handles.load().root.identity(name)
    }

    fn exists(&self, name: &str) -> io::Result<bool> {
        self.handles.load().root.exists(name)
    }

    fn free_space(&self) -> io::Result<Option<u64>> {
        self.handles.load().root.free_space()
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        let handles = self.handles.load();
        if bytes == 0 {
            return none_if_missing(handles.state.remove(RESERVE));
        }
        match handles.state.open(RESERVE) {
            Ok(file) if file.metadata()?.len() == bytes => return Ok(()),
            Ok(_) => handles.state.remove(RESERVE)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let file = handles.state.create(RESERVE)?;
        system::allocate(&file, bytes).inspect_err(|_| drop(handles.state.remove(RESERVE)))
    }

    fn read_state(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.handles.load().state.contents(name)
    }

    fn write_state(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        self.handles.load().state.replace(name, contents)
    }

    fn write_in_state(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.handles.load().state.write_at(name, offset, bytes)
    }

    fn read_in(&self, folder: Folder, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.folder(folder)?.map_or(Ok(None), |folder| folder.contents(name))
    }

    fn replace_in(&self, folder: Folder, name: &str, contents: &[u8], is_synced: bool) -> io::Result<()> {
        self.made_folder(folder)?.replace_with(name, contents, is_synced)
    }

    fn read_intake(&self) -> io::Result<Option<Vec<u8>>> {
        match self.handles.load().state.open_to_read(INTAKE) {
            Ok(mut file) => {
                let mut contents = Vec::new();
                file.read_to_end(&mut contents)?;
                Ok(Some(contents))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn new_intake(&self) -> io::Result<Option<File>> {
        let handles = self.handles.load();
        none_if_missing(handles.state.remove(NEW_INTAKE))?;
        handles.state.create(NEW_INTAKE).map(Some)
    }

    fn open_intake(&self) -> io::Result<File> {
        self.handles.load().state.open(INTAKE)
    }

    fn put_intake(&self) -> io::Result<()> {
        let handles = self.handles.load();
        handles.state.rename(NEW_INTAKE, INTAKE)?;
        handles.state.sync()
    }

    fn remove_intake(&self) -> io::Result<()> {
        let handles = self.handles.load();
        none_if_missing(handles.state.remove(NEW_INTAKE))?;
        none_if_missing(handles.state.remove(INTAKE))
    }

    fn syncer(&self) -> io::Result<Syncer> {
        let root = self.handles.load().root.try_clone()?;
        Ok(Box::new(move || root.sync()))
    }
}

/// Under this name an intake is made.
const NEW_INTAKE: &str = "intake.new";

/// What is not there need not be removed.
fn none_if_missing(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

#[derive(Debug)]
struct DiskFile(File);

impl LogFile for DiskFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        system::append(&self.0, bytes)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn identity(&self) -> io::Result<Option<Identity>> {
        Ok(system::len_and_identity(&self.0)?.1)
    }

    fn len_and_identity(&self) -> io::Result<(u64, Option<Identity>)> {
        system::len_and_identity(&self.0)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        system::read_at(&self.0, buffer, offset)
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn syncer(&self) -> io::Result<Syncer> {
        let file = self.0.try_clone()?;
        Ok(Box::new(move || file.sync_data()))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt};

    #[test]
    fn the_reserve_takes_space_until_it_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let (directory, _) = DiskDirectory::open(folder.path(), Duration::ZERO, None).unwrap();
        let file = folder.path().join(STATE).join(RESERVE);
        for bytes in [64 * 1024, 64 * 1024, 32 * 1024] {
            directory.reserve(bytes).unwrap();
            let there = file.metadata().unwrap();
            assert_eq!(there.len(), bytes);
            assert!(there.blocks() * 512 >= bytes, "{} blocks", there.blocks());
        }
        for _ in 0..2 {
            directory.reserve(0).unwrap();
            assert!(!file.exists());
        }
    }

    #[test]
    fn a_group_that_may_read_day_files_is_known_by_their_modes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit-2026-05-28.log");
        let mode =
            |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        assert_eq!(DiskDirectory::group_of(folder.path()), None);
        std::fs::write(&file, "").unwrap();
        let gid = file.metadata().unwrap().gid();
        for (of_directory, of_file, group) in
            [(0o750, 0o640, Some(gid)), (0o750, 0o600, None), (0o700, 0o640, None), (0o755, 0o644, Some(gid))]
        {
            mode(folder.path(), of_directory);
            mode(&file, of_file);
            assert_eq!(DiskDirectory::group_of(folder.path()), group, "{of_directory:o} {of_file:o}");
        }
    }
}
