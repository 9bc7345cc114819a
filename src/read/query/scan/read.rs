//! Reading a piece of a file: the lines that begin in it.

use super::fault::Fault;
use super::piece::Piece;
use std::fs::File;
use std::io;
use std::ops::Range;

/// No record is longer, whatever the log is set to (4 MiB), nor are keys that a later version may add. In bytes.
pub(in crate::read) const LONGEST_LINE: usize = (4 << 20) + (64 << 10);

/// How much is read at first behind a piece for the rest of its last line, in bytes.
const MORE: usize = 4 * 1024;

/// Reads at an offset, without regard to where others read.
pub(in crate::read) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    loop {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(file, buffer, offset);
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(file, buffer, offset);
        match read {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Reads on behind what is in the buffer, until it has so many bytes more or the file ends. Returns whether
/// the file has ended.
fn read_more(file: &File, buffer: &mut Vec<u8>, offset: u64, more: usize) -> io::Result<bool> {
    let mut filled = buffer.len();
    let wanted = filled + more;
    buffer.resize(wanted, 0);
    let start = offset - filled as u64;
    while filled < wanted {
        match read_at(file, &mut buffer[filled..], start + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) => {
                buffer.truncate(filled);
                return Err(error);
            }
        }
    }
    buffer.truncate(filled);
    Ok(filled < wanted)
}

impl Piece {
    /// Reads the whole lines that begin in a range of a file. A line begins at its start if
    /// `begins_with_line`. A last line that is torn or too long is left out; returns its place and its fault.
    pub(super) fn read(
        &mut self,
        file: &File,
        range: Range<u64>,
        begins_with_line: bool,
    ) -> io::Result<Option<(usize, Fault)>> {
        let bytes = &mut self.bytes;
        bytes.clear();
        // The byte before tells whether a line begins.
        let start = if begins_with_line { range.start } else { range.start.saturating_sub(1) };
        self.start = start;
        let len = usize::try_from(range.end - start).map_err(io::Error::other)?;
        let mut has_ended = read_more(file, bytes, start, len)?;
        self.skipped = if begins_with_line || range.start == 0 {
            0
        } else {
            memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1)
        };
        self.start += self.skipped as u64;
        let last = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1).max(self.skipped);
        if last == bytes.len() {
            return Ok(None);
        }
        let (mut searched, mut more) = (bytes.len(), MORE);
        loop {
            let end = memchr::memchr(b'\n', &bytes[searched..]).map(|at| searched + at);
            if let Some(end) = end.filter(|end| end - last <= LONGEST_LINE) {
                bytes.truncate(end + 1);
                return Ok(None);
            }
            searched = bytes.len();
            let fault = if end.is_some() || searched - last > LONGEST_LINE {
                Fault::TooLong
            } else if has_ended {
                Fault::Torn((searched - last) as u64)
            } else {
                has_ended = read_more(file, bytes, start + searched as u64, more)?;
                more = (2 * more).min(1 << 20);
                continue;
            };
            bytes.truncate(last);
            return Ok(Some((last - self.skipped, fault)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn read(
        contents: &[u8],
        range: Range<u64>,
        begins_with_line: bool,
    ) -> (String, u64, Option<(usize, Fault)>) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(contents).unwrap();
        let mut piece = Piece::default();
        let fault = piece.read(&file, range, begins_with_line).unwrap();
        let text = String::from_utf8(piece.bytes[piece.skipped..].to_vec()).unwrap();
        (text, piece.start, fault)
    }

    #[test]
    fn each_line_is_in_one_piece_wherever_pieces_end() {
        let long = "x".repeat(3 * MORE);
        let text = format!("a\n\nbc\n{long}\nd\n");
        for len in [1, 2, 3, 5, 7, 100, MORE, text.len()] {
            let (mut all, mut at) = (String::new(), 0);
            while at < text.len() {
                let end = (at + len).min(text.len());
                let (lines, start, fault) = read(text.as_bytes(), at as u64..end as u64, at == 0);
                assert_eq!(fault, None);
                if !lines.is_empty() {
                    assert_eq!(start, all.len() as u64);
                }
                all += &lines;
                at = end;
            }
            assert_eq!(all, text, "{len}");
        }
    }

    #[test]
    fn a_last_line_that_is_torn_or_too_long_is_named() {
        assert_eq!(read(b"a\nbc", 0..4, true), ("a\n".into(), 0, Some((2, Fault::Torn(2)))));
        assert_eq!(read(b"a\nbc", 0..2, true), ("a\n".into(), 0, None));
        // The file has grown since its length was asked for.
        assert_eq!(read(b"a\nbc\nd\n", 0..3, true), ("a\nbc\n".into(), 0, None));
        let long = format!("a\n{}\nb\n", "x".repeat(LONGEST_LINE + 1));
        assert!(read(long.as_bytes(), 0..10, true) == ("a\n".into(), 0, Some((2, Fault::TooLong))));
        let rest = 10..long.len() as u64;
        assert!(read(long.as_bytes(), rest, false) == ("b\n".into(), long.len() as u64 - 2, None));
        // Shorter than it was.
        assert_eq!(read(b"a\n", 0..100, true), ("a\n".into(), 0, None));
        assert_eq!(read(b"a\n", 50..100, false).0, "");
    }
}
