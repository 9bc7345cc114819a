//! Creating, opening, moving and removing files in a directory.

use super::calls::{identity_at, information, rename_without_replacing};
use super::handle::Handle;
use super::retry::retry_while_in_use;
use crate::journal::storage::log_file::Identity;
use crate::journal::storage::refused::not_a_regular_file;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION};
use windows_sys::Win32::Storage::FileSystem::{FILE_FLAG_OPEN_REPARSE_POINT, FILE_SHARE_READ};

impl Handle {
    /// Opens a file to read and to write.
    pub(crate) fn open(&self, name: &str) -> io::Result<File> {
        self.regular(name, OpenOptions::new().read(true).write(true))
    }

    /// Opens a file to read. Other programs may do anything with it meanwhile.
    pub(crate) fn open_to_read(&self, name: &str) -> io::Result<File> {
        self.regular(name, OpenOptions::new().read(true))
    }

    /// Opens a file to write into it.
    pub(crate) fn open_to_write(&self, name: &str) -> io::Result<File> {
        self.open(name)
    }

    /// Writes into a file, which is created if it is missing.
    pub(crate) fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let file = self.regular(name, OpenOptions::new().write(true).create(true).truncate(false))?;
        write_all_at(&file, bytes, offset)
    }

    /// Creates a file; an error if it exists.
    pub(crate) fn create(&self, name: &str) -> io::Result<File> {
        let path = self.path.join(name);
        // A removed file of that name may still be open elsewhere.
        retry_while_in_use(&[ERROR_SHARING_VIOLATION, ERROR_ACCESS_DENIED], || {
            OpenOptions::new().read(true).write(true).create_new(true).open(&path)
        })
    }

    /// Opens a day file to read and to append.
    pub(crate) fn open_day_file(&self, name: &str) -> io::Result<File> {
        self.regular(name, &mut day_file_options())
    }

    /// Creates a day file; an error if it exists.
    pub(crate) fn create_day_file(&self, name: &str) -> io::Result<File> {
        day_file_options().create_new(true).open(self.path.join(name))
    }

    fn regular(&self, name: &str, options: &mut OpenOptions) -> io::Result<File> {
        let path = self.path.join(name);
        options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
        let opened = retry_while_in_use(&[ERROR_SHARING_VIOLATION], || options.open(&path));
        // For a directory Windows says that access is denied.
        let file = opened.map_err(|error| if path.is_dir() { not_a_regular_file() } else { error })?;
        let metadata = file.metadata()?;
        if metadata.is_symlink() || !metadata.is_file() { Err(not_a_regular_file()) } else { Ok(file) }
    }

    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        let path = self.path.join(name);
        retry_while_in_use(&[ERROR_SHARING_VIOLATION, ERROR_ACCESS_DENIED], || fs::remove_file(&path))
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        rename(&self.path.join(from), &self.path.join(to))
    }

    /// Moves a file to another directory, in which the new name must not exist.
    pub(crate) fn rename_to(&self, name: &str, to: &Handle, new_name: &str) -> io::Result<()> {
        let (from, to) = (self.path.join(name), to.path.join(new_name));
        retry_while_in_use(&[ERROR_SHARING_VIOLATION, ERROR_ACCESS_DENIED], || {
            rename_without_replacing(&from, &to)
        })
    }

    /// Does nothing: a file has the access that its directory passes on.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "other systems change the mode")]
    pub(crate) fn make_private(&self, _: &File) -> io::Result<()> {
        Ok(())
    }

    /// Returns whether the name exists, whatever it names.
    pub(crate) fn exists(&self, name: &str) -> io::Result<bool> {
        Ok(self.identity(name)?.is_some())
    }

    /// Returns the identity of the file of that name, if it exists.
    pub(crate) fn identity(&self, name: &str) -> io::Result<Option<Identity>> {
        identity_at(&self.path.join(name))
    }
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    retry_while_in_use(&[ERROR_SHARING_VIOLATION, ERROR_ACCESS_DENIED], || fs::rename(from, to))
}

/// Returns how a day file is opened: to read and to write. Other programs may read it meanwhile, not
/// write, remove or rename it. Not to `append`, because such a file can't be cut.
fn day_file_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).share_mode(FILE_SHARE_READ);
    options
}

/// Returns a file's length and identity.
pub(crate) fn len_and_identity(file: &File) -> io::Result<(u64, Option<Identity>)> {
    let information = information(file)?;
    Ok((information.len, Some(information.identity)))
}

/// Returns `None`: the account that a file belongs to is not looked at here.
#[allow(clippy::unnecessary_wraps, reason = "on Unix it may fail")]
pub(crate) fn only_owner_of(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}

/// Allocates so many bytes of the disk for a new file.
pub(crate) fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    write_all_at(file, &vec![b'.'; usize::try_from(bytes).unwrap_or(0)], 0)
}

/// Returns `None`: the system has no group of a file.
pub(crate) fn group_of(_: &Path, _: impl Fn(&str) -> bool) -> Option<u32> {
    None
}

/// Appends some bytes. This offset stands for the end of the file (`WriteFile`, "Remarks").
pub(crate) fn append(file: &File, bytes: &[u8]) -> io::Result<usize> {
    file.seek_write(bytes, u64::MAX)
}

/// Reads some bytes from `offset` on.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    file.seek_read(buffer, offset)
}

/// Writes all bytes at `offset`.
pub(crate) fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = file.seek_write(bytes, offset)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        offset += written as u64;
        bytes = &bytes[written..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::storage::refused::Sharing;
    use std::time::Duration;

    fn root() -> (tempfile::TempDir, Handle) {
        let folder = tempfile::tempdir().unwrap();
        let root = Handle::root(&folder.path().join("audit"), Sharing::default()).unwrap();
        (folder, root)
    }

    #[test]
    fn a_program_that_opens_a_file_for_a_while_does_not_keep_it_from_being_replaced() {
        let (_folder, root) = root();
        let replace = |contents: &[u8]| {
            append(&root.create("state.new")?, contents)?;
            root.rename("state.new", "state")
        };
        replace(b"old").unwrap();
        let open = |name| OpenOptions::new().read(true).share_mode(0).open(root.path.join(name)).unwrap();
        let opened = open("state");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(60));
                drop(opened);
            });
            replace(b"new").unwrap();
        });
        assert_eq!(fs::read(root.path.join("state")).unwrap(), b"new");
        // One that keeps it open is reported.
        let _opened = open("state");
        assert!(replace(b"newer").is_err());
    }

    #[test]
    fn files_have_an_identity() {
        let (_folder, root) = root();
        let file = root.create("a").unwrap();
        append(&file, b"one").unwrap();
        append(&file, b"two").unwrap();
        let (len, identity) = len_and_identity(&file).unwrap();
        assert_eq!((len, identity), (6, root.identity("a").unwrap()));
        drop(file);
        root.rename("a", "b").unwrap();
        assert_eq!((root.identity("a").unwrap(), root.identity("b").unwrap()), (None, identity));
        drop(root.create("a").unwrap());
        assert_ne!(root.identity("a").unwrap(), identity);
    }

    #[test]
    fn what_is_not_a_file_is_not_opened() {
        let (_folder, root) = root();
        root.child_in("below").unwrap();
        for error in [root.open("below"), root.open_to_read("below"), root.open_day_file("below")] {
            assert_eq!(error.unwrap_err().kind(), io::ErrorKind::IsADirectory);
        }
        assert_eq!(root.open("missing").unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
