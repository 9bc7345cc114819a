//! The directory of a journal: what the operating system is asked to do.
//!
//! [`Directory`] and [`LogFile`] are all that the journal knows of a file system,
//! so that tests can put one in its place that fails when they say so.
//! [`DiskDirectory`] is the real one. On Unix its files are opened relative to the
//! directory's handle; on Windows the directory can't be moved while it is open. Links are
//! never followed.

mod disk;
mod id;
pub(crate) mod layout;
pub(in crate::journal) mod lock;
mod mapping;
#[cfg_attr(target_os = "linux", path = "mapping_linux.rs")]
#[cfg_attr(windows, path = "mapping_windows.rs")]
#[cfg_attr(not(any(target_os = "linux", windows)), path = "mapping_elsewhere.rs")]
mod mapping_system;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
#[cfg_attr(not(any(unix, windows)), path = "elsewhere.rs")]
mod system;
#[cfg(windows)]
mod windows_calls;
#[cfg(any(windows, test))]
mod windows_names;

use crate::error::OpenError;
pub(crate) use disk::DiskDirectory;
pub(crate) use id::id_in;
use layout::Folder;
pub(crate) use mapping::Mapping;
pub(in crate::journal) use mapping_system::mapping_of;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
pub(in crate::journal) use system::Handle;

/// A directory of day files.
pub(crate) trait Directory: fmt::Debug + Send + Sync + 'static {
    fn path(&self) -> &Path;

    /// Whether the path still leads to this directory, with its state.
    fn is_in_place(&self) -> io::Result<bool>;

    /// Makes the directory anew where it was, or takes what is there now.
    fn renew(&self) -> Result<(), OpenError>;

    /// The names of what is in a folder, as far as they are UTF-8; none if there is no
    /// such folder.
    fn names(&self, folder: Folder) -> io::Result<Vec<String>>;

    /// Opens a day file that is there, to read and to append.
    fn open(&self, name: &str) -> io::Result<Box<dyn LogFile>>;

    /// Opens a day file that is there and empty, and makes it as private as a new one; `None`
    /// if there is something in it.
    fn adopt(&self, name: &str) -> io::Result<Option<Box<dyn LogFile>>>;

    /// Opens a file that is there, to read only.
    fn open_to_read(&self, folder: Folder, name: &str) -> io::Result<Box<dyn LogFile>>;

    /// Makes a day file that is not there yet; an error if it is.
    fn create(&self, name: &str) -> io::Result<Box<dyn LogFile>>;

    /// Keeps what does not belong into a day file in a file of its own in a folder, safe
    /// against loss of power; gives its path, relative to the directory.
    fn keep_aside(&self, folder: Folder, name: &str, bytes: &[u8]) -> io::Result<String>;

    /// Moves a file into another folder, where there must be none of that name.
    fn move_file(&self, from: Folder, name: &str, to: Folder, new_name: &str) -> io::Result<()>;

    fn remove(&self, folder: Folder, name: &str) -> io::Result<()>;

    /// Which file a day file's name leads to; `None` if it leads nowhere.
    fn identity(&self, name: &str) -> io::Result<Option<Identity>>;

    /// Whether there is anything of that name, whatever it is.
    fn exists(&self, name: &str) -> io::Result<bool>;

    /// How much more can be written, in bytes; `None` where that is not known.
    fn free_space(&self) -> io::Result<Option<u64>>;

    /// Keeps so many bytes of the disk for bad days, or gives them up, if it is 0.
    fn reserve(&self, bytes: u64) -> io::Result<()>;

    /// A file of the state, if it is there.
    fn read_state(&self, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// Puts a file of the state in the place of the one that was there, whole or not at
    /// all, safe against loss of power.
    fn write_state(&self, name: &str, contents: &[u8]) -> io::Result<()>;

    /// Writes these bytes at this place of a file of the state, which is made if it is missing.
    /// They are not safe against loss of power.
    fn write_in_state(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// A file of the state in a folder of its own, if it is there.
    fn read_in(&self, folder: Folder, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// Replaces a file in a folder of the state by a rename. If `is_synced`, it survives a loss of
    /// power; otherwise the file may then be the previous one, empty or torn.
    fn replace_in(&self, folder: Folder, name: &str, contents: &[u8], is_synced: bool) -> io::Result<()>;

    /// What is in the intake's file, if there is one.
    fn read_intake(&self) -> io::Result<Option<Vec<u8>>>;

    /// Makes a new file for an intake, which is not in its place yet; `None` where there
    /// can't be one.
    fn new_intake(&self) -> io::Result<Option<File>>;

    /// Returns whether an intake's file may be mapped.
    fn mapping(&self, file: &File) -> io::Result<Mapping> {
        mapping_of(file)
    }

    /// The intake's file, to be gone on with.
    fn open_intake(&self) -> io::Result<File>;

    /// Puts the new file in the place of the one that was there, safe against loss of power.
    fn put_intake(&self) -> io::Result<()>;

    /// Takes away the intake's file, if there is one.
    fn remove_intake(&self) -> io::Result<()>;

    /// What makes the names of new files safe against loss of power, to be run
    /// elsewhere.
    fn syncer(&self) -> io::Result<Syncer>;
}

/// What tells a file from any other, whatever its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) number: u64,
}

/// A file of a journal.
pub(crate) trait LogFile: fmt::Debug + Send {
    /// Appends some of `bytes`, at least one; gives how many.
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize>;

    fn len(&self) -> io::Result<u64>;

    /// Which file it is; `None` where nobody else can take away or change a file that is
    /// open here.
    fn identity(&self) -> io::Result<Option<Identity>>;

    /// Both, for the price of one where that can be.
    fn len_and_identity(&self) -> io::Result<(u64, Option<Identity>)> {
        Ok((self.len()?, self.identity()?))
    }

    /// Reads from `offset` on; 0 at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Takes away what is behind `len`.
    fn cut(&mut self, len: u64) -> io::Result<()>;

    /// What makes the file's data safe against loss of power, to be run elsewhere.
    fn syncer(&self) -> io::Result<Syncer>;
}

pub(crate) type Syncer = Box<dyn FnOnce() -> io::Result<()> + Send>;
