//! Checks whether the directory and the day files are as they should be.

use crate::error::{AppendError, Chain, OpenError};
use crate::journal::days::file::DayFile;
use crate::journal::days::files::DayFiles;
use crate::journal::days::missing::{SeqRanges, UNKNOWN, file_lost, missing_records};
use crate::journal::days::repair::rescue::{Rescue, Unrescued, damage, note_damaged};
use crate::journal::intake::leftover::path as intake_path;
use crate::journal::storage::layout::{Folder, INTAKE, STATE, SYNCED};
use crate::journal::storage::{Directory, LostName};
use crate::lock::lock;
use crate::record::Record;
use crate::report::Level;
use std::fmt::Display;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The time between two checks of the ended files.
const INTERVAL: Duration = Duration::from_millis(750);

/// How many of the last `log.file_lost` records are recorded again with the next one.
const AGAIN: usize = 32;

impl DayFiles {
    /// Checks the directory and the open file, and the ended files when that is due.
    pub(in crate::journal) fn check(&mut self) {
        if self.check_directory().is_err() {
            // Its files are out of reach, or another process's.
            return;
        }
        if std::mem::take(&mut self.is_recreated) {
            // First: without it the next process does not know that there were these records.
            lock(&self.synced_file).write_accepted(self.next_seq).unwrap_or(());
            self.sync_renewed();
            self.name_missing();
        }
        self.check_open_file();
        self.rescue_again();
        let now = Instant::now();
        if self.ended_due.is_none_or(|due| due <= now) {
            self.ended_due = Some(now + INTERVAL);
            self.check_ended_files();
        }
    }

    /// Checks all that can be checked.
    pub(in crate::journal) fn check_all(&mut self) {
        // A line that can't be appended now is tried again with the next one.
        self.append_backlog().unwrap_or(());
        self.ended_due = None;
        self.check();
        self.look_for_hold();
    }

    /// Returns the directory.
    pub(in crate::journal) fn directory(&self) -> &Arc<dyn Directory> {
        &self.directory
    }

    /// Checks the free space of the disk, and whether there is a legal hold: once a second.
    pub(in crate::journal) fn check_space(&mut self) {
        self.space.check();
        self.look_for_hold();
    }

    fn look_for_hold(&self) {
        // A directory that is out of reach is reported where its names are checked.
        self.hold.look().map(drop).unwrap_or(());
    }

    fn report_unchecked(&self, path: &Path, error: &dyn Display) {
        self.reports.post(Level::Error, || format!("could not check {}: {error}", path.display()));
    }

    fn check_ended_files(&mut self) {
        let directory = Arc::clone(&self.directory);
        let path = directory.path();
        match self.ended.check(&*directory, || self.checkpoint.kept_from()) {
            Ok(losses) => {
                for loss in losses {
                    let path = path.join(&loss.file);
                    let ranges = loss.records.len();
                    self.reports.post(Level::Error, || {
                        format!("the day file {} was removed, cut short or written to by another program; {ranges} ranges of its records are lost", path.display())
                    });
                    self.queue_lost(loss.records);
                }
            }
            Err(error) => self.report_unchecked(path, &error),
        }
    }

    /// Creates the directory or the lock's file again, if it is not where it was. This waits for no disk:
    /// [`check`](DayFiles::check) has it synced.
    ///
    /// # Errors
    ///
    /// It can't be: nothing is appended until it can, and never again if another process has taken
    /// the lock.
    pub(in crate::journal) fn check_directory(&mut self) -> Result<(), AppendError> {
        let directory = Arc::clone(&self.directory);
        let path = directory.path();
        if let Some(error @ AppendError::LockLost { .. }) = &self.displaced {
            return Err(error.clone());
        }
        let name = match directory.lost_name() {
            Ok(None | Some(LostName::Intake)) => {
                self.displaced = None;
                return Ok(());
            }
            Ok(Some(name)) => name,
            Err(error) => {
                self.report_unchecked(path, &error);
                return self.displaced.clone().map_or(Ok(()), Err);
            }
        };
        let what = if name == LostName::Lock { "the lock of " } else { "" };
        if let Err(error) = directory.renew() {
            let displaced = not_renewed(path, error);
            if self.displaced.replace(displaced.clone()).is_some() {
                return Err(displaced);
            }
            self.reports.post(Level::Error, || match &displaced {
                AppendError::LockLost { .. } => {
                    format!("{displaced}; this log records nothing more until it is opened again")
                }
                _ => {
                    let why = Chain(&displaced);
                    format!("{what}{} was removed while in use; recording stops: {why}", path.display())
                }
            });
            return Err(displaced);
        }
        self.displaced = None;
        self.reports
            .post(Level::Error, || format!("{what}{} was removed while in use; recreated", path.display()));
        self.is_recreated |= name == LostName::Directory;
        Ok(())
    }

    /// Brings to disk what was created again, with a checkpoint and how far the day files are on disk: `.state` is new.
    fn sync_renewed(&self) {
        if let Err(error) = self.directory.sync_renewed() {
            let path = self.directory.path();
            self.reports.post(Level::Warn, || format!("could not sync {}: {error}", path.display()));
        }
        self.checkpoint.committed_to(self.next_seq);
        if let Err(error) = lock(&self.synced_file).write_again() {
            let path = self.directory.path().join(STATE).join(SYNCED);
            self.reports.post(Level::Warn, || format!("could not write {}: {error}", path.display()));
        }
    }

    /// Names the records that a directory that was created again has not.
    fn name_missing(&mut self) {
        // The check of the open file rescues its records.
        let open = self.open.as_ref().filter(|open| !open.is_ended());
        let first_seq = open.and_then(DayFile::first_seq).unwrap_or(self.next_seq);
        // The records of these are still being rescued.
        let unrescued = SeqRanges::of(self.unrescued.iter().map(Unrescued::ends).collect());
        match missing_records(&*self.directory, || self.checkpoint.kept_from(), first_seq, &unrescued) {
            Ok(records) => self.queue_lost(records),
            Err(error) => self.report_unchecked(self.directory.path(), &error),
        }
    }

    /// Rescues the records of the open file, if it is damaged.
    pub(super) fn check_open_file(&mut self) {
        let Some(open) = self.open.as_mut().filter(|open| !open.is_ended()) else {
            return;
        };
        let path = || self.directory.path().join(open.name_text());
        let damage = match damage(&*self.directory, open) {
            Ok(None) => return open.checked(),
            Ok(Some(damage)) => damage,
            Err(error) => {
                let path = path();
                return self.report_unchecked(&path, &error);
            }
        };
        note_damaged(&self.synced_file, open, self.next_seq);
        // From here on it is known after a loss of power, too, that there were these records.
        self.checkpoint.committed_to(self.next_seq);
        let rescue = Rescue::of(&*self.directory, &self.synced_file, open, damage, self.next_seq);
        self.reports.post(Level::Error, || {
            format!("the day file {} was {damage} by another program{rescue}", path().display())
        });
        let name = open.name;
        let damaged = self.open.take();
        if rescue.is_to_be_done_again() {
            let synced = self.progress.synced();
            let unrescued = damaged.and_then(|damaged| rescue.unrescued(damaged, self.next_seq, synced));
            if let Some(unrescued) = unrescued {
                unrescued.sync_failed().into_iter().for_each(|failed| self.control_queue.push(failed));
                self.note_unsynced_copy(&unrescued);
                self.unrescued.push(unrescued);
            }
            return;
        }
        self.checkpoint.files_changed();
        let records = rescue.records(name).collect();
        self.queue_lost(records);
        self.lose(&rescue.missing, &name.to_string());
        if let Some(error) = rescue.unsynced
            && let Some(mut renamed) = damaged
        {
            // No file is asked again whose sync has failed.
            renamed.end();
            self.add_failed(renamed, self.next_seq, error);
        }
        self.open = rescue.copy;
        if let Some(copy) = &mut self.open {
            copy.complete();
            self.checkpoint.file_begun(copy.name, self.next_seq);
        }
    }

    /// Takes note that records were spoilt in the intake by another program. What stands where they were
    /// is quarantined.
    pub(in crate::journal) fn lost_in_intake(&mut self, seqs: Range<u64>, bytes: &[u8]) {
        let day = self.open.as_ref().map(|open| open.name).or_else(|| self.checkpoint.newest());
        let name = day.map_or_else(|| UNKNOWN.to_owned(), |name| name.to_string());
        let quarantined = match bytes {
            [] => Ok(None),
            mut bytes => {
                let name = format!("{name}.{}", seqs.start);
                self.directory.quarantine(Folder::Torn, &name, &mut bytes).map(Some)
            }
        };
        let path = intake_path(&*self.directory);
        let what = match &quarantined {
            Ok(Some(kept_in)) => format!("; what is left of them was moved to {kept_in}"),
            Ok(None) => String::new(),
            Err(error) => format!("; what is left of them could not be quarantined: {error}"),
        };
        let Range { start, end } = seqs;
        self.reports.post(Level::Error, || {
            let last = end.saturating_sub(1);
            format!(
                "{} was written to by another program: records {start} to {last} are lost{what}",
                path.display()
            )
        });
        if start < end {
            let reason = "the record was written over in the intake by another program";
            self.progress.lost(start..end, &path, reason);
            let kept_in = quarantined.ok().flatten();
            let file = format!("{STATE}/{INTAKE}");
            self.queue_lost(vec![file_lost(&file, &(start..=end - 1), kept_in.as_deref())]);
        }
    }

    /// Queues `log.file_lost` records, and the last ones again: an auditor finds each missing
    /// number named, even if the record that named it is lost now.
    pub(super) fn queue_lost(&mut self, records: Vec<Record>) {
        if records.is_empty() {
            return;
        }
        self.lost.iter().chain(&records).for_each(|record| self.control_queue.push(record.clone()));
        self.lost.extend(records);
        self.lost.drain(..self.lost.len().saturating_sub(AGAIN));
    }
}

/// Returns why nothing is appended to a directory that could not be renewed.
fn not_renewed(path: &Path, error: OpenError) -> AppendError {
    match error {
        OpenError::Locked { holder, .. } => AppendError::LockLost { directory: path.to_owned(), holder },
        error => {
            let source = io::Error::other(Chain(&error).to_string());
            AppendError::Write { path: path.to_owned(), source: Arc::new(source) }
        }
    }
}
