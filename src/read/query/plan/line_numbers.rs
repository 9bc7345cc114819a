//! The numbers of lines, where a file was not read from its beginning.

use super::super::scan::read_at;
use std::fs::File;
use std::io;

/// After so many bytes the number of lines is kept.
const STEP: usize = 1 << 20;

/// How many lines end before each `STEP` of a file.
#[derive(Debug)]
pub(super) struct LineNumbers(Vec<u64>);

impl LineNumbers {
    /// Counts the lines of a file.
    pub(super) fn of(file: &File, len: u64) -> io::Result<LineNumbers> {
        let (mut before, mut lines, mut buffer) = (Vec::new(), 0, vec![0; STEP]);
        for start in (0..=len).step_by(STEP) {
            before.push(lines);
            lines += newlines(file, start, STEP as u64, &mut buffer)?;
        }
        Ok(LineNumbers(before))
    }

    /// Returns how many lines end before an offset.
    pub(super) fn before(&self, file: &File, offset: u64) -> io::Result<u64> {
        let step = usize::try_from(offset / STEP as u64).map_err(io::Error::other)?;
        let step = step.min(self.0.len().saturating_sub(1));
        let (start, mut buffer) = ((step * STEP) as u64, vec![0; STEP]);
        let mut lines = self.0.get(step).copied().unwrap_or_default();
        let mut at = start;
        while at < offset {
            lines += newlines(file, at, (offset - at).min(STEP as u64), &mut buffer)?;
            at += STEP as u64;
        }
        Ok(lines)
    }
}

/// Returns how many lines end in the `len` bytes from `start` on.
fn newlines(file: &File, start: u64, len: u64, buffer: &mut [u8]) -> io::Result<u64> {
    let (mut lines, mut done) = (0, 0);
    while done < len {
        let most = usize::try_from(len - done).unwrap_or(usize::MAX).min(buffer.len());
        match read_at(file, &mut buffer[..most], start + done)? {
            0 => break,
            read => {
                lines += memchr::memchr_iter(b'\n', &buffer[..read]).count() as u64;
                done += read as u64;
            }
        }
    }
    Ok(lines)
}
