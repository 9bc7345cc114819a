//! The files of a log, as they were when they were verified.

use crate::read::query::Trouble;
use crate::read::verify::VerifiedFile;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The day files of a log. What is appended later is not read.
#[derive(Debug)]
pub(in crate::read::evidence) struct FileList {
    dir: PathBuf,
    files: Vec<VerifiedFile>,
    lens: Arc<HashMap<PathBuf, u64>>,
}

impl FileList {
    pub(in crate::read::evidence) fn of(dir: &Path, mut files: Vec<VerifiedFile>) -> FileList {
        // One that is gone was pruned meanwhile.
        files.retain(|file| file.sha256.is_some());
        let lens = files.iter().map(|file| (file.path.clone(), file.len)).collect();
        FileList { dir: dir.to_owned(), files, lens: Arc::new(lens) }
    }

    pub(in crate::read::evidence) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the files, in the order of their records.
    pub(in crate::read::evidence) fn files(&self) -> &[VerifiedFile] {
        &self.files
    }

    /// Returns the lengths that the files had.
    pub(super) fn lens(&self) -> Arc<HashMap<PathBuf, u64>> {
        Arc::clone(&self.lens)
    }

    /// Returns whether something is about what was there.
    pub(super) fn has_in_part(&self, path: &Path, byte: Option<u64>) -> bool {
        self.lens.get(path).is_none_or(|len| byte.is_none_or(|byte| byte < *len))
    }

    /// Says what was met, with the path relative to the log's directory.
    pub(super) fn relative(&self, met: Trouble) -> String {
        let path = met.path.strip_prefix(&self.dir).map(Path::to_owned);
        Trouble { path: path.unwrap_or(met.path), ..met }.to_string()
    }
}
