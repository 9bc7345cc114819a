//! The records that a process which died has left in its intake.

use super::error::ReadError;
use super::regular_file;
use crate::journal::intake::Image;
use crate::journal::storage::layout::{INTAKE, JOURNAL, STATE};
use crate::journal::storage::{id_bytes, id_in};
use crate::record::Record;
use std::io;
use std::path::Path;

/// Returns the journal's id, from its file.
fn id(path: &Path) -> Result<[u8; 16], ReadError> {
    let id = regular_file::contents(path, 1 << 16).and_then(|text| id_in(&text));
    Ok(id_bytes(&id.map_err(|source| ReadError::unreadable(path, source))?))
}

/// Returns the records in the intake that follow the last one in the day files.
pub(super) fn records(dir: &Path, next_seq: u64) -> Result<Vec<Record>, ReadError> {
    let path = dir.join(STATE).join(INTAKE);
    let fail = |source| ReadError::unreadable(&path, source);
    let bytes = match regular_file::contents(&path, Image::LONGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fail(error)),
    };
    if Image::is_blank(&bytes) {
        return Ok(Vec::new());
    }
    let image = Image::of(bytes, id(&dir.join(STATE).join(JOURNAL))?).map_err(fail)?;
    let lines = image.lines().filter(|(seq, _)| *seq >= next_seq);
    lines
        .map(|(seq, line)| {
            Record::from_newer_line(line.trim_ascii_end()).map_err(|error| {
                let reason = format!("the line of record {seq} is not a record: {error}");
                fail(io::Error::new(io::ErrorKind::InvalidData, reason))
            })
        })
        .collect()
}
