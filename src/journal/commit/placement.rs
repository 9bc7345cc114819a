//! Keeps the intake where a reopened log finds it.
//!
//! An operator, a script or an attacker may remove or move the directory, its state, or the intake
//! alone, while the process has the intake's file mapped. No reopened log finds what is stored in it
//! then. So the names are compared with what was opened, before each batch and while lines are held
//! back. If one of them is lost, no line is acknowledged until the directory is created again and the
//! lines have moved to a new intake there, or to the day files. If another process has taken the
//! lock meanwhile, nothing is acknowledged any more.

use crate::error::{AppendError, Chain};
use crate::journal::days::files::DayFiles;
use crate::journal::intake::file::{IntakePlan, create_intake};
use crate::journal::intake::leftover::path;
use crate::journal::intake::{Consumer, Mapped};
use crate::journal::progress::Progress;
use crate::journal::sequence::appender::Appender;
use crate::journal::sequence::outlet::Outlet;
use crate::journal::settings::LiveSettings;
use crate::journal::state::checkpoint::CheckpointWriter;
use crate::journal::state::synced::SyncedFile;
use crate::journal::storage::{Directory, LostName};
use crate::lock::lock;
use crate::record::Record;
use crate::report::{Level, Reports};
use std::io;
use std::sync::{Arc, Mutex};

/// Keeps the intake where a reopened log finds it.
pub(in crate::journal) struct Placement {
    pub(in crate::journal) id: String,
    pub(in crate::journal) directory: Arc<dyn Directory>,
    pub(in crate::journal) files: Arc<Mutex<DayFiles>>,
    pub(in crate::journal) progress: &'static Progress,
    pub(in crate::journal) appender: Arc<Appender>,
    pub(in crate::journal) checkpoint: Arc<CheckpointWriter>,
    pub(in crate::journal) synced_file: Arc<Mutex<SyncedFile>>,
    pub(in crate::journal) settings: Arc<LiveSettings>,
    pub(in crate::journal) reports: Arc<Reports>,
    /// Whether the intake takes no lines, since it is not where it should be.
    pub(in crate::journal) is_suspended: bool,
}

impl Placement {
    /// Returns whether the intake takes no lines at present.
    pub(super) fn is_suspended(&self) -> bool {
        self.is_suspended
    }

    /// Checks that the intake is where a reopened log finds it, and brings its lines there if not.
    ///
    /// # Errors
    ///
    /// No lines may be written to the day files: the directory can't be created again, or another
    /// process has taken the lock.
    pub(super) fn check(&mut self, intake: &mut Consumer<Mapped>) -> Result<(), AppendError> {
        // Where a name can't be looked at, it is not known to be lost.
        if !self.is_suspended && !matches!(self.directory.lost_name(), Ok(Some(_))) {
            return Ok(());
        }
        self.restore(intake)
    }

    /// Notes outside of the intake that records before this number were accepted: they may be in it alone,
    /// and it may be lost.
    pub(super) fn note_accepted(&self, next_seq: u64) {
        // After a failure this is tried again soon.
        lock(&self.synced_file).write_accepted(next_seq).unwrap_or(());
    }

    #[cold]
    fn restore(&mut self, intake: &mut Consumer<Mapped>) -> Result<(), AppendError> {
        let notes = self.appender.lock().suspend();
        if intake.is_left() {
            // The journal is closed.
            return Ok(());
        }
        let was_suspended = std::mem::replace(&mut self.is_suspended, true);
        let checked = lock(&self.files).check_directory();
        if let Err(error) = checked {
            if matches!(error, AppendError::LockLost { .. }) {
                self.appender.stop(&error);
            } else {
                self.appender.set_commit_error(Some(error.clone()));
            }
            self.reports.deliver_if_heard();
            return Err(error);
        }
        let is_in_place = match self.directory.lost_name() {
            Ok(None) => true,
            Ok(Some(LostName::Intake)) => false,
            // Lost once more: it is looked at again soon.
            Ok(Some(_)) | Err(_) => return Ok(()),
        };
        // From here on no record is missing unless it is named, and none is missing once its line is in the
        // new intake. Nothing that waits for the disk comes before that.
        self.note_accepted(self.appender.next_seq());
        let placed = self.placed(intake, is_in_place, &notes);
        // The records of the open day file, if it is not where it was either: a reopened log takes no
        // lines from an intake that do not follow the records in the day files.
        lock(&self.files).check();
        match placed {
            Ok(outlet) => self.resume(outlet),
            Err(error) if intake.is_empty() && intake.is_released() => {
                // As when the journal is opened: all lines are in day files. An intake that stays is
                // empty.
                self.checkpoint.set_intake(false);
                self.directory.remove_intake().unwrap_or(());
                self.resume(Some(Outlet::DayFiles(Arc::clone(&self.files), self.progress)));
                self.report(&error, "each event is written on its own");
            }
            Err(error) if !was_suspended => {
                self.report(&error, "no event is recorded until the records in it are in day files");
            }
            Err(_) => {}
        }
        self.reports.deliver_if_heard();
        Ok(())
    }

    /// Has lines go to that outlet, or to the same one as before.
    fn resume(&mut self, outlet: Option<Outlet>) {
        let mut sequencer = self.appender.lock();
        match outlet {
            Some(outlet) => sequencer.redirect(outlet),
            None => sequencer.set_suspended(false),
        }
        drop(sequencer);
        self.is_suspended = false;
        self.appender.set_commit_error(None);
        self.progress.freed();
    }

    fn report(&self, error: &io::Error, so: &str) {
        let path = path(&*self.directory);
        self.reports.post(Level::Error, || {
            format!("{} is gone, and could not be made again, so {so}: {}", path.display(), Chain(error))
        });
    }

    /// Brings the intake where it should be. Returns the outlet that leads there, unless it is the same as
    /// before.
    fn placed(
        &self,
        intake: &mut Consumer<Mapped>,
        is_in_place: bool,
        notes: &[(usize, Record)],
    ) -> io::Result<Option<Outlet>> {
        if is_in_place {
            return Ok(None);
        }
        let plan = IntakePlan { id: &self.id, bytes: intake.capacity(), next_seq: intake.first_seq(), notes };
        let copy =
            |new: &mut _| intake.copy_to(new).map_err(|_| io::Error::other("its records could not be moved"));
        let made = create_intake(&*self.directory, &plan, copy)?;
        let (producer, mut consumer) = made.ok_or(io::ErrorKind::Unsupported)?;
        consumer.skip_to(intake.next_seq());
        *intake = consumer;
        let path = path(&*self.directory);
        self.reports.post(Level::Error, || {
            format!("{} was removed while in use; recreated with the records in it", path.display())
        });
        Ok(Some(Outlet::intake(producer, &self.directory, &self.reports, &self.settings)))
    }
}
