//! Lines that were read and are not delivered yet.

use super::sink::LineSink;
use crate::journal::DayFileName;
use crate::record::{Stamp, Timestamp};
use std::collections::VecDeque;

/// The lines, with one buffer for their texts.
#[derive(Debug, Default)]
pub(crate) struct HeldLines {
    bytes: Vec<u8>,
    lines: VecDeque<HeldLine>,
}

/// A line, and its place in the day files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeldLine {
    pub(crate) seq: u64,
    pub(crate) ts: Timestamp,
    pub(crate) file: DayFileName,
    /// The offset of its end in the file, after the `\n`.
    pub(crate) end_offset: u64,
    start: usize,
    end: usize,
}

impl HeldLines {
    pub(crate) fn lines(&self) -> impl ExactSizeIterator<Item = &HeldLine> {
        self.lines.iter()
    }

    /// Returns the text of a line, without its `\n`.
    pub(crate) fn text(&self, line: &HeldLine) -> &str {
        // `push` makes it UTF-8.
        std::str::from_utf8(&self.bytes[line.start..line.end]).unwrap_or_default()
    }

    /// Drops the first lines; returns the last of them.
    pub(crate) fn drop_first(&mut self, count: usize) -> Option<HeldLine> {
        let last = self.lines.drain(..count).next_back();
        if self.lines.is_empty() {
            self.bytes.clear();
        }
        last
    }

    /// Returns the lines, as long as they take more within these limits.
    pub(crate) fn within(&mut self, limits: Limits) -> HeldWithin<'_> {
        HeldWithin { held: self, limits }
    }

    fn push(&mut self, line: &[u8], stamp: Stamp, file: DayFileName, end_offset: u64) {
        let start = self.bytes.len();
        // Another program may have written to the file.
        self.bytes.extend_from_slice(String::from_utf8_lossy(line).as_bytes());
        let end = self.bytes.len();
        self.lines.push_back(HeldLine { seq: stamp.seq, ts: stamp.ts, file, end_offset, start, end });
    }

    fn is_full(&self, limits: Limits) -> bool {
        self.lines.len() >= limits.records || self.bytes.len() >= limits.bytes
    }
}

/// The limits of what is read at once. A single line may be longer than `bytes`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) records: usize,
    pub(crate) bytes: usize,
}

/// Lines that take more within limits.
pub(crate) struct HeldWithin<'a> {
    held: &'a mut HeldLines,
    limits: Limits,
}

impl LineSink for HeldWithin<'_> {
    fn is_full(&self) -> bool {
        self.held.is_full(self.limits)
    }

    fn push(&mut self, line: &[u8], stamp: Stamp, file: DayFileName, end_offset: u64) {
        self.held.push(line, stamp, file, end_offset);
    }
}
