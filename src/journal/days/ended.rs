//! The day files that were ended since the journal was opened: nothing is appended to them
//! any more, but somebody may take them away all the same, or what is in them.

use crate::journal::days::file::DayFile;
use crate::journal::days::lines::LineReader;
use crate::journal::days::rescue::{Runs, file_lost};
use crate::journal::days::scan::{day_files, first_line, last_record, open_if_readable};
use crate::journal::storage::layout::{DayFileName, Folder};
use crate::journal::storage::{Directory, Identity, LogFile};
use crate::record::Record;
use std::io;
use std::ops::Range;

/// How many are watched, the last ones.
const WATCHED: usize = 256;

#[derive(Debug, Default)]
pub(in crate::journal) struct ClosedFiles(Vec<Closed>);

#[derive(Debug)]
struct Closed {
    name: DayFileName,
    spelled: String,
    len: u64,
    identity: Option<Identity>,
    seqs: Range<u64>,
}

/// Records that are not there any more.
#[derive(Debug)]
pub(in crate::journal) struct Loss {
    /// The file that they were in.
    pub(in crate::journal) file: String,
    /// `log.file_lost`, for each run of them.
    pub(in crate::journal) records: Vec<Record>,
}

impl ClosedFiles {
    /// A file was ended before the record of this number.
    pub(in crate::journal) fn add(&mut self, file: &DayFile, next_seq: u64) {
        let (Some(first_seq), Ok(len)) = (file.first_seq(), file.file().len()) else {
            return;
        };
        self.0.push(Closed {
            name: file.name,
            spelled: file.spelled().to_owned(),
            // One that is shorter than what was written to it has lost something already.
            len: len.max(file.len()),
            // Where it can't be told, it is not compared.
            identity: file.file().identity().ok().flatten(),
            seqs: first_seq..next_seq,
        });
        self.0.drain(..self.0.len().saturating_sub(WATCHED));
    }

    /// Looks whether they are as they were. Records before `kept_from` were pruned.
    pub(in crate::journal) fn look(
        &mut self,
        directory: &dyn Directory,
        kept_from: u64,
    ) -> io::Result<Vec<Loss>> {
        self.0.retain(|closed| closed.seqs.end > kept_from);
        let mut losses = Vec::new();
        let mut gone = Vec::new();
        for closed in &mut self.0 {
            let file = match directory.open_to_read(Folder::Days, &closed.spelled) {
                Ok(file) => Some(file),
                // It is still there, and can't be looked at just now.
                Err(_) if !closed.is_elsewhere(directory.identity(&closed.spelled)) => continue,
                // Something else is there, or nothing.
                Err(_) => None,
            };
            let missing = match &file {
                Some(file) if closed.is_as_it_was(&**file)? => continue,
                Some(file) => {
                    let identity = file.identity()?;
                    if closed.identity.is_some() && identity != closed.identity {
                        // Another file has its name now.
                        gone.push((closed.name, closed.identity));
                    }
                    closed.len = file.len()?;
                    let mut runs = Runs::default();
                    let mut lines = LineReader::default();
                    while let Some(line) = lines.next(&**file)? {
                        if let Some(stamp) = line.stamp()
                            && runs.end() <= stamp.seq
                        {
                            runs.add(stamp.seq);
                        }
                    }
                    runs.missing_in(closed.seqs.clone())
                }
                None => {
                    gone.push((closed.name, closed.identity));
                    vec![closed.seqs.start..=closed.seqs.end - 1]
                }
            };
            let elsewhere = in_other_files(directory, closed.name)?;
            let records = missing
                .into_iter()
                .flat_map(|seqs| elsewhere.missing_in(*seqs.start()..*seqs.end() + 1))
                .map(|seqs| file_lost(&closed.spelled, &seqs, None))
                .collect();
            losses.push(Loss { file: closed.spelled.clone(), records });
        }
        self.0.retain(|closed| !gone.contains(&(closed.name, closed.identity)));
        Ok(losses)
    }
}

impl Closed {
    /// Whether something else has its name, or nothing. What can't be told is no loss.
    fn is_elsewhere(&self, now: io::Result<Option<Identity>>) -> bool {
        match now {
            Ok(None) => true,
            Ok(now) => self.identity.is_some() && now != self.identity,
            Err(_) => false,
        }
    }

    fn is_as_it_was(&self, file: &dyn LogFile) -> io::Result<bool> {
        // Nothing holds it open: what tells files apart may have been given to another one
        // since.
        let begins = || io::Result::Ok(first_line(file)?.seq() == Some(self.seqs.start));
        let is_the_same = self.identity.is_none() || file.identity()? == self.identity;
        Ok(file.len()? == self.len && is_the_same && begins()?)
    }
}

/// The records in all other day files, as far as the first and the last of each tell.
fn in_other_files(directory: &dyn Directory, but: DayFileName) -> io::Result<Runs> {
    let mut ranges = Vec::new();
    for name in day_files(directory)?.into_iter().filter(|name| *name != but) {
        if let Some(file) = open_if_readable(directory, name)?
            && let Some(first) = first_line(&*file)?.seq()
            && let Some(last) = last_record(&*file)?
        {
            ranges.push((first, last.seq));
        }
    }
    Ok(Runs::of(ranges))
}
