//! Records that are in a day file and not on disk, because a sync has failed.
//!
//! The operating system reports the error of a write-back once, and takes the pages for clean from
//! then on: a file whose sync has failed is never synced again. Its records are copied into a further
//! file of the day, line by line, since the file may have old contents now. Until such a copy and its
//! name are on disk, none of the records counts as synced, and the copy is tried again.
//!
//! The records before these were brought to disk by an earlier sync. If another program removes the file, they
//! are copied, too.

use crate::journal::control_queue::ControlQueue;
use crate::journal::days::file::DayFile;
use crate::journal::days::lines::LineReader;
use crate::journal::days::missing::{SeqRanges, file_lost, sync_failed};
use crate::journal::days::repair::copy::{FileCopy, remove};
use crate::journal::days::repair::rescue::{Damage, damage, note_damaged};
use crate::journal::days::scan::{day_files, open_if_readable};
use crate::journal::state::synced::SyncedFile;
use crate::journal::storage::layout::DayFileName;
use crate::journal::storage::{Directory, LogFile};
use crate::record::Record;
use std::collections::BTreeMap;
use std::io;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A file whose sync has failed.
#[derive(Debug)]
pub(in crate::journal) struct FailedFile {
    pub(in crate::journal) file: DayFile,
    /// The number behind its last record.
    pub(in crate::journal) end_seq: u64,
    pub(in crate::journal) error: io::Error,
    /// Whether it has failed for the last writer.
    pub(in crate::journal) is_of_last_writer: bool,
}

/// Why records could not be written again, and on which path.
#[derive(Clone, Debug)]
pub(in crate::journal) struct CopyFailure {
    pub(in crate::journal) path: PathBuf,
    pub(in crate::journal) source: Arc<io::Error>,
}

/// A file with a copy of records, which is on disk with its name.
#[derive(Debug)]
pub(in crate::journal) struct SyncedCopy {
    /// The file that could not be synced.
    pub(in crate::journal) original: DayFile,
    /// The copy; `None` if none of the records could be read.
    pub(in crate::journal) copy: Option<DayFile>,
    pub(in crate::journal) seqs: Range<u64>,
    /// The records that could not be read any more.
    pub(in crate::journal) lost: Vec<RangeInclusive<u64>>,
}

/// The ranges of records that are not on disk, because a sync has failed.
#[derive(Debug)]
pub(in crate::journal) struct Unsynced {
    directory: Arc<dyn Directory>,
    control_queue: Arc<ControlQueue>,
    synced_file: Arc<Mutex<SyncedFile>>,
    ranges: Vec<UnsyncedRange>,
    /// Whether a copy is being made, which may be empty: nothing else is appended to it.
    is_copying: Arc<AtomicBool>,
}

#[derive(Debug)]
struct UnsyncedRange {
    /// The file that could not be synced.
    file: DayFile,
    seqs: Range<u64>,
    /// The last copy, if it could not be synced either.
    copy: Option<DayFile>,
}

impl Unsynced {
    pub(in crate::journal::days) fn new(
        directory: Arc<dyn Directory>,
        control_queue: Arc<ControlQueue>,
        synced_file: Arc<Mutex<SyncedFile>>,
        is_copying: Arc<AtomicBool>,
    ) -> Unsynced {
        Unsynced { directory, control_queue, synced_file, ranges: Vec::new(), is_copying }
    }

    pub(in crate::journal) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Returns the number of the first record that is not on disk, if there is one.
    pub(in crate::journal) fn first_seq(&self) -> Option<u64> {
        self.ranges.iter().map(|range| range.seqs.start).min()
    }

    /// Adds the records of a file that are not known to be on disk: those from `synced` on.
    pub(in crate::journal) fn add(&mut self, failed: FailedFile, synced: u64) {
        let FailedFile { file, end_seq, error, .. } = failed;
        let seqs = file.first_seq().map_or(synced, |first| first.max(synced))..end_seq;
        if seqs.is_empty() {
            return;
        }
        self.control_queue.push(sync_failed(file.name_text(), &seqs, &error));
        self.ranges.push(UnsyncedRange { file, seqs, copy: None });
    }

    /// Writes the records again that are not on disk; returns what is on disk now, and why the rest
    /// is not.
    pub(in crate::journal) fn write_again(&mut self) -> (Vec<SyncedCopy>, Option<CopyFailure>) {
        let (mut copies, mut failure) = (Vec::new(), None);
        for mut range in std::mem::take(&mut self.ranges) {
            range.widen(&*self.directory, &self.synced_file);
            self.is_copying.store(true, Ordering::SeqCst);
            let written = range.write_again(&*self.directory);
            self.is_copying.store(false, Ordering::SeqCst);
            match written {
                Ok((copy, lost)) => {
                    for seqs in &lost {
                        self.control_queue.push(file_lost(range.file.name_text(), seqs, None));
                    }
                    copies.push(SyncedCopy { original: range.file, copy, seqs: range.seqs, lost });
                }
                Err(error) => {
                    failure = Some(error);
                    self.ranges.push(range);
                }
            }
        }
        (copies, failure)
    }
}

impl UnsyncedRange {
    /// Adds the records that are on disk in the file, if it is in no directory any more.
    fn widen(&mut self, directory: &dyn Directory, synced_file: &Mutex<SyncedFile>) {
        let first_seq = self.file.first_seq().filter(|first| *first < self.seqs.start);
        // Where that can't be looked at, it is looked at with the next attempt.
        if let Some(first_seq) = first_seq
            && matches!(damage(directory, &self.file), Ok(Some(Damage::Gone)))
        {
            self.seqs.start = first_seq;
            note_damaged(synced_file, &self.file, self.seqs.end);
        }
    }

    /// Copies the records into a new file, and syncs it and its name. Returns the file, and the
    /// records that are nowhere.
    fn write_again(
        &mut self,
        directory: &dyn Directory,
    ) -> Result<(Option<DayFile>, Vec<RangeInclusive<u64>>), CopyFailure> {
        let path_of = |name: DayFileName| directory.path().join(name.to_string());
        let mut copy = FileCopy::new(directory, self.file.name, self.seqs.start);
        if let Err(source) = self.copy_into(&mut copy) {
            // An incomplete copy takes space; all that is in it is elsewhere.
            let path = copy.file.as_ref().map_or_else(|| path_of(self.file.name), |file| path_of(file.name));
            if let Some(incomplete) = &copy.file {
                remove(directory, incomplete);
            }
            return Err(CopyFailure { path, source: Arc::new(source) });
        }
        let missing = copy.saved.missing_in(self.seqs.clone());
        let except = [Some(self.file.name), copy.file.as_ref().map(|file| file.name)];
        let lost = match self.not_elsewhere(directory, missing, except) {
            Ok(lost) => lost,
            Err(source) => {
                self.copy = copy.file;
                return Err(CopyFailure { path: directory.path().to_owned(), source: Arc::new(source) });
            }
        };
        // The new copy has all that the last one had.
        if let Some(last) = self.copy.take() {
            remove(directory, &last);
        }
        let Some(file) = copy.file else {
            return Ok((None, lost));
        };
        let synced =
            file.file().syncer().and_then(|sync| sync()).map_err(|error| (path_of(file.name), error));
        let names = synced.and_then(|()| {
            let names = directory.syncer().and_then(|sync| sync());
            names.map_err(|error| (directory.path().to_owned(), error))
        });
        match names {
            Ok(()) => Ok((Some(file), lost)),
            Err((path, source)) => {
                self.copy = Some(file);
                Err(CopyFailure { path, source: Arc::new(source) })
            }
        }
    }

    /// Returns which of the missing records are in no other day file.
    fn not_elsewhere(
        &self,
        directory: &dyn Directory,
        missing: Vec<RangeInclusive<u64>>,
        except: [Option<DayFileName>; 2],
    ) -> io::Result<Vec<RangeInclusive<u64>>> {
        if missing.is_empty() {
            return Ok(missing);
        }
        let mut found = Vec::new();
        for name in day_files(directory)?.into_iter().filter(|name| !except.contains(&Some(*name))) {
            if let Some(file) = open_if_readable(directory, name)? {
                self.for_each_line(&*file, |seq, _| {
                    found.push((seq, seq));
                    Ok(())
                })?;
            }
        }
        let found = SeqRanges::of(found);
        Ok(missing.into_iter().flat_map(|seqs| found.missing_in(*seqs.start()..*seqs.end() + 1)).collect())
    }

    fn copy_into(&self, copy: &mut FileCopy<'_>) -> io::Result<()> {
        let mut present = SeqRanges::default();
        self.for_each_line(self.file.file(), |seq, _| {
            present.add(seq);
            Ok(())
        })?;
        // The rest is in memory, or in the last copy.
        let mut others = BTreeMap::new();
        if !present.missing_in(self.seqs.clone()).is_empty() {
            let (recent, count) = self.file.recent();
            let recent = recent.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec);
            others.extend((self.seqs.end.saturating_sub(count)..).zip(recent));
            if let Some(last) = &self.copy {
                self.for_each_line(last.file(), |seq, line| {
                    others.entry(seq).or_insert_with(|| line.to_vec());
                    Ok(())
                })?;
            }
        }
        let mut next = self.seqs.start;
        self.for_each_line(self.file.file(), |seq, line| {
            others.range(next..seq).try_for_each(|(seq, line)| copy.add(*seq, line))?;
            next = seq + 1;
            copy.add(seq, line)
        })?;
        if next < self.seqs.end {
            others.range(next..self.seqs.end).try_for_each(|(seq, line)| copy.add(*seq, line))?;
        }
        copy.write()
    }

    /// Visits the lines that are records of the range, in order. A line behind a hole counts only if
    /// its successor follows, or if it is the last: it may be an old one.
    fn for_each_line(
        &self,
        file: &dyn LogFile,
        mut visit: impl FnMut(u64, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut expected = None;
        let mut behind_hole: Option<(u64, Vec<u8>)> = None;
        let mut lines = LineReader::default();
        while let Some(line) = lines.next(file)? {
            let record = if line.is_too_long { None } else { Record::from_newer_line(line.text()).ok() };
            let Some(seq) = record.and_then(|record| record.seq) else {
                behind_hole = None;
                continue;
            };
            if seq >= self.seqs.end || expected.is_some_and(|expected| seq < expected) {
                continue;
            }
            if let Some((before, bytes)) = behind_hole.take()
                && before + 1 == seq
            {
                if before >= self.seqs.start {
                    visit(before, &bytes)?;
                }
                expected = Some(seq);
            }
            let is_next = expected.is_none_or(|expected| seq == expected) || seq + 1 == self.seqs.end;
            if !is_next {
                behind_hole = Some((seq, line.bytes.to_vec()));
                continue;
            }
            if seq >= self.seqs.start {
                visit(seq, line.bytes)?;
            }
            expected = Some(seq + 1);
        }
        Ok(())
    }
}
