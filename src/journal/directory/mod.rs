//! The directory of a journal: what the operating system is asked to do.
//!
//! [`Directory`] and [`LogFile`] are all that the journal knows of a file system,
//! so that tests can put one in its place that fails when they say so.
//! [`DiskDirectory`] is the real one. On Unix its files are opened relative to the
//! directory's handle, and links are never followed.

#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(not(unix), path = "elsewhere.rs")]
mod system;

use super::layout::{JOURNAL, STATE, TORN};
use super::lock::Lock;
use crate::error::OpenError;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
pub(super) use system::Handle;

/// A directory of day files.
pub(crate) trait Directory: fmt::Debug + Send + 'static {
    fn path(&self) -> &Path;

    /// The names of what is in it, as far as they are UTF-8.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Opens a file that is there, to read and to append.
    fn open(&self, name: &str) -> io::Result<Box<dyn LogFile>>;

    /// Opens a file that is there, to read only.
    fn open_to_read(&self, name: &str) -> io::Result<Box<dyn LogFile>>;

    /// Makes a file that is not there yet; an error if it is.
    fn create(&self, name: &str) -> io::Result<Box<dyn LogFile>>;

    /// Keeps what does not belong into a day file in a file of its own, safe
    /// against loss of power; gives its path, relative to the directory.
    fn keep_aside(&self, name: &str, bytes: &[u8]) -> io::Result<String>;

    /// What makes the names of new files safe against loss of power, to be run
    /// elsewhere.
    fn syncer(&self) -> io::Result<Syncer>;
}

/// A file of a journal.
pub(crate) trait LogFile: fmt::Debug + Send {
    /// Appends some of `bytes`, at least one; gives how many.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;

    fn len(&self) -> io::Result<u64>;

    /// Reads from `offset` on; 0 at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Takes away what is behind `len`.
    fn cut(&mut self, len: u64) -> io::Result<()>;

    /// What makes the file's data safe against loss of power, to be run elsewhere.
    fn syncer(&self) -> io::Result<Syncer>;
}

pub(crate) type Syncer = Box<dyn FnOnce() -> io::Result<()> + Send>;

/// A directory on disk, and the right to write in it.
#[derive(Debug)]
pub(crate) struct DiskDirectory {
    path: PathBuf,
    root: Handle,
    state: Handle,
    id: String,
    /// Held as long as this lives.
    _lock: Lock,
}

/// What `.state/journal.json` says.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JournalFile {
    version: u32,
    id: String,
}

impl DiskDirectory {
    /// Makes what is missing, checks what is there, and waits for another writer to
    /// end, `lock_wait` at the most. Gives warnings, too.
    pub(crate) fn open(path: &Path, lock_wait: Duration) -> Result<(DiskDirectory, Vec<String>), OpenError> {
        let path = std::path::absolute(path)
            .map_err(|source| OpenError::Directory { path: path.to_owned(), source })?
            .components()
            .collect::<PathBuf>();
        let mut warnings = Vec::new();
        let root = Handle::root(&path)?;
        warnings.extend(
            root.readable_by_others()
                .map(|who| format!("the audit log's directory {} can be read by {who}", path.display())),
        );
        let state_path = path.join(STATE);
        let state = root.child(STATE, &state_path)?;
        let lock = Lock::acquire(&state, &state_path, &path, lock_wait)?;
        let id = journal_id(&state, &state_path)?;
        Ok((DiskDirectory { path, root, state, id, _lock: lock }, warnings))
    }

    /// The journal's id: 32 hex digits, made once.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

fn journal_id(state: &Handle, state_path: &Path) -> Result<String, OpenError> {
    let path = state_path.join(JOURNAL);
    let fail = |source| OpenError::State { path: path.clone(), source };
    let invalid = |reason: String| fail(io::Error::new(io::ErrorKind::InvalidData, reason));
    match state.open(JOURNAL) {
        Ok(mut file) => {
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(fail)?;
            let journal: JournalFile =
                serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
            if journal.version != 1 {
                return Err(invalid(format!(
                    "version {} is not 1, the one that is known here",
                    journal.version
                )));
            }
            if journal.id.len() != 32
                || !journal.id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            {
                return Err(invalid(format!("the id `{}` is not 32 hex digits", journal.id)));
            }
            Ok(journal.id)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut random = [0_u8; 16];
            getrandom::fill(&mut random).map_err(|error| fail(io::Error::from(error)))?;
            let mut id = String::with_capacity(32);
            for byte in random {
                write!(id, "{byte:02x}").map_err(|error| fail(io::Error::other(error)))?;
            }
            let journal = JournalFile { version: 1, id };
            let text = serde_json::to_string(&journal).map_err(|error| fail(error.into()))?;
            state.replace(JOURNAL, format!("{text}\n").as_bytes()).map_err(fail)?;
            Ok(journal.id)
        }
        Err(error) => Err(fail(error)),
    }
}

impl Handle {
    /// Puts a file with these contents in the place of one of that name, whole or
    /// not at all.
    fn replace(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        let temporary = format!("{name}.new");
        match self.remove(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = self.create(&temporary)?;
        file.write_all(contents)?;
        file.sync_all()?;
        self.rename(&temporary, name)?;
        self.sync()
    }
}

impl Directory for DiskDirectory {
    fn path(&self) -> &Path {
        &self.path
    }

    fn names(&self) -> io::Result<Vec<String>> {
        self.root.names()
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(DiskFile(self.root.open(name)?)))
    }

    fn open_to_read(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(DiskFile(self.root.open_to_read(name)?)))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(DiskFile(self.root.create(name)?)))
    }

    fn keep_aside(&self, name: &str, bytes: &[u8]) -> io::Result<String> {
        let torn = self.state.child_in(TORN)?;
        let mut number = 0;
        loop {
            let name = if number == 0 { name.to_owned() } else { format!("{name}.{number}") };
            match torn.create(&name) {
                Ok(mut file) => {
                    file.write_all(bytes)?;
                    file.sync_all()?;
                    torn.sync()?;
                    return Ok(format!("{STATE}/{TORN}/{name}"));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    fn syncer(&self) -> io::Result<Syncer> {
        let root = self.root.try_clone()?;
        Ok(Box::new(move || root.sync()))
    }
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
