//! The thread that syncs the day files.
//!
//! One sync at a time serves all callers that wait for one; those that come meanwhile are served
//! by the next. The thread sleeps while there is nothing to sync, so neither callers nor the
//! committer wait for a disk unless they ask to.

use crate::journal::days::files::DayFiles;
use crate::journal::days::repair::unsynced::{CopyFailure, FailedFile, SyncedCopy, Unsynced};
use crate::journal::days::resync::{FileSync, SyncJob};
use crate::journal::not_synced::SyncFailure;
use crate::journal::progress::Progress;
use crate::journal::settings::LiveSettings;
use crate::journal::state::checkpoint::CheckpointWriter;
use crate::journal::state::synced::{Synced, SyncedFile};
use crate::journal::storage::layout::{STATE, SYNCED};
use crate::lock::lock;
use crate::report::{Level, Reports};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the syncer waits after a sync that failed: at first, and at most.
const RETRY: Duration = Duration::from_millis(100);
const LONG_RETRY: Duration = Duration::from_secs(1);
/// The same, after an attempt that took long.
const LATEST_RETRY: Duration = Duration::from_secs(60);

/// Syncs the day files.
pub(in crate::journal) struct Syncer {
    files: Arc<Mutex<DayFiles>>,
    progress: &'static Progress,
    settings: Arc<LiveSettings>,
    reports: Arc<Reports>,
    checkpoint: Arc<CheckpointWriter>,
    synced_file: Arc<Mutex<SyncedFile>>,
    /// What failed syncs have left.
    unsynced: Unsynced,
    /// The directory of the journal.
    path: PathBuf,
}

impl Syncer {
    pub(in crate::journal) fn new(
        files: Arc<Mutex<DayFiles>>,
        progress: &'static Progress,
        settings: Arc<LiveSettings>,
        reports: Arc<Reports>,
        checkpoint: Arc<CheckpointWriter>,
        synced_file: Arc<Mutex<SyncedFile>>,
        path: PathBuf,
    ) -> Syncer {
        let unsynced = lock(&files).unsynced();
        Syncer { files, progress, settings, reports, checkpoint, synced_file, unsynced, path }
    }

    /// Starts the thread.
    pub(in crate::journal) fn start(mut self) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("audit-sync".to_owned()).spawn(move || self.run())
    }

    /// Syncs when a caller waits for it, and otherwise at the sync interval.
    fn run(&mut self) {
        let mut retry = RETRY;
        while self.progress.wait_for_sync(|| self.settings.load().sync_interval) {
            // The callers that the last sync has served, and that are about to append again, are
            // served by this one.
            std::thread::yield_now();
            self.checkpoint.write_if_due();
            let (before, begun) = (self.progress.synced(), Instant::now());
            self.sync();
            self.reports.deliver_if_heard();
            if self.progress.synced() == before {
                // A long copy is not repeated all the time.
                self.progress.wait_until_over(retry.max(4 * begun.elapsed()).min(LATEST_RETRY));
                retry = LONG_RETRY.min(2 * retry);
            } else {
                retry = RETRY;
            }
        }
    }

    /// Syncs all that is in the day files, and writes again what failed syncs have left.
    pub(in crate::journal) fn sync(&mut self) {
        let mut points = Vec::new();
        if lock(&self.files).has_failed() || !self.unsynced.is_empty() {
            let failed = lock(&self.files).sync_ended(&[], Vec::new());
            self.failed(failed, &mut points);
        }
        let job = lock(&self.files).sync_job();
        let SyncJob { files, names, next_seq } = match job {
            Ok(job) => job,
            Err(error) => {
                let path = self.path.clone();
                self.reports.post(Level::Error, || format!("could not sync {}: {error}", path.display()));
                let before = lock(&self.files).next_seq();
                return self.progress.failed(SyncFailure { path, source: Arc::new(error), before });
            }
        };
        let (mut synced, mut failed) = (Vec::new(), Vec::new());
        for FileSync { name, len, end_seq, sync } in files {
            match sync() {
                Ok(()) => synced.push(Synced::at(name, len, end_seq)),
                Err(error) => {
                    // At once: the system does not tell the next process of the error.
                    self.note_failure();
                    failed.push((name, error));
                }
            }
        }
        if let Some(Err(error)) = names.map(|sync| sync()) {
            // None of the names is known to be on disk.
            let path = self.path.display();
            let unnamed = |point: Synced| {
                (point.file, io::Error::new(error.kind(), format!("could not sync {path}: {error}")))
            };
            failed.extend(synced.drain(..).map(unnamed));
        }
        let lengths = synced.iter().map(|point| (point.file, point.offset)).collect::<Vec<_>>();
        points.append(&mut synced);
        let failed = lock(&self.files).sync_ended(&lengths, failed);
        // The system has told another call of the error.
        points.retain(|point| failed.iter().all(|failed| failed.file.name != point.file));
        if !failed.is_empty() {
            self.failed(failed, &mut points);
        }
        self.synced(points, next_seq);
    }

    /// Writes the records of files again that could not be synced, and those that are left from
    /// before. Adds up to where copies are on disk.
    fn failed(&mut self, failed: Vec<FailedFile>, points: &mut Vec<Synced>) {
        self.note_failure();
        let synced = self.progress.synced();
        for failed in failed {
            let path = self.path.join(failed.file.name_text());
            let error = &failed.error;
            self.reports.post(Level::Error, || {
                format!(
                    "could not sync the day file {}: {error}; its records are written again",
                    path.display()
                )
            });
            let source = Arc::new(io::Error::new(error.kind(), error.to_string()));
            let (name, end_seq, is_new) = (failed.file.name, failed.end_seq, !failed.is_of_last_writer);
            // Its control record is queued before a caller knows.
            self.unsynced.add(failed, synced);
            if is_new {
                let before = lock(&self.files).next_seq();
                self.progress.failed(SyncFailure { path, source, before });
            }
            // No process continues the file if this one dies.
            self.checkpoint.file_poisoned(name, end_seq);
        }
        let (copies, failure) = self.unsynced.write_again();
        for copied in &copies {
            self.written_again(copied, points);
        }
        if let Some(CopyFailure { path, source }) = failure {
            let first = self.unsynced.first_seq().unwrap_or(synced);
            self.reports.post(Level::Error, || {
                let path = path.display();
                format!(
                    "could not write records from {first} on again to {path}, which is tried again: {source}"
                )
            });
            let before = lock(&self.files).next_seq();
            self.progress.failed(SyncFailure { path, source, before });
        }
        // It appends the control records about it, also if no event comes.
        self.progress.wake_committer();
    }

    /// Takes note of records that were written again, and are on disk.
    fn written_again(&self, copied: &SyncedCopy, points: &mut Vec<Synced>) {
        let (original, last) = (copied.original.name_text(), copied.seqs.end - 1);
        lock(&self.files).written_again(copied);
        for seqs in &copied.lost {
            let (from, to) = (seqs.start(), seqs.end());
            self.reports.post(Level::Error, || format!("records {from} to {to} of {original} are lost"));
            let path = self.path.join(original);
            self.progress.lost(*from..to + 1, &path, "the record was lost before it was on disk");
        }
        if let Some(copy) = &copied.copy {
            self.reports.post(Level::Warn, || {
                let (first, copy) = (copied.seqs.start, copy.name_text());
                format!(
                    "records {first} to {last} of {original} were written again to {copy}, and are on disk"
                )
            });
            points.push(Synced::at(copy.name, copy.len(), copied.seqs.end));
        }
    }

    /// Takes note of how far the records are on disk, of those before `next_seq`. Files are synced up
    /// to `points`. What is still to be rescued is not, nor anything behind it.
    fn synced(&mut self, points: Vec<Synced>, next_seq: u64) {
        // Until it is written, no file is found to be damaged: that is noted in the same place.
        let mut files = lock(&self.files);
        let rescued = files.rescued();
        let cap = self.unsynced.first_seq().into_iter().chain(rescued.from).min().unwrap_or(u64::MAX);
        let has_failed = !self.unsynced.is_empty() || rescued.has_failed;
        let last =
            points.into_iter().filter(|point| point.next_seq <= cap).max_by_key(|point| point.next_seq);
        let written = match last.filter(|point| point.next_seq > self.progress.synced()) {
            Some(point) => lock(&self.synced_file).write(Synced { has_failed, ..point }),
            None if has_failed => lock(&self.synced_file).write_failure(),
            None => lock(&self.synced_file).clear_failure(),
        };
        drop(files);
        if let Err(error) = written {
            self.report_synced_file(&error);
        }
        for (seqs, path) in rescued.lost {
            self.progress.lost(seqs, &path, "the record was lost with its day file before it was on disk");
        }
        rescued.failures.into_iter().for_each(|failure| self.progress.failed(failure));
        if has_failed {
            self.progress.synced_to(last.map_or(0, |point| point.next_seq));
        } else {
            self.progress.recovered();
            self.progress.synced_to(next_seq.min(cap));
        }
    }

    fn note_failure(&mut self) {
        if let Err(error) = lock(&self.synced_file).write_failure() {
            self.report_synced_file(&error);
        }
    }

    fn report_synced_file(&self, error: &io::Error) {
        let path = self.path.join(STATE).join(SYNCED);
        self.reports
            .post(Level::Warn, || format!("could not write {}; mirrors wait: {error}", path.display()));
    }
}
