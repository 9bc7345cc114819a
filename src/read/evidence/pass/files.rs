//! The files of a log as they were at one moment.

use crate::read::query::Trouble;
use crate::read::regular_file;
use crate::read::verify::{DayFile, Listing, VerifyError};
use crate::record::hex;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// So much is read at once, in bytes.
const CHUNK: usize = 256 << 10;

/// The day files of a log. What is appended later is not read.
#[derive(Debug)]
pub(in crate::read::evidence) struct FileList {
    dir: PathBuf,
    listing: Listing,
    lengths: HashMap<PathBuf, u64>,
}

impl FileList {
    pub(in crate::read::evidence) fn of(dir: &Path) -> Result<FileList, VerifyError> {
        let listing = Listing::of(dir)?;
        let lengths = listing.files.iter().map(|file| (file.path.clone(), file.len)).collect();
        Ok(FileList { dir: dir.to_owned(), listing, lengths })
    }

    pub(in crate::read::evidence) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the files, in the order of their records.
    pub(in crate::read::evidence) fn files(&self) -> &[DayFile] {
        &self.listing.files
    }

    /// Returns the length that a file had; 0 if it was not there.
    pub(super) fn len(&self, path: &Path) -> u64 {
        self.lengths.get(path).copied().unwrap_or_default()
    }

    /// Returns whether something is about what was there.
    pub(super) fn has_in_part(&self, path: &Path, byte: Option<u64>) -> bool {
        self.lengths.get(path).is_none_or(|len| byte.is_none_or(|byte| byte < *len))
    }

    /// Says what was met, with the path relative to the log's directory.
    pub(super) fn relative(&self, met: Trouble) -> String {
        let path = met.path.strip_prefix(&self.dir).map(Path::to_owned);
        Trouble { path: path.unwrap_or(met.path), ..met }.to_string()
    }

    /// Returns the SHA-256 of each file as it was, 64 hex digits.
    pub(in crate::read::evidence) fn hashes(&self) -> Result<Vec<String>, VerifyError> {
        let (next, files) = (AtomicUsize::new(0), self.files());
        let work = || {
            let mut hashes = Vec::new();
            // Each thread takes the next file; nothing else depends on the order.
            while let Some((at, file)) =
                Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| files.get(at).map(|file| (at, file)))
            {
                hashes.push((at, hash(file).map_err(|source| VerifyError::unreadable(&file.path, source))));
            }
            hashes
        };
        let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(8));
        let mut hashes = std::thread::scope(|scope| {
            let threads = (1..threads).map(|_| scope.spawn(work)).collect::<Vec<_>>();
            let mut hashes = work();
            for thread in threads {
                hashes.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            hashes
        });
        hashes.sort_by_key(|(at, _)| *at);
        hashes.into_iter().map(|(_, hash)| hash).collect()
    }
}

fn hash(file: &DayFile) -> io::Result<String> {
    let mut contents = regular_file::open(&file.path)?.take(file.len);
    let (mut chunk, mut sha256, mut read) = (vec![0; CHUNK], Sha256::new(), 0);
    loop {
        match contents.read(&mut chunk)? {
            0 if read == file.len => return Ok(hex(&sha256.finalize())),
            0 => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is shorter than it was")),
            len => {
                sha256.update(&chunk[..len]);
                read += len as u64;
            }
        }
    }
}
