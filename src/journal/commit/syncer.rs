//! Bringing what is in the day files to disk.
//!
//! One sync at a time, for all who wait for one: those who come while it goes on are served
//! by the next. It is done by a thread of its own, which rests while there is nothing to
//! sync, so that neither callers nor the committer wait for a disk, unless they want to.

use crate::journal::Shared;
use crate::journal::days::files::Unsynced;
use crate::journal::state::synced::Synced;
use crate::journal::storage::layout::{STATE, SYNCED};
use crate::report::Level;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long is waited after a sync that failed: at first, and at the most.
const AGAIN: Duration = Duration::from_millis(100);
const LATEST_AGAIN: Duration = Duration::from_secs(60);

impl Shared {
    /// Brings all that is in the day files to disk.
    pub(in crate::journal) fn sync(&self) {
        let mut synced_file = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        // Not in the match: the files would be held as long as that.
        let unsynced = self.files().unsynced();
        let Unsynced { name, len, next_seq, mark, files, names } = match unsynced {
            Ok(unsynced) => unsynced,
            Err(error) => return self.files().sync_failed(None, error),
        };
        if let Err(error) = files.into_iter().try_for_each(|sync| sync()) {
            return self.files().sync_failed(name, error);
        }
        if let Some(Err(error)) = names.map(|sync| sync()) {
            return self.files().sync_failed(None, error);
        }
        if self.files().synced(mark) {
            if let Some(file) = name
                && let Err(error) = synced_file.write(Synced { file, offset: len, next_seq })
            {
                let path = self.path.join(STATE).join(SYNCED);
                self.reports.post(Level::Warn, || {
                    format!("{} can't be written, and followers wait: {error}", path.display())
                });
            }
            self.progress.came_to_disk(next_seq);
        }
    }

    /// Syncs when somebody wants it, and when nobody has for a while.
    fn sync_again_and_again(&self) {
        let mut again = AGAIN;
        while self.progress.wait_for_sync(|| self.live.sync_interval()) {
            // Those who were served by the last sync, and are about to append again, are
            // served by this one.
            std::thread::yield_now();
            let before = self.progress.synced();
            self.sync();
            self.reports.deliver_if_heard();
            if self.progress.synced() == before {
                self.progress.wait_to_the_end(again);
                again = LATEST_AGAIN.min(2 * again);
            } else {
                again = AGAIN;
            }
        }
    }

    /// Begins the thread that syncs.
    pub(in crate::journal) fn begin_syncing(self: &Arc<Self>) -> std::io::Result<JoinHandle<()>> {
        let shared = Arc::clone(self);
        std::thread::Builder::new().name("audit-sync".to_owned()).spawn(move || shared.sync_again_and_again())
    }
}
