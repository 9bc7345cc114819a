//! Which files a sync covers, and what is done when it fails.

use crate::journal::days::file::DayFile;
use crate::journal::days::files::DayFiles;
use crate::journal::days::rescue::Rescue;
use crate::journal::days::scan::{first_line, last_record};
use crate::journal::not_synced::SyncFailure;
use crate::journal::storage::layout::{DayFileName, Folder};
use crate::journal::storage::{Directory, Syncer};
use crate::record::{Outcome, Record};
use crate::report::Level;
use std::io;
use std::sync::Arc;

/// The state when a sync began.
#[derive(Clone, Copy)]
pub(in crate::journal) struct SyncMark {
    /// How many files were ended and not synced.
    ended: usize,
    failures: u64,
}

/// A sync of all that was appended, which the caller runs without the lock of the day files.
pub(in crate::journal) struct SyncJob {
    /// The open file.
    pub(in crate::journal) name: Option<DayFileName>,
    /// The length of its whole lines, in bytes.
    pub(in crate::journal) len: u64,
    /// The number behind the last record.
    pub(in crate::journal) next_seq: u64,
    pub(in crate::journal) mark: SyncMark,
    pub(in crate::journal) files: Vec<Syncer>,
    /// Syncs the names of new files, if there are any.
    pub(in crate::journal) names: Option<Syncer>,
}

impl DayFiles {
    /// Returns a sync of all that was appended.
    pub(in crate::journal) fn sync_job(&mut self) -> io::Result<SyncJob> {
        let files = self
            .unsynced
            .iter()
            .chain(&self.open)
            .map(|file| file.file().syncer())
            .collect::<io::Result<_>>()?;
        let names = if self.has_new_names { Some(self.directory.syncer()?) } else { None };
        self.has_new_names = false;
        let mark = SyncMark { ended: self.unsynced.len(), failures: self.failures };
        let name = self.open.as_ref().map(|open| open.name);
        let len = self.open.as_ref().map_or(0, DayFile::len);
        Ok(SyncJob { name, len, next_seq: self.next_seq, mark, files, names })
    }

    /// Syncs a file of the last writer that is not continued.
    pub(in crate::journal) fn sync_other(&mut self, name: DayFileName) {
        let file = self.directory.open_to_read(Folder::Days, &name.to_string());
        if let Err(error) = file.and_then(|file| file.syncer()).and_then(|sync| sync()) {
            self.sync_failed(Some(name), error);
        }
    }

    /// Ends a sync that has succeeded; returns whether all that it covers is on disk. It is not if
    /// another sync has failed meanwhile: the operating system reports an error only once.
    pub(in crate::journal) fn synced(&mut self, mark: SyncMark) -> bool {
        let is_true = self.failures == mark.failures;
        if is_true {
            self.unsynced.drain(..mark.ended);
        }
        is_true
    }

    /// Ends a file that could not be synced: it is unknown what of it is on disk, and the operating
    /// system reports the error only once. The records that are not known to be on disk are
    /// written again to a further file. Without a name, it was the directory.
    pub(in crate::journal) fn sync_failed(&mut self, name: Option<DayFileName>, error: io::Error) {
        let path = self.directory.path();
        let path = name.map_or_else(|| path.to_owned(), |name| path.join(name.to_string()));
        let before = self.next_seq;
        self.failures += 1;
        // The next sync covers the names, too.
        self.has_new_names = true;
        if let Some(name) = name {
            self.write_again(name, &error);
        } else {
            self.reports.post(Level::Error, || format!("could not sync {}: {error}", path.display()));
        }
        // Last, so that a caller that waits goes on when all is done.
        self.progress.failed(SyncFailure { path, source: Arc::new(error), before });
    }

    /// Writes the records of a file again that are not known to be on disk.
    fn write_again(&mut self, name: DayFileName, error: &io::Error) {
        let from_seq = self.progress.synced();
        // The file may have been ended meanwhile.
        let (ended, seqs);
        let file = match self.open.as_mut().filter(|open| open.name == name) {
            Some(open) => {
                open.end();
                seqs = from_seq..self.next_seq;
                &*open
            }
            None => {
                let Some((file, next_seq)) = ended_file(&*self.directory, name) else {
                    return;
                };
                (ended, seqs) = (file, from_seq..next_seq);
                &ended
            }
        };
        // First, so that no process continues the file if this one dies.
        self.checkpoint.file_poisoned(name);
        let rescue = Rescue::of_unsynced(&*self.directory, file, seqs.clone());
        self.reports.post(Level::Error, || {
            let path = self.directory.path().join(file.name_text());
            format!("could not sync the day file {}: {error}{rescue}", path.display())
        });
        self.control_queue.push(
            Record::new("log.sync_failed")
                .resource("file", file.name_text())
                .resource("from_seq", seqs.start)
                .resource("to_seq", seqs.end.saturating_sub(1))
                .resource("error", error.to_string())
                .outcome(Outcome::Failure),
        );
        let is_open = self.open.as_ref().is_some_and(|open| open.name == name);
        if is_open && let Some(open) = &self.open {
            self.ended.add(open, self.next_seq);
        }
        let Some(copy) = rescue.copy else {
            return;
        };
        if is_open {
            self.checkpoint.file_begun(copy.name, self.next_seq);
        }
        if is_open && !rescue.is_unsynced {
            self.open = Some(copy);
        } else {
            self.ended.add(&copy, seqs.end);
            if rescue.is_unsynced {
                self.unsynced.push(copy);
            }
        }
    }
}

/// Returns a file that was ended, and the number behind its last record.
fn ended_file(directory: &dyn Directory, name: DayFileName) -> Option<(DayFile, u64)> {
    let file = directory.open(&name.to_string()).ok()?;
    let first_seq = first_line(&*file).ok()?.seq()?;
    let last = last_record(&*file).ok()??;
    let len = file.len().ok()?;
    let mut ended = DayFile::new(name, file, len);
    ended.begins_with(first_seq);
    Some((ended, last.seq + 1))
}
