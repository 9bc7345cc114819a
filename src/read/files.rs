//! The day files of a log, in their order.

use super::ReadError;
use crate::journal::storage::layout::DayFileName;
use crate::record::Stamp;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// A line longer than this is no record, in bytes.
pub(super) const LONGEST_LINE: u64 = 64 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct DayFiles {
    pub(super) paths: Vec<PathBuf>,
}

impl DayFiles {
    pub(super) fn look(dir: &Path) -> Result<DayFiles, ReadError> {
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
            let first = first_line(&path).map_err(fail)?;
            files.push((Stamp::of(&first).ok().map(|stamp| stamp.seq), name, path));
        }
        files.sort_by_key(|(seq, name, _)| (*seq, *name));
        Ok(DayFiles { paths: files.into_iter().map(|(.., path)| path).collect() })
    }

    /// The number of the last record in the last file.
    pub(super) fn last_seq(&self) -> Result<Option<u64>, ReadError> {
        let Some(path) = self.paths.last() else {
            return Ok(None);
        };
        last_seq(path).map_err(|source| ReadError::unreadable(path, source))
    }
}

fn first_line(path: &Path) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    BufReader::new(File::open(path)?).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    Ok(line)
}

/// The number of the last line that is a record.
fn last_seq(path: &Path) -> io::Result<Option<u64>> {
    const CHUNK: u64 = 64 * 1024;
    let mut file = File::open(path)?;
    let mut start = file.seek(SeekFrom::End(0))?;
    // From the end on, until there is one.
    let mut rest = Vec::new();
    while start > 0 {
        let end = start;
        start = start.saturating_sub(CHUNK);
        let mut chunk = vec![0; usize::try_from(end - start).unwrap_or(0)];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut chunk)?;
        chunk.append(&mut rest);
        rest = chunk;
        // The first piece may lack its beginning.
        let begin = match start {
            0 => 0,
            _ => rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1),
        };
        let whole = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let lines = rest.get(begin..whole).unwrap_or_default();
        let stamp = lines.split(|byte| *byte == b'\n').rev().find_map(|line| Stamp::of(line).ok());
        if let Some(stamp) = stamp {
            return Ok(Some(stamp.seq));
        }
        if rest.len() as u64 > LONGEST_LINE {
            break;
        }
    }
    Ok(None)
}
