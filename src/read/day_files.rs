//! The day files of a log, in the order of their records.

use super::error::ReadError;
use crate::journal::storage::layout::DayFileName;
use crate::journal::{first_line, last_record_anywhere};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The paths of the day files, in the order of their first record's number.
#[derive(Debug)]
pub(super) struct DayFiles {
    pub(super) paths: Vec<PathBuf>,
}

impl DayFiles {
    /// Lists the day files of `dir`.
    pub(super) fn list(dir: &Path) -> Result<DayFiles, ReadError> {
        let fail = |source| ReadError::unreadable(dir, source);
        let mut files = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let Some(name) = entry.file_name().to_str().and_then(DayFileName::parse) else {
                continue;
            };
            let path = entry.path();
            let fail = |source| ReadError::unreadable(&path, source);
            if !entry.file_type().map_err(fail)?.is_file() {
                continue;
            }
            let first = File::open(&path).and_then(|file| first_line(&file)).map_err(fail)?;
            files.push((first.seq(), name, path));
        }
        files.sort_by_key(|(seq, name, _)| (*seq, *name));
        Ok(DayFiles { paths: files.into_iter().map(|(.., path)| path).collect() })
    }

    /// Returns the number of the last record in the last file.
    pub(super) fn last_seq(&self) -> Result<Option<u64>, ReadError> {
        let Some(path) = self.paths.last() else {
            return Ok(None);
        };
        let last = File::open(path).and_then(|file| last_record_anywhere(&file));
        Ok(last.map_err(|source| ReadError::unreadable(path, source))?.map(|stamp| stamp.seq))
    }
}
