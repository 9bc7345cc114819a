//! Files in which the log's records are not simply one behind the other: copies of files that could not be synced,
//! lines of other programs, damaged beginnings and ends.
//!
//! They are read as [`Reader`](crate::read::Reader) reads them, line by line. What comes of it is the parts of
//! the files that are to be searched, in order: each record is in one of them, and nothing else.

use super::super::scan::{OddLine, read_at};
use super::super::trouble::{Trouble, TroubleKind};
use super::day_file::DayFile;
use super::segment::Segment;
use crate::read::day_files::{DayFile as Listed, DayFiles};
use crate::read::error::ReadError;
use crate::read::in_order::{Decode, InOrder};
use crate::record::{DecodeError, Stamp};
use std::io;
use std::sync::Arc;

/// A line that can be searched.
struct Searchable {
    seq: Option<u64>,
}

impl Decode for Searchable {
    fn decode(line: &[u8]) -> Result<Searchable, DecodeError> {
        match Stamp::at_the_ends(line) {
            Ok(stamp) => Ok(Searchable { seq: Some(stamp.seq) }),
            Err(error) => match OddLine::of(line) {
                Ok(odd) => Ok(Searchable { seq: odd.seq }),
                Err(reason) => Err(error.because(reason)),
            },
        }
    }

    fn seq(&self) -> Option<u64> {
        self.seq
    }
}

/// Returns the parts of the files that are to be searched, in order, and what else is in the files. The number
/// before which there were records may be known.
pub(in crate::read::query) fn untangle(
    files: &[(Option<u64>, Arc<DayFile>)],
    reached: Option<u64>,
) -> (Vec<Segment>, Vec<Trouble>) {
    let listed =
        files.iter().map(|(first_seq, file)| Listed { first_seq: *first_seq, path: file.path.clone() });
    let listed = DayFiles { files: listed.collect(), reached };
    let (mut segments, mut troubles) = (Vec::<Segment>::new(), Vec::new());
    for placed in InOrder::<Searchable>::new(&listed) {
        let placed = match placed {
            Ok(placed) => placed,
            Err(error) => {
                note(&mut troubles, error);
                continue;
            }
        };
        let seq = placed.value.seq;
        if let Some(last) = segments.last_mut()
            && last.file.path == placed.path
            && last.bytes.end == placed.byte
            && follows(last.seqs, seq)
        {
            last.bytes.end = placed.end;
            last.seqs = match (last.seqs, seq) {
                (Some((first, _)), Some(seq)) => Some((first, seq)),
                (None, Some(seq)) => Some((seq, seq)),
                (seqs, None) => seqs,
            };
            continue;
        }
        let Some((_, file)) = files.iter().find(|(_, file)| file.path == placed.path) else {
            continue;
        };
        segments.push(Segment {
            file: Arc::clone(file),
            bytes: placed.byte..placed.end,
            seqs: seq.map(|seq| (seq, seq)),
            times: None,
            is_untangled: true,
        });
    }
    troubles.extend(holes(&segments));
    for (_, file) in files {
        troubles.extend(torn_end(file));
    }
    (segments, troubles)
}

/// Returns whether a number is the one behind these.
fn follows(seqs: Option<(u64, u64)>, seq: Option<u64>) -> bool {
    match (seqs, seq) {
        (Some((_, last)), Some(seq)) => last.checked_add(1) == Some(seq),
        _ => true,
    }
}

/// Returns what is to be said of records that are missing between others.
fn holes(segments: &[Segment]) -> Vec<Trouble> {
    let (mut next_seq, mut holes) = (None, Vec::new());
    for Segment { file, seqs, .. } in segments {
        let Some((first, last)) = *seqs else {
            continue;
        };
        if let Some(next) = next_seq.filter(|next| *next < first) {
            let kind = TroubleKind::Missing { from_seq: next, to_seq: first - 1 };
            holes.push(Trouble::of(&file.path, kind));
        }
        next_seq = last.checked_add(1);
    }
    holes
}

/// Returns what is to be said of a last line without an end.
fn torn_end(file: &DayFile) -> Option<Trouble> {
    let unreadable = |error| Some(Trouble::of(&file.path, TroubleKind::Unreadable(error)));
    let torn = || {
        let (open, mut end, mut buffer) = (file.open()?, file.len, vec![0; 64 * 1024]);
        while end > 0 {
            let start = end.saturating_sub(buffer.len() as u64);
            let len = usize::try_from(end - start).map_err(io::Error::other)?;
            let read = read_at(&open, &mut buffer[..len], start)?;
            if let Some(at) = memchr::memrchr(b'\n', &buffer[..read]) {
                end = start + at as u64 + 1;
                break;
            }
            end = start;
        }
        let line = if end < file.len { file.lines_before(end)? } else { 0 };
        Ok((end, line))
    };
    match torn() {
        Ok((end, _)) if end == file.len => None,
        Ok((end, line)) => Some(Trouble {
            path: file.path.clone(),
            line: Some(line + 1),
            byte: Some(end),
            kind: TroubleKind::Torn { bytes: file.len - end, is_newest: file.is_newest },
        }),
        Err(error) => unreadable(error),
    }
}

fn note(troubles: &mut Vec<Trouble>, error: ReadError) {
    let trouble = match error {
        ReadError::Unreadable { path, source } => Trouble::of(path, TroubleKind::Unreadable(source)),
        ReadError::Foreign { path, line, byte, seq } => {
            Trouble { path, line: Some(line), byte: Some(byte), kind: TroubleKind::Foreign { seq } }
        }
        ReadError::NoRecord { path, byte, source } => {
            if let Some(Trouble {
                path: last_path,
                line: Some(line),
                kind: TroubleKind::NotARecord { lines, .. },
                ..
            }) = troubles.last_mut()
                && *last_path == path
                && *line + *lines == source.line
            {
                *lines += 1;
                return;
            }
            let kind = TroubleKind::NotARecord { lines: 1, reason: source.reason().to_owned() };
            Trouble { path, line: Some(source.line), byte: Some(byte), kind }
        }
    };
    troubles.push(trouble);
}
