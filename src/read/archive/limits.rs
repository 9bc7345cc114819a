//! How an archive may be unpacked.

use std::path::PathBuf;

/// The most bytes that come out of an archive, unless the caller says otherwise: 16 GiB.
const MOST_BYTES: u64 = 16 << 30;

/// The most entries of an archive: those of a log of a hundred years, with three files a day, and as many others.
const MOST_ENTRIES: usize = 200_000;

/// How an archive may be unpacked.
#[derive(Clone, Debug)]
pub(in crate::read) struct Limits {
    /// The most bytes that may come out of it, all entries and the archive's own structure counted.
    pub(in crate::read) bytes: u64,
    /// The most entries that it may have.
    pub(in crate::read) entries: usize,
    /// The folder in which the private one is made.
    pub(in crate::read) folder: Option<PathBuf>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: MOST_BYTES, entries: MOST_ENTRIES, folder: None }
    }
}
