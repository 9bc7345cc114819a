//! A log as a directory, whether it came as one or in an archive.

use super::folder::PrivateFolder;
use super::limits::Limits;
use super::unpack::unpack;
use crate::read::regular_file;
use crate::read::verify::VerifyError;
use std::path::{Path, PathBuf};

/// A log as a directory.
#[derive(Debug)]
pub(in crate::read) struct Opened {
    path: PathBuf,
    unpacked: Option<PrivateFolder>,
}

impl Opened {
    /// Unpacks a regular file; anything else is taken as a directory.
    pub(in crate::read) fn at(path: &Path, limits: &Limits) -> Result<Opened, VerifyError> {
        let unpacked = match path.metadata() {
            Ok(metadata) if metadata.is_file() => {
                // The name may be a link that the caller has made.
                let real = path.canonicalize().and_then(|path| regular_file::open(&path));
                let file = real.map_err(|source| VerifyError::unreadable(path, source))?;
                Some(unpack(path, file, limits)?)
            }
            _ => None,
        };
        Ok(Opened { path: path.to_owned(), unpacked })
    }

    /// Returns the log's directory.
    pub(in crate::read) fn dir(&self) -> &Path {
        self.unpacked.as_ref().map_or(&self.path, PrivateFolder::path)
    }

    pub(in crate::read) fn is_archive(&self) -> bool {
        self.unpacked.is_some()
    }

    /// Returns an error about what was unpacked as one about the archive.
    pub(in crate::read) fn named(&self, error: VerifyError) -> VerifyError {
        let named = |path: PathBuf| match path.strip_prefix(self.dir()) {
            Ok(rest) if self.is_archive() && rest.as_os_str().is_empty() => self.path.clone(),
            Ok(rest) if self.is_archive() => self.path.join(rest),
            _ => path,
        };
        match error {
            VerifyError::Unreadable { path, source } => VerifyError::Unreadable { path: named(path), source },
            VerifyError::NoLog { path } => VerifyError::NoLog { path: named(path) },
            other => other,
        }
    }
}
