//! The day files of a log, in the order of their records.

use super::error::ReadError;
use super::regular_file;
use crate::journal::storage::layout::{CHECKPOINT, DayFileName, STATE, SYNCED};
use crate::journal::{own_ends, reached};
use crate::record::Stamp;
use std::io;
use std::path::{Path, PathBuf};

/// A day file.
#[derive(Debug)]
pub(super) struct DayFile {
    /// The number of its first record, if it begins with one.
    pub(super) first_seq: Option<u64>,
    pub(super) path: PathBuf,
}

/// The day files, in the order of their first record's number.
#[derive(Debug)]
pub(super) struct DayFiles {
    pub(super) files: Vec<DayFile>,
    /// The number before which there were records, as far as the log's state can be read.
    pub(super) reached: Option<u64>,
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
            let first = match regular_file::open(&path).and_then(|file| own_ends(&file, None)) {
                Ok(ends) => ends.map(|(first, _)| first.seq),
                // `Records` says so in its place.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => None,
                Err(source) => return Err(ReadError::unreadable(&path, source)),
            };
            files.push((first, name, path));
        }
        files.sort_by_key(|(seq, name, _)| (*seq, *name));
        // Only the log's owner may read these: without them, numbers are judged by one another.
        let state = |name| regular_file::contents(&dir.join(STATE).join(name), 1 << 16).ok();
        let reached = reached(state(CHECKPOINT).as_deref(), state(SYNCED).as_deref());
        let files = files.into_iter().map(|(first_seq, _, path)| DayFile { first_seq, path }).collect();
        Ok(DayFiles { files, reached })
    }

    /// Returns the number behind that of the last record.
    pub(super) fn next_seq(&self) -> Result<u64, ReadError> {
        Ok(self.last()?.map_or(0, |last| last.seq.saturating_add(1)))
    }

    /// Returns the record with the greatest number.
    pub(super) fn last(&self) -> Result<Option<Stamp>, ReadError> {
        let mut newest = None::<Stamp>;
        for DayFile { path, .. } in &self.files {
            let next_seq = newest.map_or(0, |newest| newest.seq.saturating_add(1));
            let reached = self.reached.map(|reached| reached.max(next_seq));
            match regular_file::open(path).and_then(|file| own_ends(&file, reached)) {
                Ok(ends) => {
                    let last = ends.map(|(_, last)| last).filter(|last| last.seq >= next_seq);
                    newest = last.or(newest);
                }
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
                Err(source) => return Err(ReadError::unreadable(path, source)),
            }
        }
        Ok(newest)
    }
}
