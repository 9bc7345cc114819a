//! The thread that syncs the day files.
//!
//! One sync at a time serves all callers that wait for one; those that come meanwhile are served
//! by the next. The thread sleeps while there is nothing to sync, so neither callers nor the
//! committer wait for a disk unless they ask to.

use crate::journal::days::files::DayFiles;
use crate::journal::days::resync::SyncJob;
use crate::journal::progress::Progress;
use crate::journal::settings::LiveSettings;
use crate::journal::state::synced::{Synced, SyncedFile};
use crate::journal::storage::layout::{STATE, SYNCED};
use crate::lock::lock;
use crate::report::{Level, Reports};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long the syncer waits after a sync that failed: at first, and at most.
const RETRY: Duration = Duration::from_millis(100);
const LATEST_RETRY: Duration = Duration::from_secs(60);

/// Syncs the day files.
pub(in crate::journal) struct Syncer {
    files: Arc<Mutex<DayFiles>>,
    progress: &'static Progress,
    settings: Arc<LiveSettings>,
    reports: Arc<Reports>,
    synced_file: SyncedFile,
    /// The directory of the journal.
    path: PathBuf,
}

impl Syncer {
    pub(in crate::journal) fn new(
        files: Arc<Mutex<DayFiles>>,
        progress: &'static Progress,
        settings: Arc<LiveSettings>,
        reports: Arc<Reports>,
        synced_file: SyncedFile,
        path: PathBuf,
    ) -> Syncer {
        Syncer { files, progress, settings, reports, synced_file, path }
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
            let before = self.progress.synced();
            self.sync();
            self.reports.deliver_if_heard();
            if self.progress.synced() == before {
                self.progress.wait_until_over(retry);
                retry = LATEST_RETRY.min(2 * retry);
            } else {
                retry = RETRY;
            }
        }
    }

    /// Syncs all that is in the day files.
    fn sync(&mut self) {
        // Not in the match, which would keep the lock.
        let job = lock(&self.files).sync_job();
        let SyncJob { name, len, next_seq, mark, files, names } = match job {
            Ok(job) => job,
            Err(error) => return lock(&self.files).sync_failed(None, error),
        };
        if let Err(error) = files.into_iter().try_for_each(|sync| sync()) {
            return lock(&self.files).sync_failed(name, error);
        }
        if let Some(Err(error)) = names.map(|sync| sync()) {
            return lock(&self.files).sync_failed(None, error);
        }
        if lock(&self.files).synced(mark) {
            if let Some(file) = name
                && let Err(error) = self.synced_file.write(Synced { file, offset: len, next_seq })
            {
                let path = self.path.join(STATE).join(SYNCED);
                self.reports.post(Level::Warn, || {
                    format!("could not write {}; mirrors wait: {error}", path.display())
                });
            }
            self.progress.synced_to(next_seq);
        }
    }
}
