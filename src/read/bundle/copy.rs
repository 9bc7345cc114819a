//! Copying files of a log into a bundle.

use super::pack::Pack;
use crate::read::manifest::FileEntry;
use crate::record::{Stamp, hex};
use memchr::memrchr;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};

/// How much is read at once, in bytes.
const CHUNK: usize = 256 * 1024;

/// The longest end of a file in which its last line is looked for, in bytes.
const LONGEST_LINE: u64 = 64 << 20;

/// Returns the offset behind the last `\n` before `end`; 0 if there is none.
pub(super) fn end_of_lines(file: &File, end: u64) -> io::Result<u64> {
    let (mut chunk, mut at) = (vec![0; CHUNK], end);
    let mut file = file;
    while at > 0 && end - at < LONGEST_LINE {
        let start = at.saturating_sub(CHUNK as u64);
        let part = &mut chunk[..usize::try_from(at - start).unwrap_or(0)];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(part)?;
        if let Some(newline) = memrchr(b'\n', part) {
            return Ok(start + newline as u64 + 1);
        }
        at = start;
    }
    Ok(0)
}

/// Returns the number of the record in the last whole line before `end`, if it is one.
pub(super) fn last_seq(file: &File, end: u64) -> io::Result<Option<u64>> {
    let end = end_of_lines(file, end)?;
    let Some(before) = end.checked_sub(1) else {
        return Ok(None);
    };
    let start = end_of_lines(file, before)?;
    let mut line = vec![0; usize::try_from(before - start).unwrap_or(0)];
    let mut file = file;
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut line)?;
    Ok(Stamp::at_the_ends(&line).ok().map(|stamp| stamp.seq))
}

/// Adds the first `bytes` of a file.
///
/// # Errors
///
/// [`io::ErrorKind::UnexpectedEof`] if it is shorter; other errors are those of reading, or of writing, which are wrapped in
/// [`Writing`].
pub(super) fn file<W: Write>(
    pack: &mut Pack<W>,
    path: &str,
    mut file: &File,
    bytes: u64,
    mut progress: impl FnMut(u64),
) -> io::Result<FileEntry> {
    file.seek(SeekFrom::Start(0))?;
    pack.begin(path, bytes).map_err(Writing::of)?;
    let (mut chunk, mut sha256, mut left) = (vec![0; CHUNK], Sha256::new(), bytes);
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let read = match file.read(&mut chunk[..wanted]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        sha256.update(&chunk[..read]);
        pack.add(&chunk[..read]).map_err(Writing::of)?;
        left -= read as u64;
        progress(bytes - left);
    }
    pack.end(bytes).map_err(Writing::of)?;
    Ok(FileEntry {
        path: path.to_owned(),
        bytes,
        sha256: hex(&sha256.finalize()),
        first_seq: None,
        last_seq: None,
    })
}

/// Adds a file with these contents.
pub(super) fn text<W: Write>(pack: &mut Pack<W>, path: &str, text: &[u8]) -> io::Result<FileEntry> {
    let bytes = text.len() as u64;
    let added = pack.begin(path, bytes).and_then(|()| pack.add(text)).and_then(|()| pack.end(bytes));
    added.map_err(Writing::of)?;
    let sha256 = hex(&Sha256::digest(text));
    Ok(FileEntry { path: path.to_owned(), bytes, sha256, first_seq: None, last_seq: None })
}

/// An error of writing the bundle, which is told from those of reading the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Writing(io::Error);

impl Writing {
    pub(super) fn of(error: io::Error) -> io::Error {
        io::Error::other(Writing(error))
    }

    /// Returns the error of writing in an error.
    pub(super) fn in_error(error: io::Error) -> Result<io::Error, io::Error> {
        match error.downcast::<Writing>() {
            Ok(Writing(error)) => Ok(error),
            Err(other) => Err(other),
        }
    }
}
