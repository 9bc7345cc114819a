//! Which files a sync covers, and what becomes of those that it could not sync.

use crate::journal::days::file::DayFile;
use crate::journal::days::files::DayFiles;
use crate::journal::days::repair::unsynced::{FailedFile, SyncedCopy, Unsynced};
use crate::journal::days::scan::{first_line, last_record};
use crate::journal::storage::layout::DayFileName;
use crate::journal::storage::{Directory, Syncer};
use crate::lock::lock;
use std::io;
use std::sync::Arc;

/// A sync of all that was appended, which the caller runs without the lock of the day files.
pub(in crate::journal) struct SyncJob {
    /// The files, in order; the open one is the last.
    pub(in crate::journal) files: Vec<FileSync>,
    /// Syncs the names of new files, if there are any.
    pub(in crate::journal) names: Option<Syncer>,
    /// The number behind the last record.
    pub(in crate::journal) next_seq: u64,
}

/// The sync of one file.
pub(in crate::journal) struct FileSync {
    pub(in crate::journal) name: DayFileName,
    /// The length of its whole lines, in bytes.
    pub(in crate::journal) len: u64,
    /// The number behind its last record.
    pub(in crate::journal) end_seq: u64,
    pub(in crate::journal) sync: Syncer,
}

impl DayFiles {
    /// Returns the empty list of records that are not on disk, because a sync has failed.
    pub(in crate::journal) fn unsynced(&self) -> Unsynced {
        let (directory, queue) = (Arc::clone(&self.directory), Arc::clone(&self.control_queue));
        Unsynced::new(directory, queue, Arc::clone(&self.synced_file), Arc::clone(&self.is_copying))
    }

    /// Returns a sync of all that was appended. If it can't be made, nothing was synced. Records that are
    /// still to be rescued are tried again first.
    pub(in crate::journal) fn sync_job(&mut self) -> io::Result<SyncJob> {
        self.rescue_again();
        let open = self.open.iter().map(|open| (open, self.next_seq));
        let files = self
            .to_sync
            .iter()
            .map(|(file, end_seq)| (file, *end_seq))
            .chain(open)
            .map(|(file, end_seq)| {
                let sync = file.file().syncer()?;
                Ok(FileSync { name: file.name, len: file.len(), end_seq, sync })
            })
            .collect::<io::Result<_>>()?;
        let names = if self.has_new_names { Some(self.directory.syncer()?) } else { None };
        self.has_new_names = false;
        Ok(SyncJob { files, names, next_seq: self.next_seq })
    }

    /// Adds a file of the last writer that is not continued, with the number behind its last record.
    pub(in crate::journal) fn add_to_sync(&mut self, file: DayFile, end_seq: u64) {
        self.to_sync.push((file, end_seq));
    }

    /// Adds a file that the last writer could not sync, and has not written again.
    pub(in crate::journal) fn add_failed_before(&mut self, file: DayFile, end_seq: u64) {
        let error = io::Error::other("the last process ended before the file was written again");
        self.failed.push(FailedFile { file, end_seq, error, is_of_last_writer: true });
    }

    /// Adds a file whose sync has failed.
    pub(super) fn add_failed(&mut self, file: DayFile, end_seq: u64, error: io::Error) {
        self.failed.push(FailedFile { file, end_seq, error, is_of_last_writer: false });
    }

    /// Returns whether there are files whose sync has failed, and that were not taken yet.
    pub(in crate::journal) fn has_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// Ends a sync: of files up to these lengths in bytes, and of others with an error. Returns the
    /// files whose sync has failed, here or elsewhere, since the last call. Nothing more is appended
    /// to them.
    pub(in crate::journal) fn sync_ended(
        &mut self,
        synced: &[(DayFileName, u64)],
        failed: Vec<(DayFileName, io::Error)>,
    ) -> Vec<FailedFile> {
        for (name, error) in failed {
            self.take_failed(name, error);
        }
        // While it was synced, a file may have been appended to, and ended.
        let is_synced =
            |file: &DayFile| synced.iter().any(|(name, len)| *name == file.name && *len >= file.len());
        self.to_sync.retain(|(file, _)| !is_synced(file));
        std::mem::take(&mut self.failed)
    }

    /// Moves a file to those whose sync has failed.
    fn take_failed(&mut self, name: DayFileName, error: io::Error) {
        // The next sync covers the names, too.
        self.has_new_names = true;
        if self.failed.iter().any(|failed| failed.file.name == name) {
            return;
        }
        if let Some(index) = self.to_sync.iter().position(|(file, _)| file.name == name) {
            let (file, end_seq) = self.to_sync.remove(index);
            self.add_failed(file, end_seq, error);
        } else if self.open.as_ref().is_some_and(|open| open.name == name) {
            self.open_failed(error);
        } else if let Some((file, end_seq)) = ended_file(&*self.directory, name) {
            // It was ended while it was synced.
            self.add_failed(file, end_seq, error);
        }
    }

    /// Ends the open file, whose sync has failed.
    pub(super) fn open_failed(&mut self, error: io::Error) {
        if let Some(mut file) = self.open.take() {
            file.end();
            // It is not checked any more, and may have been removed. If that can't be written there is only the copy.
            lock(&self.synced_file).write_accepted(self.next_seq).unwrap_or(());
            self.add_failed(file, self.next_seq, error);
        }
    }

    /// Takes note of records that were written again.
    pub(in crate::journal) fn written_again(&mut self, copied: &SyncedCopy) {
        self.ended.add(&copied.original, copied.seqs.end);
        if let Some(copy) = &copied.copy {
            self.ended.add(copy, copied.seqs.end);
        }
        self.checkpoint.files_changed();
    }

    /// Returns the number behind the last record.
    pub(in crate::journal) fn next_seq(&self) -> u64 {
        self.next_seq
    }
}

/// Returns a file that was ended, and the number behind its last record.
pub(in crate::journal) fn ended_file(directory: &dyn Directory, name: DayFileName) -> Option<(DayFile, u64)> {
    let file = directory.open(&name.to_string()).ok()?;
    let last = last_record(&*file).ok()??;
    let len = file.len().ok()?;
    let first_seq = first_line(&*file).ok()?.seq();
    let mut ended = DayFile::new(name, file, len);
    if let Some(first_seq) = first_seq {
        ended.begins_with(first_seq);
    }
    Some((ended, last.seq.saturating_add(1)))
}
