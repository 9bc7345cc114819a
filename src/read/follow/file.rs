//! A day file that is followed.

use crate::journal::storage::layout::DayFileName;
use crate::journal::{LineReader, ReadAt};
use crate::read::query::{DayFile, LONGEST_LINE, Match, read_at};
use crate::read::regular_file;
use crate::read::{Trouble, TroubleKind};
use std::fs::{File, Metadata};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// So many bytes before the place that was reached are compared, to see that the file is still the one that was read.
const BEFORE: usize = 64;

/// A day file that is followed.
#[derive(Debug)]
pub(super) struct FollowedFile {
    pub(super) name: DayFileName,
    pub(super) path: PathBuf,
    pub(super) day_file: Arc<DayFile>,
    /// The offset behind the last line that was read.
    pub(super) offset: u64,
    /// How many lines that is, if the file was read from its beginning.
    pub(super) lines: Option<u64>,
    /// The last bytes before the offset.
    before: Vec<u8>,
    /// Whether the offset is in a line that is too long.
    is_in_long_line: bool,
    /// The length and the time of the last change, as they were seen last.
    seen: Option<(u64, Option<SystemTime>)>,
    /// When that was last another one.
    pub(super) changed: Instant,
    /// The number that is expected next.
    pub(super) next_seq: Option<u64>,
    /// The number that was expected before a line that does not follow.
    pub(super) skipped_seq: Option<u64>,
    /// The next record, which was read already.
    pub(super) held: Option<Match>,
    /// Lines that are no records, up to the offset.
    pub(super) bad: Option<Trouble>,
    /// Where a line without an end begins, and since when.
    pub(super) torn: Option<(u64, Instant)>,
    /// Whether it was said that the last line is torn.
    pub(super) is_torn_said: bool,
    /// Why it could not be read, the last time that it was said.
    pub(super) error: Option<String>,
}

/// A day file that is being read.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) name: DayFileName,
    pub(super) file: File,
    pub(super) reader: LineReader,
}

impl FollowedFile {
    pub(super) fn new(journal: &Arc<str>, name: DayFileName, path: PathBuf) -> FollowedFile {
        FollowedFile {
            name,
            day_file: DayFile::of_followed(journal, &path),
            path,
            offset: 0,
            lines: Some(0),
            before: Vec::new(),
            is_in_long_line: false,
            seen: None,
            changed: Instant::now(),
            next_seq: None,
            skipped_seq: None,
            held: None,
            bad: None,
            torn: None,
            is_torn_said: false,
            error: None,
        }
    }

    /// Returns whether the file has changed since this was asked last.
    pub(super) fn has_changed(&mut self, metadata: &Metadata) -> bool {
        let seen = Some((metadata.len(), metadata.modified().ok()));
        let has_changed = self.seen != seen;
        if has_changed {
            (self.seen, self.changed) = (seen, Instant::now());
        }
        has_changed
    }

    /// Has the file looked at again, whether it changes or not.
    pub(super) fn forget_seen(&mut self) {
        self.seen = None;
    }

    /// Opens the file to read on. If it is not the one that was read before, it is read from its beginning, and
    /// that is said.
    pub(super) fn open(&mut self) -> io::Result<(Opened, Option<Trouble>)> {
        let file = regular_file::open(&self.path)?;
        let len = file.metadata()?.len();
        let kind = if len < self.offset {
            Some(TroubleKind::Truncated { from: self.offset, to: len })
        } else if self.is_another(&file)? {
            Some(TroubleKind::Replaced)
        } else {
            None
        };
        let trouble = kind.map(|kind| {
            (self.offset, self.lines, self.is_in_long_line) = (0, Some(0), false);
            (self.next_seq, self.skipped_seq, self.torn) = (None, None, None);
            self.before.clear();
            self.day_file = self.day_file.again();
            Trouble { path: self.path.clone(), line: None, byte: None, kind }
        });
        let reader = LineReader::new(self.offset).at_most(LONGEST_LINE).in_long_line(self.is_in_long_line);
        Ok((Opened { name: self.name, file, reader }, trouble))
    }

    /// Returns whether the bytes before the offset are others.
    fn is_another(&self, file: &File) -> io::Result<bool> {
        Ok(bytes_before(file, self.offset, self.before.len())? != self.before)
    }

    /// Begins at an offset, where a line begins.
    pub(super) fn begin_at(&mut self, file: &File, offset: u64) -> io::Result<()> {
        self.before = bytes_before(file, offset, BEFORE)?;
        (self.offset, self.lines) = (offset, (offset == 0).then_some(0));
        Ok(())
    }

    /// Passes a line, or the part of a line that is too long.
    pub(super) fn pass(&mut self, bytes: &[u8], end: u64, is_too_long: bool) {
        let len = bytes.len().min(BEFORE);
        self.before.clear();
        self.before.extend_from_slice(&bytes[bytes.len() - len..]);
        self.offset = end;
        self.is_in_long_line = is_too_long;
        self.lines = self.lines.map(|lines| lines + 1);
        (self.torn, self.is_torn_said) = (None, false);
    }

    /// Notes where the reader has stopped at the end of the file.
    pub(super) fn pause(&mut self, reader: &LineReader, file: &File) -> io::Result<()> {
        self.is_in_long_line = reader.is_in_long_line();
        if reader.offset() > self.offset {
            // The rest of a line that is too long, as far as it is there.
            self.before = bytes_before(file, reader.offset(), BEFORE)?;
            self.offset = reader.offset();
        }
        // A line that is too long was named as such.
        let is_torn = reader.torn_bytes() > 0 && !self.is_in_long_line;
        self.torn = match self.torn {
            Some((at, since)) if is_torn && at == self.offset => Some((at, since)),
            _ if is_torn => Some((self.offset, Instant::now())),
            _ => None,
        };
        Ok(())
    }

    /// Returns what is wrong with the line at the offset, which begins at this byte.
    pub(super) fn trouble(&mut self, byte: u64, kind: TroubleKind) -> Trouble {
        // The file may not have been read from its beginning.
        self.lines = self.lines.or_else(|| self.day_file.lines_before(self.offset).ok());
        Trouble { path: self.path.clone(), line: self.lines.map(|lines| lines + 1), byte: Some(byte), kind }
    }
}

/// The beginning of a file, as if it had no more.
pub(super) struct Beginning<'a> {
    pub(super) file: &'a File,
    pub(super) len: u64,
}

impl ReadAt for Beginning<'_> {
    fn read_some(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let len = buffer.len().min(left);
        read_at(self.file, &mut buffer[..len], offset)
    }

    fn byte_len(&self) -> io::Result<u64> {
        Ok(self.len)
    }
}

/// Returns up to `len` bytes before an offset.
fn bytes_before(file: &File, offset: u64, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(offset).unwrap_or(usize::MAX).min(len)];
    let (start, mut filled) = (offset - bytes.len() as u64, 0);
    while filled < bytes.len() {
        match read_at(file, &mut bytes[filled..], start + filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Returns where the last whole line of a file ends.
pub(super) fn end_of_lines(file: &File) -> io::Result<u64> {
    const CHUNK: u64 = 64 * 1024;
    let mut end = file.metadata()?.len();
    loop {
        let bytes = bytes_before(file, end, CHUNK as usize)?;
        if let Some(at) = memchr::memrchr(b'\n', &bytes) {
            return Ok(end.saturating_sub(CHUNK) + at as u64 + 1);
        }
        if end <= CHUNK {
            return Ok(0);
        }
        end -= CHUNK;
    }
}
