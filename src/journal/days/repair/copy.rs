//! Copies records of a damaged or unsynced day file into a further file of the day.

use crate::journal::days::file::DayFile;
use crate::journal::days::lines::{LineReader, read_range};
use crate::journal::days::missing::SeqRanges;
use crate::journal::storage::Directory;
use crate::journal::storage::layout::{DayFileName, Folder};
use std::io;
use std::ops::Range;

/// How much is written at a time, in bytes.
const BATCH: usize = 256 * 1024;

/// A further file of the day, which is created with its first record.
pub(in crate::journal::days) struct FileCopy<'a> {
    directory: &'a dyn Directory,
    name: DayFileName,
    /// Records before this number are left out.
    from_seq: u64,
    pub(in crate::journal::days) file: Option<DayFile>,
    /// The records in it.
    pub(in crate::journal::days) saved: SeqRanges,
    /// Lines that are not written yet, and their numbers.
    lines: Vec<u8>,
    seqs: SeqRanges,
    /// Whether a write has failed, which may succeed later.
    pub(in crate::journal::days) is_unwritten: bool,
}

impl<'a> FileCopy<'a> {
    /// Copies a file of this name.
    pub(in crate::journal::days) fn new(
        directory: &'a dyn Directory,
        name: DayFileName,
        from_seq: u64,
    ) -> FileCopy<'a> {
        FileCopy {
            directory,
            name,
            from_seq,
            file: None,
            saved: SeqRanges::default(),
            lines: Vec::new(),
            seqs: SeqRanges::default(),
            is_unwritten: false,
        }
    }

    /// Copies these records of a file that begins with `first_seq`: from the file, except the ones
    /// that are remembered since the last check, whatever the file contains now.
    pub(in crate::journal::days) fn copy(
        &mut self,
        day_file: &DayFile,
        first_seq: u64,
        end_seq: u64,
    ) -> io::Result<()> {
        let (recent, recent_lines) = day_file.recent();
        let recent_from = end_seq.saturating_sub(recent_lines).max(first_seq);
        self.copy_beginning(day_file, first_seq..recent_from)?;
        for (seq, line) in (recent_from..).zip(recent.split_inclusive(|byte| *byte == b'\n')) {
            self.add(seq, line)?;
        }
        self.write()
    }

    /// Copies the records with which the file still begins, one after the other without a hole. A
    /// file that begins otherwise than it did is not the journal's, whatever numbers it has.
    fn copy_beginning(&mut self, day_file: &DayFile, seqs: Range<u64>) -> io::Result<()> {
        let file = day_file.file();
        let len = usize::try_from(file.len()?).unwrap_or(usize::MAX).min(day_file.head().len());
        if read_range(file, 0, len as u64)? != day_file.head()[..len] {
            return Ok(());
        }
        let mut expected = seqs.start;
        let mut lines = LineReader::default();
        while expected < seqs.end
            && let Some(line) = lines.next(file)?
        {
            let Some(stamp) = line.stamp() else {
                continue;
            };
            if stamp.seq != expected {
                // Lines behind it may be of another program.
                break;
            }
            expected += 1;
            self.add(stamp.seq, line.bytes)?;
        }
        Ok(())
    }

    /// Adds a line, which is written with others.
    pub(in crate::journal::days) fn add(&mut self, seq: u64, line: &[u8]) -> io::Result<()> {
        if seq < self.from_seq {
            return Ok(());
        }
        self.lines.extend_from_slice(line);
        self.seqs.add(seq);
        if self.lines.len() >= BATCH { self.write() } else { Ok(()) }
    }

    /// Writes the lines that were added.
    pub(in crate::journal::days) fn write(&mut self) -> io::Result<()> {
        self.try_to_write().inspect_err(|_| self.is_unwritten = true)
    }

    fn try_to_write(&mut self) -> io::Result<()> {
        let Some(first_seq) = self.seqs.first() else {
            return Ok(());
        };
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(further_file(self.directory, self.name)?),
        };
        file.append(&self.lines, self.seqs.count())?;
        file.begins_with(first_seq);
        self.lines.clear();
        self.saved.append(std::mem::take(&mut self.seqs));
        Ok(())
    }
}

/// Creates a file behind those that the day has.
fn further_file(directory: &dyn Directory, name: DayFileName) -> io::Result<DayFile> {
    for index in name.index..u32::MAX {
        let name = DayFileName { day: name.day, index: index + 1 };
        match directory.create(&name.to_string()) {
            Ok(file) => return Ok(DayFile::new(name, file, 0)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Removes a copy that is of no use. One that stays is a further copy, which does no harm.
pub(super) fn remove(directory: &dyn Directory, copy: &DayFile) {
    directory.remove(Folder::Days, copy.name_text()).unwrap_or(());
}
