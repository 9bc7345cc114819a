//! A day file that is appended to.

use super::directory::LogFile;
use super::layout::DayFileName;
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
}

impl DayFile {
    /// `len`: of its whole lines, after which nothing follows.
    pub(crate) fn new(name: DayFileName, file: Box<dyn LogFile>, len: u64) -> DayFile {
        DayFile { name, spelled: name.to_string(), file, len, first_seq: None, closed_off: false }
    }

    /// The name, spelled.
    pub(crate) fn spelled(&self) -> &str {
        &self.spelled
    }

    pub(crate) fn is_closed_off(&self) -> bool {
        self.closed_off
    }

    /// Whether a line of this time belongs into it.
    pub(super) fn takes(&self, ts: &TsText) -> bool {
        !self.closed_off && ts.is_of(self.name.day)
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

    pub(crate) fn file(&self) -> &dyn LogFile {
        &*self.file
    }

    /// Appends a line, or some: with one write, as a rule. A short write is completed by
    /// writing the rest. If that fails, what was written is taken away again, and if
    /// that fails, too, the file is closed off, so that no line is glued to it.
    pub(crate) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
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
        Ok(())
    }

    fn take_back(&mut self, written: usize) {
        if written > 0 && self.file.cut(self.len).is_err() {
            self.close_off();
        }
    }
}
