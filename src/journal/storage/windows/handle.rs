//! An open directory.

use super::calls::{free_bytes, identity_at, information};
use super::create::create_private_directory;
use super::paths::verbatim;
use super::readers::{extensible_by, readable_by, replaceable_by};
use crate::error::OpenError;
use crate::journal::storage::refused::{Sharing, not_a_directory, writable};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use windows_sys::Win32::Storage::FileSystem::{
    FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, FILE_LIST_DIRECTORY, FILE_READ_ATTRIBUTES,
    FILE_SHARE_READ, FILE_SHARE_WRITE, READ_CONTROL,
};

/// An open directory, which can't be moved or removed meanwhile, and whose files are opened by path.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    /// Verbatim, so that it may be long.
    pub(super) path: PathBuf,
    directory: Arc<File>,
}

impl Handle {
    /// Opens the journal's directory, created if it is missing. The system has no group to open it
    /// to.
    pub(crate) fn root(path: &Path, _: Sharing) -> Result<Handle, OpenError> {
        let fail = |source| OpenError::Directory { path: path.to_owned(), source };
        let verbatim = &*verbatim(path);
        let opened = match Handle::of(verbatim) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create_all(verbatim).and_then(|()| Handle::of(verbatim)).map_err(fail)
            }
            Err(error) => Err(not_a_directory(path).unwrap_or_else(|| fail(error))),
            opened => opened.map_err(fail),
        };
        opened?.checked(path)
    }

    /// Refuses a directory whose files a large group of accounts may replace.
    fn checked(self, path: &Path) -> Result<Handle, OpenError> {
        match replaceable_by(&self.directory) {
            Ok(Some(who)) => Err(writable(path, who.to_owned(), None)),
            // An access list that can't be read is none of a file system that has one.
            Ok(None) | Err(_) => Ok(self),
        }
    }

    /// Opens an existing directory. A link is not followed.
    fn of(path: &Path) -> io::Result<Handle> {
        // Asking for no more than attributes would let other programs remove it.
        let directory = OpenOptions::new()
            .access_mode(FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES | READ_CONTROL)
            .share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE)
            .custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT)
            .open(path)?;
        let metadata = directory.metadata()?;
        if metadata.is_symlink() || !metadata.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Handle { path: path.to_owned(), directory: Arc::new(directory) })
    }

    /// Opens a directory in this one, created if it is missing. `path` is its path, for errors.
    pub(crate) fn child(&self, name: &str, path: &Path) -> Result<Handle, OpenError> {
        let child = self.child_in(name).map_err(|source| {
            not_a_directory(path).unwrap_or_else(|| OpenError::Directory { path: path.to_owned(), source })
        });
        child?.checked(path)
    }

    /// Opens a directory in this one, created if it is missing.
    pub(crate) fn child_in(&self, name: &str) -> io::Result<Handle> {
        if let Some(child) = self.existing_child(name)? {
            return Ok(child);
        }
        let path = self.path.join(name);
        create(&path)?;
        Handle::of(&path)
    }

    /// Opens a directory in this one, if it exists.
    pub(crate) fn existing_child(&self, name: &str) -> io::Result<Option<Handle>> {
        match Handle::of(&self.path.join(name)) {
            Ok(child) => Ok(Some(child)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Opens a directory in this one, if it exists, and unless a large group of accounts may replace its
    /// files. `path` is its path, for errors.
    pub(crate) fn existing_shared_child(&self, name: &str, path: &Path) -> io::Result<Option<Handle>> {
        let child = self.existing_child(name)?;
        child.map(|child| child.checked(path)).transpose().map_err(io::Error::other)
    }

    /// Opens such a directory, created if it is missing.
    pub(crate) fn shared_child(&self, name: &str, path: &Path) -> io::Result<Handle> {
        self.child_in(name)?.checked(path).map_err(io::Error::other)
    }

    /// Returns whether `path` leads to this directory.
    pub(crate) fn is_at(&self, path: &Path) -> io::Result<bool> {
        Ok(identity_at(path)? == Some(information(&self.directory)?.identity))
    }

    /// Returns who else may read the directory's files.
    pub(crate) fn readable_by_others(&self) -> Option<&'static str> {
        readable_by(&self.directory).ok().flatten()
    }

    /// Returns who else may create files in the directory.
    pub(crate) fn writable_by_others(&self) -> Option<String> {
        extensible_by(&self.directory).ok().flatten().map(str::to_owned)
    }

    /// Returns `false`: there is no such attribute.
    #[allow(clippy::unused_self, reason = "other systems have one")]
    pub(crate) fn is_immutable(&self) -> bool {
        false
    }

    /// Returns how many bytes can still be written to the directory's disk.
    pub(crate) fn free_space(&self) -> io::Result<Option<u64>> {
        free_bytes(&self.path).map(Some)
    }

    /// Returns the names in the directory that are UTF-8.
    pub(crate) fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Returns true: here a directory can't be locked.
    #[allow(clippy::unused_self, reason = "other systems lock the directory")]
    pub(crate) fn try_lock(&self) -> bool {
        true
    }

    #[allow(clippy::unused_self, reason = "other systems lock the directory")]
    pub(crate) fn unlock(&self) {}

    /// Does nothing, as [`sync`](Handle::sync).
    pub(crate) fn sync_name(_: &Path) -> io::Result<()> {
        Ok(())
    }

    /// Does nothing. NTFS logs changes of names, and the log reaches the disk in order; syncing a
    /// file's own data brings with it all that was logged before.
    #[allow(clippy::unused_self, reason = "other systems sync the directory")]
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Creates private directories: this one, and those above it that are missing.
fn create_all(path: &Path) -> io::Result<()> {
    let is_missing =
        |path: &&Path| fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    let missing = path.ancestors().take_while(is_missing).collect::<Vec<_>>();
    missing.into_iter().rev().try_for_each(create)
}

/// Creates a private directory. If another process has created it first, that one is used.
fn create(path: &Path) -> io::Result<()> {
    match create_private_directory(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::create::create_directory;
    use super::*;
    use crate::account::process_account;

    #[test]
    fn a_directory_that_is_created_is_private_and_an_existing_one_that_is_not_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let root = Handle::root(&folder.path().join("audit"), Sharing::default()).unwrap();
        assert_eq!(root.readable_by_others(), None);
        assert_eq!(root.child_in("below").unwrap().readable_by_others(), None);
        // An existing directory keeps its access; what is created in it is private.
        let open = folder.path().join("open");
        create_directory(&open, &format!("D:P(A;OICI;FA;;;{})(A;OICI;FR;;;WD)", process_account().unwrap()))
            .unwrap();
        let open = Handle::root(&open, Sharing::default()).unwrap();
        assert_eq!(open.readable_by_others(), Some("everybody"));
        assert_eq!(open.child_in("below").unwrap().readable_by_others(), None);
    }

    /// Guards against missing directories above that inherit their access. (Who may replace files is
    /// tested in `readers`: Wine keeps no more of an access list than Unix modes have.)
    #[test]
    fn the_missing_directories_above_it_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let above = folder.path().join("above");
        Handle::root(&above.join("audit"), Sharing::default()).unwrap();
        assert_eq!(Handle::of(&above).unwrap().readable_by_others(), None);
    }

    #[test]
    fn a_directory_knows_its_path_and_its_free_space() {
        let folder = tempfile::tempdir().unwrap();
        let root = Handle::root(&folder.path().join("audit"), Sharing::default()).unwrap();
        assert!(root.is_at(&root.path).unwrap());
        assert!(!root.child_in("below").unwrap().is_at(&root.path).unwrap());
        assert!(root.free_space().unwrap().unwrap() > 0);
    }
}
