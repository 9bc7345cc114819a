//! A day file that is appended to.

use crate::journal::storage::LogFile;
use crate::journal::storage::layout::DayFileName;
use crate::record::encode::TsText;
use std::io;

/// A file that ends with a whole line, or is closed off.
#[derive(Debug)]
pub(crate) struct DayFile {
    pub(crate) name: DayFileName,
    /// The name, spelled.
    spelled: String,
    file: Box<dyn LogFile>,
    /// Of its whole lines, in bytes.
    len: u64,
    /// The number of its first record, if it has one.
    first_seq: Option<u64>,
    /// Whether nothing may be appended any more.
    closed_off: bool,
    /// Whether the next line goes into another file.
    is_complete: bool,
    /// Its first line, or `HEAD` bytes of it, if it is known.
    head: Vec<u8>,
    /// The lines that were appended since somebody saw that all is as it should be.
    recent: Vec<u8>,
    /// How many they are.
    recent_lines: u64,
}

/// How much of a file's beginning is remembered, in bytes.
const HEAD: usize = 512;

/// How much is remembered of what was appended, in bytes.
const RECENT: usize = 128 << 10;

impl DayFile {
    /// `len`: of its whole lines, after which nothing follows.
    pub(crate) fn new(name: DayFileName, file: Box<dyn LogFile>, len: u64) -> DayFile {
        DayFile {
            name,
            spelled: name.to_string(),
            file,
            len,
            first_seq: None,
            closed_off: false,
            is_complete: false,
            head: Vec::new(),
            recent: Vec::with_capacity(RECENT),
            recent_lines: 0,
        }
    }

    /// The name, spelled.
    pub(crate) fn spelled(&self) -> &str {
        &self.spelled
    }

    pub(crate) fn is_closed_off(&self) -> bool {
        self.closed_off
    }

    /// Whether a line of this time belongs into it.
    pub(in crate::journal) fn takes(&self, ts: &TsText) -> bool {
        !self.closed_off && !self.is_complete && ts.is_of(self.name.day)
    }

    /// The next line goes into another file; until there is one, this one is the open one.
    pub(in crate::journal) fn complete(&mut self) {
        self.is_complete = true;
    }

    pub(crate) fn close_off(&mut self) {
        self.closed_off = true;
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The number of its first record, if it has one.
    pub(crate) fn first_seq(&self) -> Option<u64> {
        self.first_seq
    }

    /// This is the number of its first record, if there was none before.
    pub(crate) fn begins_with(&mut self, seq: u64) {
        self.first_seq.get_or_insert(seq);
    }

    /// What it begins with, if it was not written here.
    pub(in crate::journal) fn set_head(&mut self, mut head: Vec<u8>) {
        let line = head.iter().position(|byte| *byte == b'\n').map_or(head.len(), |end| end + 1);
        head.truncate(line.min(HEAD));
        self.head = head;
    }

    pub(in crate::journal) fn head(&self) -> &[u8] {
        &self.head
    }

    /// The lines that were appended since `seen`, and how many they are.
    pub(in crate::journal) fn recent(&self) -> (&[u8], u64) {
        (&self.recent, self.recent_lines)
    }

    /// All is as it should be.
    pub(in crate::journal) fn seen(&mut self) {
        self.recent.clear();
        self.recent_lines = 0;
    }

    /// Whether it should be looked at before so much more is appended.
    pub(in crate::journal) fn is_to_be_seen(&self, more: usize) -> bool {
        !self.recent.is_empty() && self.recent.len() + more > RECENT
    }

    pub(in crate::journal) fn into_file(self) -> Box<dyn LogFile> {
        self.file
    }

    pub(crate) fn file(&self) -> &dyn LogFile {
        &*self.file
    }

    /// Appends so many lines: with one write, as a rule. A short write is completed by
    /// writing the rest. If that fails, what was written is taken away again, and if
    /// that fails, too, the file is closed off, so that no line is glued to it.
    pub(crate) fn append(&mut self, lines: &[u8], count: u64) -> io::Result<()> {
        let mut rest = lines;
        while !rest.is_empty() {
            match self.file.append(rest) {
                Ok(0) => {
                    self.take_back(lines.len() - rest.len());
                    return Err(io::ErrorKind::WriteZero.into());
                }
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.take_back(lines.len() - rest.len());
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

    fn take_back(&mut self, written: usize) {
        // Else somebody has cut or written to it: what is behind our lines is not all ours.
        let is_ours = self.file.len().is_ok_and(|len| len == self.len + written as u64);
        if written > 0 && (!is_ours || self.file.cut(self.len).is_err()) {
            self.close_off();
        }
    }
}
