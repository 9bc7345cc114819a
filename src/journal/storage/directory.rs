//! A journal's directory, as the journal uses it.

use super::layout::Folder;
use super::log_file::{Identity, LogFile, Syncer};
use super::mapping::Mapping;
use super::system::mapping_of;
use crate::error::OpenError;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;

/// A name that no longer leads to what was opened under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LostName {
    /// The directory, or its state.
    Directory,
    /// The lock's file.
    Lock,
    /// The intake's file.
    Intake,
}

/// A journal's directory: its day files, their folders, the state and the intake's file.
pub(crate) trait Directory: fmt::Debug + Send + Sync + 'static {
    /// Returns the directory's absolute path.
    fn path(&self) -> &Path;

    /// Returns a name that no longer leads to what was opened under it; `None` if all still do.
    fn lost_name(&self) -> io::Result<Option<LostName>>;

    /// Creates the directory again where it was, or opens the one that is there now; makes the lock's
    /// file again, and takes the lock. Does nothing if these names lead where they should.
    ///
    /// # Errors
    ///
    /// [`OpenError::Locked`]: another process has taken the lock. From then on nothing can be changed.
    fn renew(&self) -> Result<(), OpenError>;

    /// Makes what was created by [`renew`](Directory::renew) safe against loss of power.
    fn sync_renewed(&self) -> io::Result<()>;

    /// Notes that the journal is being closed: another opener in this process waits for that.
    fn closes(&self) {}

    /// Returns the names in a folder that are UTF-8; none if the folder does not exist.
    fn names(&self, folder: Folder) -> io::Result<Vec<String>>;

    /// Opens an existing day file to read and to append.
    fn open(&self, name: &str) -> io::Result<Box<dyn LogFile>>;

    /// Opens an existing empty day file, and sets its mode to that of a new one; `None` if it is not
    /// empty.
    fn adopt(&self, name: &str) -> io::Result<Option<Box<dyn LogFile>>>;

    /// Opens an existing file to read only.
    fn open_to_read(&self, folder: Folder, name: &str) -> io::Result<Box<dyn LogFile>>;

    /// Creates a day file; an error if it exists.
    fn create(&self, name: &str) -> io::Result<Box<dyn LogFile>>;

    /// Writes what does not belong into a day file to a new file in `folder`, safe against loss of
    /// power. Returns its path, relative to the directory. If it fails, there is no such file.
    fn quarantine(&self, folder: Folder, name: &str, contents: &mut dyn io::Read) -> io::Result<String>;

    /// Moves a file to another folder, in which the new name must not exist.
    fn move_file(&self, from: Folder, name: &str, to: Folder, new_name: &str) -> io::Result<()>;

    fn remove(&self, folder: Folder, name: &str) -> io::Result<()>;

    /// Returns the identity of the file that a day file's name leads to; `None` if there is none.
    fn identity(&self, name: &str) -> io::Result<Option<Identity>>;

    /// Returns whether the name exists in the directory, whatever it names.
    fn exists(&self, name: &str) -> io::Result<bool>;

    /// Returns whether nothing can be changed in the directory or its state.
    fn is_immutable(&self) -> bool {
        false
    }

    /// Returns how many bytes can still be written; `None` where that is not known.
    fn free_space(&self) -> io::Result<Option<u64>>;

    /// Reserves so many bytes of the disk; 0 releases them.
    fn reserve(&self, bytes: u64) -> io::Result<()>;

    /// Returns the contents of a state file, if it exists.
    fn read_state(&self, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// Replaces a state file atomically, safe against loss of power.
    fn write_state(&self, name: &str, contents: &[u8]) -> io::Result<()>;

    /// Writes bytes at `offset` of a state file, which is created if it is missing. They are not
    /// safe against loss of power.
    fn write_in_state(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Renames a state file, in place of one of the new name if there is one, safe against loss of power.
    /// The bytes of a replaced file may remain on the disk: see [`erase_state`](Directory::erase_state).
    fn rename_state(&self, from: &str, to: &str) -> io::Result<()>;

    /// Overwrites a state file with zeros, and removes it, safe against loss of power; so, too, what an
    /// interrupted [`write_state`](Directory::write_state) of it has left. Does nothing if there is none.
    fn erase_state(&self, name: &str) -> io::Result<()>;

    /// Returns the contents of a small file in a folder, if it exists: at most the first 64 KiB.
    fn read_in(&self, folder: Folder, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// Creates a folder if it is missing.
    fn make_folder(&self, _folder: Folder) -> io::Result<()> {
        Ok(())
    }

    /// Returns the contents of a request that the command `auditlog` has left, and the id of the account that the
    /// file belongs to, where files have owners.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidData`] if it is longer than `at_most` bytes. It is not a regular file, has other names, or
    /// belongs to another account than the log's or root.
    fn read_request(&self, _name: &str, _at_most: u64) -> io::Result<(Vec<u8>, Option<u32>)> {
        Err(io::ErrorKind::NotFound.into())
    }

    /// Replaces a file in a folder by a rename. If `is_synced`, it survives a loss of
    /// power; otherwise the file may then be the previous one, empty or torn.
    fn replace_in(&self, folder: Folder, name: &str, contents: &[u8], is_synced: bool) -> io::Result<()>;

    /// Writes bytes at `offset` of a file in a folder; both are created if they are missing. They are not
    /// safe against loss of power.
    fn write_in(&self, folder: Folder, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes a file in a folder, as it is now, and its name safe against loss of power.
    fn sync_in(&self, folder: Folder, name: &str) -> io::Result<()>;

    /// Returns the contents of the intake's file, if it exists.
    fn read_intake(&self) -> io::Result<Option<Vec<u8>>>;

    /// Creates a new intake's file under a temporary name; `None` where there can't be one.
    fn new_intake(&self) -> io::Result<Option<File>>;

    /// Returns whether an intake's file may be mapped.
    fn mapping(&self, file: &File) -> io::Result<Mapping> {
        mapping_of(file)
    }

    /// Removes the new intake's file, if there is one under the temporary name.
    fn remove_new_intake(&self) -> io::Result<()>;

    /// Opens the existing intake's file.
    fn open_intake(&self) -> io::Result<File>;

    /// Replaces the intake's file by the new one. After an error it is as it was.
    fn put_intake(&self) -> io::Result<()>;

    /// Removes the intake's file, if it exists.
    fn remove_intake(&self) -> io::Result<()>;

    /// Returns the call that makes the names of new files safe against loss of power.
    fn syncer(&self) -> io::Result<Syncer>;
}
