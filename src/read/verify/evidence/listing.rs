//! The files of a log, as they are at one moment.

use super::super::error::VerifyError;
use crate::journal::{DayFileName, own_ends};
use crate::read::regular_file;
use std::io;
use std::path::{Path, PathBuf};

/// A day file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::read) struct DayFile {
    pub(in crate::read) name: String,
    pub(in crate::read) path: PathBuf,
    /// Its length in bytes. What is appended later is not read.
    pub(in crate::read) len: u64,
    /// The number of its first record, if it begins with one.
    pub(in crate::read) first_seq: Option<u64>,
}

/// The day files, in the order of their records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::read) struct Listing {
    pub(in crate::read) files: Vec<DayFile>,
    /// Names of day files that are links, folders or other things than files, each with what it is.
    pub(in crate::read) others: Vec<(String, String)>,
}

/// Returns the names in a folder; none if it is not there.
pub(in crate::read) fn names(folder: &Path) -> Result<Vec<String>, VerifyError> {
    let fail = |source| VerifyError::unreadable(folder, source);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(fail(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.map_err(fail)?.file_name().to_str().map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

impl Listing {
    /// Lists the day files of `dir`.
    pub(in crate::read) fn of(dir: &Path) -> Result<Listing, VerifyError> {
        dir.read_dir().map_err(|source| VerifyError::unreadable(dir, source))?;
        let mut listing = Listing::default();
        let mut days = names(dir)?;
        days.retain(|name| DayFileName::parse(name).is_some());
        days.sort_by_key(|name| DayFileName::parse(name));
        for name in days {
            let path = dir.join(&name);
            let ends = regular_file::open(&path).and_then(|file| {
                Ok((file.metadata()?.len(), own_ends(&file, None)?.map(|(first, _)| first.seq)))
            });
            match ends {
                Ok((len, first_seq)) => listing.files.push(DayFile { name, path, len, first_seq }),
                // It was pruned just now.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                    listing.others.push((name, error.to_string()));
                }
                Err(source) => return Err(VerifyError::unreadable(path, source)),
            }
        }
        // Stable: files without records come first, in the order of their names.
        listing.files.sort_by_key(|file| file.first_seq);
        Ok(listing)
    }

    /// Returns whether a later look at the same log has found it changed otherwise than by lines at the
    /// end of the newest file.
    pub(in crate::read) fn differs_from(&self, later: &Listing) -> bool {
        let names = |listing: &Listing| {
            listing.files.iter().map(|file| (file.name.clone(), file.len)).collect::<Vec<_>>()
        };
        names(self) != names(later)
    }
}
