//! Without the feature `cli`, a log is a directory.

use super::verify::VerifyError;
use std::path::{Path, PathBuf};

/// How an archive may be unpacked.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits(());

/// A log as a directory.
#[derive(Debug)]
pub(super) struct Opened {
    path: PathBuf,
}

impl Opened {
    pub(super) fn at(path: &Path, _limits: &Limits) -> Result<Opened, VerifyError> {
        Ok(Opened { path: path.to_owned() })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_archive(&self) -> bool {
        false
    }

    pub(super) fn named(&self, error: VerifyError) -> VerifyError {
        error
    }
}
