//! The folder of requests on other systems than Unix, by path.

use crate::journal::storage::layout::{REQUESTS, STATE};
use crate::request::limits::LONGEST_ANSWER;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The folder of requests of a log.
#[derive(Debug)]
pub(in crate::request) struct Place(PathBuf);

impl Place {
    pub(in crate::request) fn open(dir: &Path) -> io::Result<Place> {
        let state = dir.join(STATE);
        if !state.symlink_metadata()?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        let folder = state.join(REQUESTS);
        match fs::create_dir(&folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        if !folder.symlink_metadata()?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Place(folder))
    }

    pub(in crate::request) fn names(&self) -> io::Result<Vec<String>> {
        let names = self.0.read_dir()?;
        names.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    /// Creates a file, safe against loss of power.
    pub(in crate::request) fn create(&self, name: &str, contents: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(self.0.join(name))?;
        file.write_all(contents)?;
        file.sync_all()
    }

    pub(in crate::request) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(in crate::request) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    /// Returns the contents of a regular file, if it is there.
    pub(in crate::request) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let path = self.0.join(name);
        let file = match path.symlink_metadata() {
            Ok(metadata) if metadata.is_file() => File::open(path)?,
            Ok(_) => return Err(io::Error::other(format!("{name} is not a regular file"))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut contents = Vec::new();
        file.take(LONGEST_ANSWER).read_to_end(&mut contents)?;
        Ok(Some(contents))
    }
}
