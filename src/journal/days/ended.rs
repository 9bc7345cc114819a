//! The day files that were ended since the journal was opened. Nothing is appended to them, but
//! another program may remove or alter them.

use crate::journal::days::file::DayFile;
use crate::journal::days::missing::{SeqRanges, file_lost, present};
use crate::journal::days::own::runs::OwnRuns;
use crate::journal::days::scan::first_line;
use crate::journal::storage::layout::{DayFileName, Folder};
use crate::journal::storage::{Directory, Identity, LogFile};
use crate::record::Record;
use std::io;
use std::ops::Range;

/// How many files are checked, the last ones.
const CHECKED: usize = 256;

/// The ended files.
#[derive(Debug, Default)]
pub(super) struct EndedFiles(Vec<EndedFile>);

#[derive(Debug)]
struct EndedFile {
    name: DayFileName,
    len: u64,
    identity: Option<Identity>,
    seqs: Range<u64>,
}

/// A file that is not as it was.
#[derive(Debug)]
pub(super) struct Loss {
    /// The name of the file.
    pub(super) file: String,
    /// A `log.file_lost` for each range of records that are in no file any more.
    pub(super) records: Vec<Record>,
}

impl EndedFiles {
    /// Adds a file that was ended before the record of this number.
    pub(super) fn add(&mut self, file: &DayFile, next_seq: u64) {
        let (Some(first_seq), Ok(len)) = (file.first_seq(), file.file().len()) else {
            return;
        };
        self.0.push(EndedFile {
            name: file.name,
            // A file that is shorter than what was written to it has lost something already.
            len: len.max(file.len()),
            // An unknown identity is not compared.
            identity: file.file().identity().ok().flatten(),
            seqs: first_seq..next_seq,
        });
        self.0.drain(..self.0.len().saturating_sub(CHECKED));
    }

    /// Checks whether the files are as they were. Records before `kept_from` were pruned: it is asked once more
    /// about a file that is gone, which may have been pruned meanwhile.
    pub(super) fn check(
        &mut self,
        directory: &dyn Directory,
        kept_from: impl Fn() -> u64,
    ) -> io::Result<Vec<Loss>> {
        let pruned_before = kept_from();
        self.0.retain(|ended| ended.seqs.end > pruned_before);
        let mut losses = Vec::new();
        let mut gone = Vec::new();
        for ended in &mut self.0 {
            let name = ended.name.to_string();
            let file = match directory.open_to_read(Folder::Days, &name) {
                Ok(file) => Some(file),
                // The file is there, and can't be opened at present.
                Err(_) if !ended.is_gone(directory.identity(&name)) => continue,
                Err(_) => None,
            };
            let missing = match &file {
                Some(file) if ended.is_as_it_was(&**file)? => continue,
                Some(file) => {
                    let identity = file.identity()?;
                    if ended.identity.is_some() && identity != ended.identity {
                        // Another file has its name now.
                        gone.push((ended.name, ended.identity));
                    }
                    ended.len = file.len()?;
                    records_in(&**file)?.missing_in(ended.seqs.clone())
                }
                None => {
                    gone.push((ended.name, ended.identity));
                    vec![ended.seqs.start..=ended.seqs.end - 1]
                }
            };
            if file.is_none() && ended.seqs.end <= kept_from() {
                continue;
            }
            let elsewhere = present(directory, Some(ended.name), |_| false)?;
            let records = missing
                .into_iter()
                .flat_map(|seqs| elsewhere.missing_in(*seqs.start()..*seqs.end() + 1))
                .map(|seqs| file_lost(&name, &seqs, None))
                .collect();
            losses.push(Loss { file: name, records });
        }
        self.0.retain(|ended| !gone.contains(&(ended.name, ended.identity)));
        Ok(losses)
    }
}

impl EndedFile {
    /// Returns whether the name leads to another file now, or to none. An error is no loss.
    fn is_gone(&self, now: io::Result<Option<Identity>>) -> bool {
        match now {
            Ok(None) => true,
            Ok(now) => self.identity.is_some() && now != self.identity,
            Err(_) => false,
        }
    }

    fn is_as_it_was(&self, file: &dyn LogFile) -> io::Result<bool> {
        let is_the_same = self.identity.is_none() || file.identity()? == self.identity;
        // No descriptor holds the ended file, so another file may have its identity by now.
        Ok(file.len()? == self.len && is_the_same && first_line(file)?.seq() == Some(self.seqs.start))
    }
}

/// Returns the records in a file that are the journal's own.
fn records_in(file: &dyn LogFile) -> io::Result<SeqRanges> {
    let own = OwnRuns::of(file, None)?;
    Ok(SeqRanges::of(own.runs().iter().map(|run| (run.first.seq, run.last.seq)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::files::MemoryDirectory;
    use crate::record::Day;
    use std::cell::Cell;

    #[test]
    fn a_file_that_is_pruned_while_it_is_looked_for_is_not_lost() {
        let directory = MemoryDirectory::default();
        let name = DayFileName { day: Day::parse("2026-05-28").unwrap(), index: 0 };
        let ended = || EndedFiles(vec![EndedFile { name, len: 100, identity: None, seqs: 0..3 }]);
        let asked = Cell::new(0);
        let kept_from = |then: u64| {
            let asked = &asked;
            asked.set(0);
            move || if asked.replace(asked.get() + 1) == 0 { 0 } else { then }
        };
        assert!(ended().check(&directory, kept_from(3)).unwrap().is_empty());
        assert_eq!(asked.get(), 2);
        let losses = ended().check(&directory, kept_from(2)).unwrap();
        assert_eq!(losses[0].records, [file_lost("audit-2026-05-28.log", &(0..=2), None)]);
    }
}
