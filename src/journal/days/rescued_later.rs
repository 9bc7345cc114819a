//! The records of damaged day files that could not be copied at once, as on a full disk or one that
//! fails.
//!
//! They are tried again as long as the file is open. Until the copy is on disk, none of them counts as
//! synced, and so nothing behind them does. A copy whose sync has failed is not trusted: it may lose its
//! pages, also those of records that were on disk in the damaged file.

use crate::journal::days::files::DayFiles;
use crate::journal::days::repair::rescue::Unrescued;
use crate::journal::not_synced::SyncFailure;
use crate::report::Level;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::sync::Arc;

/// Which records are not on disk, whatever a sync has said.
#[derive(Debug, Default)]
pub(in crate::journal) struct Rescued {
    /// The first of those that are still to be copied.
    pub(in crate::journal) from: Option<u64>,
    /// Those that are lost, each range with the path of its file.
    pub(in crate::journal) lost: Vec<(Range<u64>, PathBuf)>,
    /// Whether a copy could not be synced.
    pub(in crate::journal) has_failed: bool,
    /// The copies whose sync has failed since the last call.
    pub(in crate::journal) failures: Vec<SyncFailure>,
}

impl DayFiles {
    /// Tries again to copy the records of damaged files.
    pub(super) fn rescue_again(&mut self) {
        let directory = Arc::clone(&self.directory);
        for mut unrescued in std::mem::take(&mut self.unrescued) {
            let copy = unrescued.unsynced_copy();
            let Some(rescue) = unrescued.retry(&*directory, &self.synced_file) else {
                if unrescued.unsynced_copy() != copy {
                    self.note_unsynced_copy(&unrescued);
                }
                self.unrescued.push(unrescued);
                continue;
            };
            let path = directory.path().join(unrescued.file.name_text());
            self.reports.post(Level::Warn, || {
                format!("the records of {} were copied at last{rescue}", path.display())
            });
            self.queue_lost(rescue.records(unrescued.file.name).collect());
            self.lose(&rescue.missing, unrescued.file.name_text());
            if let Some(mut copy) = rescue.copy {
                copy.end();
                self.checkpoint.files_changed();
                self.ended.add(&copy, unrescued.end());
                self.has_new_names = true;
            }
        }
    }

    /// Takes note of a copy that could not be synced, if it is one: no process continues it.
    pub(super) fn note_unsynced_copy(&self, unrescued: &Unrescued) {
        if let Some(name) = unrescued.unsynced_copy() {
            self.checkpoint.file_poisoned(name, unrescued.end());
        }
    }

    /// Names the records that are in no file: the log ends.
    pub(in crate::journal) fn give_up_rescue(&mut self) {
        for unrescued in std::mem::take(&mut self.unrescued) {
            let given_up = unrescued.given_up();
            self.queue_lost(given_up.iter().map(|seqs| unrescued.lost(seqs)).collect());
            self.lose(&given_up, unrescued.file.name_text());
        }
    }

    /// Takes note that records of a file are lost: the ones that are not known to be on disk never will be.
    pub(super) fn lose(&mut self, lost: &[RangeInclusive<u64>], file: &str) {
        let synced = self.progress.synced();
        let path = self.directory.path().join(file);
        let unsynced = lost.iter().map(|seqs| synced.max(*seqs.start())..seqs.end().saturating_add(1));
        self.lost_unsynced.extend(unsynced.filter(|seqs| !seqs.is_empty()).map(|seqs| (seqs, path.clone())));
    }

    /// Returns which records are not on disk, whatever a sync has said. The lost ones are returned once.
    pub(in crate::journal) fn rescued(&mut self) -> Rescued {
        let from = self.unrescued.iter().filter_map(Unrescued::unsynced_from).min();
        let has_failed = self.unrescued.iter().any(|unrescued| unrescued.unsynced_copy().is_some());
        let (path, before) = (self.directory.path().to_owned(), self.next_seq);
        let failures = self.unrescued.iter_mut().filter_map(Unrescued::take_failure);
        let failures = failures
            .map(|(name, source)| SyncFailure { path: path.join(name.to_string()), source, before })
            .collect();
        Rescued { from, lost: std::mem::take(&mut self.lost_unsynced), has_failed, failures }
    }
}
