//! Reading a day file that has ended once more, before its seal is signed.

use crate::journal::{DayFileName, LineReader, LogFile, Subscription};
use crate::record::{Stamp, hex};
use crate::seal::{Cover, LOST_LEAF, TreeRange, leaf_hash};
use crate::sealer::state::position::Position;
use crate::sealer::trouble::{Outcome, with};
use sha2::{Digest as _, Sha256};
use std::io;

/// How much of a file is read at once, in bytes.
const CHUNK: usize = 256 * 1024;

/// What a file was found to be.
#[derive(Debug)]
pub(in crate::sealer) enum Ended {
    /// It has the lines that were hashed.
    Same { bytes: u64, sha256: String, cover: Cover },
    /// It is not there any more.
    Gone,
    /// It was changed since.
    Changed,
}

/// Reads the current file of a position, which is followed by `next`.
pub(in crate::sealer) fn read_again(
    journal: &Subscription,
    position: &Position,
    name: DayFileName,
    next: DayFileName,
) -> Outcome<Ended> {
    let path = journal.path().join(name.to_string());
    let file = match journal.open(name) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) => {
            return Ok(Ended::Gone);
        }
        Err(error) => return Err(with(path.display())(error)),
    };
    read(&*file, position, next).map_err(with(path.display()))
}

fn read(file: &dyn LogFile, position: &Position, next: DayFileName) -> io::Result<Ended> {
    let mut lines = LineReader::default();
    let mut tree = TreeRange::at(position.in_file.begin());
    let (mut goes_on, mut has_lines, mut end) = (false, false, 0);
    while let Some(line) = lines.next(file)? {
        end = line.end;
        let Some(stamp) = (!line.is_too_long).then(|| Stamp::at_the_ends(line.text()).ok()).flatten() else {
            continue;
        };
        let Some(index) = stamp.seq.checked_sub(position.base).filter(|index| *index >= tree.end()) else {
            continue;
        };
        if line.end > position.offset {
            // Written before the file failed, and again to the next one.
            goes_on = goes_on || index >= position.size();
            continue;
        }
        if index < position.size() {
            // A number that no file has.
            while tree.end() < index {
                tree.push(LOST_LEAF);
            }
            tree.push(leaf_hash(line.text()));
            has_lines = true;
        }
    }
    if !has_lines {
        // Removed, and another file of the day has got its name.
        return Ok(Ended::Gone);
    }
    while tree.end() < position.size() {
        tree.push(LOST_LEAF);
    }
    if tree != position.in_file {
        return Ok(Ended::Changed);
    }
    let (bytes, cover) = if goes_on {
        (position.offset, Cover::Prefix { superseded_by: Some(next.to_string()) })
    } else {
        (file.len()?.max(end), Cover::Whole)
    };
    Ok(Ended::Same { bytes, sha256: digest(file, bytes)?, cover })
}

/// Returns the SHA-256 of the first `bytes` of a file, in hex digits.
pub(in crate::sealer) fn digest(file: &dyn LogFile, bytes: u64) -> io::Result<String> {
    let mut sha256 = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    let mut offset = 0;
    while offset < bytes {
        let wanted = usize::try_from(bytes - offset).unwrap_or(CHUNK).min(CHUNK);
        match file.read_at(&mut chunk[..wanted], offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                sha256.update(&chunk[..read]);
                offset += read as u64;
            }
        }
    }
    Ok(hex(&sha256.finalize()))
}
