//! The records of damaged day files that could not be copied at once, as on a full disk.
//!
//! They are tried again as long as the file is open. Until the copy is on disk, none of them counts as
//! synced, and so nothing behind them does.

use crate::journal::days::files::DayFiles;
use crate::report::Level;
use std::io;
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
}

impl DayFiles {
    /// Tries again to copy the records of damaged files.
    pub(super) fn rescue_again(&mut self) {
        let directory = Arc::clone(&self.directory);
        for mut unrescued in std::mem::take(&mut self.unrescued) {
            let Some(rescue) = unrescued.retry(&*directory) else {
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
                self.ended.add(&copy, unrescued.end());
                self.has_new_names = true;
                if rescue.is_unsynced {
                    let error = io::Error::other("a sync has failed while its records were rescued");
                    self.add_failed(copy, unrescued.end(), error);
                }
            }
        }
    }

    /// Names the records that could not be copied: the log ends.
    pub(in crate::journal) fn give_up_rescue(&mut self) {
        for unrescued in std::mem::take(&mut self.unrescued) {
            self.queue_lost(vec![unrescued.lost()]);
            let (first, last) = unrescued.ends();
            self.lose(&[first..=last], unrescued.file.name_text());
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
        let from = self.unrescued.iter().filter_map(|unrescued| unrescued.unsynced_from()).min();
        Rescued { from, lost: std::mem::take(&mut self.lost_unsynced) }
    }
}
