//! A private folder for what is unpacked, removed at the end.

use crate::record::hex;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A folder that only its owner may look into. It is removed with all that is in it when it is dropped.
#[derive(Debug)]
pub(super) struct PrivateFolder {
    path: PathBuf,
}

impl PrivateFolder {
    /// Makes one with a name of its own.
    pub(super) fn new_in(parent: &Path) -> io::Result<PrivateFolder> {
        let mut random = [0; 8];
        getrandom::fill(&mut random)?;
        let path = parent.join(format!("auditlog-{}", hex(&random)));
        create(&path)?;
        Ok(PrivateFolder { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates a file at a relative path, and the folders before it.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::AlreadyExists`] if there is one.
    pub(super) fn create(&self, path: &str) -> io::Result<File> {
        for (at, _) in path.match_indices('/') {
            match create(&self.path.join(&path[..at])) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.path.join(path))
    }
}

fn create(path: &Path) -> io::Result<()> {
    #[allow(unused_mut, reason = "a mode is of Unix")]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// What can't be removed stays: the result is known by then, and the folder is private.
impl Drop for PrivateFolder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.path).unwrap_or(());
    }
}
