//! What a process that died has left in its intake.

use super::ReadError;
use crate::journal::intake::{Image, LABEL_BYTES};
use crate::journal::storage::layout::{INTAKE, JOURNAL, STATE};
use crate::journal::storage::{id_bytes, id_in};
use crate::record::Record;
use std::io;
use std::path::Path;

fn id(path: &Path) -> Result<[u8; 16], ReadError> {
    let text = std::fs::read(path);
    let id = text.and_then(|text| id_in(&text)).map_err(|source| ReadError::unreadable(path, source))?;
    Ok(id_bytes(&id))
}

/// The records that follow the last one in the day files.
pub(super) fn records(dir: &Path, last_seq: Option<u64>) -> Result<Vec<Record>, ReadError> {
    let path = dir.join(STATE).join(INTAKE);
    let fail = |source| ReadError::unreadable(&path, source);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fail(error)),
    };
    // It was made, and nobody has put anything in.
    if bytes.iter().take(LABEL_BYTES).all(|byte| *byte == 0) {
        return Ok(Vec::new());
    }
    let image = Image::of(bytes, id(&dir.join(STATE).join(JOURNAL))?).map_err(fail)?;
    let next_seq = last_seq.map_or(0, |last| last.saturating_add(1));
    let lines = image.lines().filter(|(seq, _)| *seq >= next_seq);
    lines
        .map(|(seq, line)| {
            Record::from_line(line.trim_ascii_end()).map_err(|error| {
                let reason = format!("its record {seq} is none: {error}");
                fail(io::Error::new(io::ErrorKind::InvalidData, reason))
            })
        })
        .collect()
}
