//! Finds where a journal ends, and repairs what a crash has left there, before anything is written.
//!
//! The newest day file is the one whose first record has the highest `seq`.

use crate::error::OpenError;
use crate::journal::days::file::{DayFile, HEAD};
use crate::journal::days::lines::read_range;
use crate::journal::days::own::ends::own_ends;
use crate::journal::days::scan::{day_files, last_record};
use crate::journal::open::file_end::{FileEnd, NextSeq, repair};
use crate::journal::open::finding::Finding;
use crate::journal::open::newest::NewestFiles;
use crate::journal::state::synced::Synced;
use crate::journal::storage::Directory;
use crate::journal::storage::layout::{DayFileName, Folder};
use crate::record::{Record, Stamp};
use std::ops::RangeInclusive;

/// The end of a journal after its repair.
#[derive(Debug, Default)]
pub(super) struct Recovered {
    /// The last record.
    pub(super) last: Option<Stamp>,
    /// The file with the last record.
    pub(super) newest: Option<DayFileName>,
    /// The same file, if more may be appended to it.
    pub(super) day_file: Option<DayFile>,
    /// The file with the last record, if it was being copied because it could not be synced, and its
    /// copy has fewer records.
    pub(super) outlasts_its_copy: Option<DayFileName>,
    /// What was repaired.
    pub(super) findings: Vec<Finding>,
    /// Records that are missing in the newest file, if what is behind them could not be quarantined.
    pub(super) holes: Vec<RangeInclusive<u64>>,
    /// Warnings for the runtime log.
    pub(super) warnings: Vec<String>,
    /// The files that a `log.file_altered` names, by now.
    pub(super) altered: Vec<String>,
    /// Those records that are not written yet.
    pub(super) altered_records: Vec<Record>,
}

/// What is known of a journal besides its files.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// There were records before this number.
    pub(super) reached: Option<u64>,
    /// The files that a `log.file_altered` has named.
    pub(super) altered: Vec<String>,
}

/// Repairs the end of a journal. `pending` are the lines of the leftover intake, each with its
/// number; `synced` is what is known to be on disk.
pub(super) fn recover(
    directory: &dyn Directory,
    pending: &[(u64, Vec<u8>)],
    synced: Option<&Synced>,
    known: Known,
) -> Result<Recovered, OpenError> {
    let mut recovered = Recovered { altered: known.altered, ..Recovered::default() };
    let mut files = NewestFiles::find(directory, known.reached, &mut recovered.warnings)?;
    let altered = std::mem::take(&mut files.altered);
    while let Some((_, name)) = files.newest {
        let end = repair(directory, name, pending, NextSeq::OfFile(synced), files.reached)?;
        let is_emptied = end.is_emptied;
        recovered.add(name, end, |_| !is_emptied);
        if !is_emptied {
            break;
        }
        files = NewestFiles::find(directory, known.reached, &mut Vec::new())?;
    }
    // Other files may not have been repaired before, because the disk was full. A file with only the
    // beginning of a line may begin with the next record.
    for name in files.torn.into_iter().filter(|name| files.newest.is_none_or(|(_, newest)| newest != *name)) {
        let next_seq =
            recovered.last.map(|last| last.seq.saturating_add(1)).or(pending.first().map(|(seq, _)| *seq));
        let end = repair(directory, name, pending, NextSeq::OfOthers(next_seq), files.reached)?;
        recovered.add(name, end, |end| end.is_completed && end.last.map(|last| last.seq) == next_seq);
    }
    let cut = recovered.compare_with_originals(directory, synced, files.reached)?;
    // What was cut off is the work of a loss of power.
    for (name, own) in altered.into_iter().filter(|(name, _)| !cut.contains(name)) {
        let name = name.to_string();
        if !recovered.altered.contains(&name) {
            recovered.warnings.push(own.describe(&directory.path().join(&name)));
            recovered.altered_records.push(own.file_altered(&name));
            recovered.altered.push(name);
        }
    }
    if let Some(day_file) = &mut recovered.day_file {
        let path = directory.path().join(day_file.name_text());
        let fail = |source| OpenError::DayFile { path: path.clone(), source };
        if let Some((first, _)) = own_ends(day_file.file(), files.reached).map_err(fail)? {
            day_file.begins_with(first.seq);
        }
        let head = read_range(day_file.file(), 0, day_file.len().min(HEAD as u64)).map_err(fail)?;
        day_file.set_head(head);
    }
    Ok(recovered)
}

impl Recovered {
    /// Returns whether nothing was repaired.
    pub(super) fn is_in_order(&self) -> bool {
        self.findings.is_empty() && self.holes.is_empty() && self.outlasts_its_copy.is_none()
    }

    /// Adds what was repaired in a file, which the journal continues if `is_last`.
    fn add(&mut self, name: DayFileName, mut end: FileEnd, is_last: impl FnOnce(&FileEnd) -> bool) {
        let is_last = is_last(&end);
        self.warnings.append(&mut end.warnings);
        if !end.holes.is_empty() {
            self.holes = end.holes;
        }
        if !end.finding.is_empty() {
            self.findings.push(end.finding);
        }
        if is_last {
            (self.last, self.day_file, self.newest) = (end.last, end.day_file, Some(name));
        }
    }

    /// Looks for a file of the same day with later records: the newest file may be an incomplete copy
    /// of it. Returns the files that were cut behind records that a loss of power has taken.
    fn compare_with_originals(
        &mut self,
        directory: &dyn Directory,
        synced: Option<&Synced>,
        reached: Option<u64>,
    ) -> Result<Vec<DayFileName>, OpenError> {
        let mut cut = Vec::new();
        let Some(newest) = self.newest else {
            return Ok(cut);
        };
        let fail = |source| OpenError::Directory { path: directory.path().to_owned(), source };
        let names = day_files(directory).map_err(fail)?;
        for name in names.into_iter().filter(|name| name.day == newest.day && *name < newest) {
            // A file that can't be read was reported before.
            let Ok(file) = directory.open_to_read(Folder::Days, &name.to_string()) else {
                continue;
            };
            let fail = |source| OpenError::DayFile { path: directory.path().join(name.to_string()), source };
            let is_later = |stamp: &Stamp| self.last.is_some_and(|last| last.seq < stamp.seq);
            let own = own_ends(&*file, reached).map_err(fail)?.map(|(_, last)| last).filter(is_later);
            if let Some(stamp) = own {
                (self.last, self.day_file, self.outlasts_its_copy) = (Some(stamp), None, Some(name));
            } else if last_record(&*file).map_err(fail)?.is_some_and(|last| is_later(&last)) {
                // Behind a lost page, or another program's. The number of the first kind would be given again.
                let end = repair(directory, name, &[], NextSeq::OfFile(synced), reached)?;
                if end.finding.strays > 0 {
                    self.add(name, end, |_| false);
                    cut.push(name);
                }
            }
        }
        Ok(cut)
    }
}
