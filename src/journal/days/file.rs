//! A day file that lines are appended to.

use crate::journal::storage::LogFile;
use crate::journal::storage::layout::DayFileName;
use crate::record::encode::TsText;
use std::io;

/// How much of a file's beginning is remembered, in bytes.
pub(in crate::journal) const HEAD: usize = 512;

/// How much of what was appended since the last check is remembered, in bytes.
const RECENT: usize = 128 << 10;

/// A file that ends with a whole line, or was ended.
#[derive(Debug)]
pub(in crate::journal) struct DayFile {
    pub(in crate::journal) name: DayFileName,
    /// The name as text.
    name_text: String,
    file: Box<dyn LogFile>,
    /// The length of its whole lines, in bytes.
    len: u64,
    /// The number of its first record, if it has one.
    first_seq: Option<u64>,
    /// Whether nothing may be appended any more.
    is_ended: bool,
    /// Whether the next line goes into another file.
    is_complete: bool,
    /// Its first line, or `HEAD` bytes of it, if it is known.
    head: Vec<u8>,
    /// The lines that were appended since the last check, and how many there are.
    recent: Vec<u8>,
    recent_lines: u64,
}

impl DayFile {
    /// Appends to a file that ends behind `len` bytes of whole lines.
    pub(in crate::journal) fn new(name: DayFileName, file: Box<dyn LogFile>, len: u64) -> DayFile {
        DayFile {
            name,
            name_text: name.to_string(),
            file,
            len,
            first_seq: None,
            is_ended: false,
            is_complete: false,
            head: Vec::new(),
            recent: Vec::with_capacity(RECENT),
            recent_lines: 0,
        }
    }

    pub(in crate::journal) fn name_text(&self) -> &str {
        &self.name_text
    }

    pub(super) fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// Ends the file for good.
    pub(super) fn end(&mut self) {
        self.is_ended = true;
    }

    /// Returns whether a line of this time belongs into the file.
    pub(super) fn takes(&self, ts: &TsText) -> bool {
        !self.is_ended && !self.is_complete && ts.is_of(self.name.day)
    }

    /// Has the next line go into another file. Until then this one is the open one.
    pub(super) fn complete(&mut self) {
        self.is_complete = true;
    }

    /// Returns the length of the whole lines, in bytes.
    pub(in crate::journal) fn len(&self) -> u64 {
        self.len
    }

    /// Returns the number of the first record, if there is one.
    pub(in crate::journal) fn first_seq(&self) -> Option<u64> {
        self.first_seq
    }

    /// Sets the number of the first record, unless there was one before.
    pub(in crate::journal) fn begins_with(&mut self, seq: u64) {
        self.first_seq.get_or_insert(seq);
    }

    /// Remembers the first line from these bytes, with which the file begins.
    pub(in crate::journal) fn set_head(&mut self, mut head: Vec<u8>) {
        let line = head.iter().position(|byte| *byte == b'\n').map_or(head.len(), |end| end + 1);
        head.truncate(line.min(HEAD));
        self.head = head;
    }

    /// Returns the beginning of the file as it was written.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Returns the lines that were appended since the last check, and how many there are.
    pub(super) fn recent(&self) -> (&[u8], u64) {
        (&self.recent, self.recent_lines)
    }

    /// Notes that a check has found the file as it should be.
    pub(super) fn checked(&mut self) {
        self.recent.clear();
        self.recent_lines = 0;
    }

    /// Returns whether a check is due before so many more bytes are appended.
    pub(super) fn needs_check(&self, more: usize) -> bool {
        !self.recent.is_empty() && self.recent.len() + more > RECENT
    }

    pub(in crate::journal) fn into_file(self) -> Box<dyn LogFile> {
        self.file
    }

    pub(in crate::journal) fn file(&self) -> &dyn LogFile {
        &*self.file
    }

    /// Appends so many lines, as a rule with one write. A short write is completed. If that fails,
    /// the part that was written is cut off; if that fails, too, the file is ended, so that no
    /// line is glued to the part.
    pub(in crate::journal) fn append(&mut self, lines: &[u8], count: u64) -> io::Result<()> {
        let mut rest = lines;
        while !rest.is_empty() {
            match self.file.append(rest) {
                Ok(0) => {
                    self.cut_off(lines.len() - rest.len());
                    return Err(io::ErrorKind::WriteZero.into());
                }
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.cut_off(lines.len() - rest.len());
                    return Err(error);
                }
            }
        }
        self.len += lines.len() as u64;
        if self.head.is_empty() {
            self.set_head(lines[..lines.len().min(HEAD)].to_vec());
        }
        self.recent.extend_from_slice(lines);
        self.recent_lines += count;
        Ok(())
    }

    fn cut_off(&mut self, written: usize) {
        // With any other length, another program has written to the file, or has cut it.
        let is_ours = self.file.len().is_ok_and(|len| len == self.len + written as u64);
        if written > 0 && (!is_ours || self.file.cut(self.len).is_err()) {
            self.end();
        }
    }
}
