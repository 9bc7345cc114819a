//! Where lines go: into the intake, from which the committer moves them, or straight into the
//! day files.

use crate::error::AppendError;
use crate::journal::days::files::{DayFiles, Run};
use crate::journal::intake::{AppendFailure, Fill, Mapped, Producer};
use crate::journal::progress::Progress;
use crate::journal::sequence::space_guard::SpaceGuard;
use crate::journal::settings::LiveSettings;
use crate::journal::storage::Directory;
use crate::lock::lock;
use crate::record::Timestamp;
use crate::report::Reports;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where lines go.
#[derive(Debug)]
pub(in crate::journal) enum Outlet {
    /// The caller writes them itself.
    DayFiles(Arc<Mutex<DayFiles>>, &'static Progress),
    /// With a guard where a store into the mapping needs free space on the disk.
    Intake(Producer<Mapped>, Option<SpaceGuard>),
    /// Nowhere at present: the intake's file can't be found under its name.
    Suspended(Producer<Mapped>, Option<SpaceGuard>),
    /// Nowhere any more.
    Stopped(AppendError),
}

/// Why a line was not appended.
#[derive(Debug)]
pub(in crate::journal) enum Stop {
    /// There is no room now, but there will be.
    Full,
    Failed(AppendError),
}

impl Stop {
    /// Returns the error of a caller that does not wait for room.
    pub(in crate::journal) fn into_error(self) -> AppendError {
        match self {
            Stop::Full => AppendError::Backlogged { waited: Duration::ZERO, source: None },
            Stop::Failed(error) => error,
        }
    }
}

impl Outlet {
    /// Has lines go into an intake.
    pub(in crate::journal) fn intake(
        producer: Producer<Mapped>,
        directory: &Arc<dyn Directory>,
        reports: &Arc<Reports>,
        settings: &Arc<LiveSettings>,
    ) -> Outlet {
        let guard = || SpaceGuard::new(Arc::clone(directory), Arc::clone(reports), Arc::clone(settings));
        let guard = producer.memory().needs_space().then(guard);
        Outlet::Intake(producer, guard)
    }

    /// Has an intake take no lines, or take them again.
    pub(in crate::journal) fn suspended(self, is_suspended: bool) -> Outlet {
        match self {
            Outlet::Intake(intake, guard) if is_suspended => Outlet::Suspended(intake, guard),
            Outlet::Suspended(intake, guard) if !is_suspended => Outlet::Intake(intake, guard),
            other => other,
        }
    }

    /// Appends the line of one record.
    #[inline]
    pub(in crate::journal) fn append(&mut self, run: Run<'_>) -> Result<(), Stop> {
        match self {
            Outlet::DayFiles(files, progress) => {
                lock(files).append(run).map_err(Stop::Failed)?;
                progress.committed_to(run.next_seq);
                Ok(())
            }
            Outlet::Intake(intake, _) => intake.append(run.lines).map_err(|failure| match failure {
                AppendFailure::Full => Stop::Full,
                AppendFailure::TooLong => Stop::Failed(AppendError::TooLong { bytes: run.lines.len() }),
            }),
            Outlet::Suspended(..) => Err(Stop::Full),
            Outlet::Stopped(error) => Err(Stop::Failed(error.clone())),
        }
    }

    /// Makes sure, before something is stored in the intake at that time, that the store is safe.
    #[inline]
    pub(in crate::journal) fn prepare_store(&mut self, now: Timestamp) {
        if let Outlet::Intake(intake, Some(guard)) | Outlet::Suspended(intake, Some(guard)) = self
            && guard.is_due(now)
        {
            guard.check(now, intake);
        }
    }

    /// Returns what tells how many bytes the intake contains; `None` without an intake.
    pub(in crate::journal) fn fill(&self) -> Option<Fill<Mapped>> {
        match self {
            Outlet::DayFiles(..) | Outlet::Stopped(_) => None,
            Outlet::Intake(intake, _) | Outlet::Suspended(intake, _) => Some(intake.fill()),
        }
    }

    pub(in crate::journal) fn has_intake(&self) -> bool {
        matches!(self, Outlet::Intake(..) | Outlet::Suspended(..))
    }

    /// Notes a line in the intake; returns whether it could.
    pub(in crate::journal) fn note(&mut self, place: usize, line: &str) -> bool {
        match self {
            Outlet::DayFiles(..) | Outlet::Stopped(_) => false,
            Outlet::Intake(intake, _) | Outlet::Suspended(intake, _) => {
                intake.note(place, line.as_bytes()).is_ok()
            }
        }
    }

    /// Marks a note as the next line, or no longer. If the mark can't be stored, the record may
    /// be there twice after a crash.
    pub(in crate::journal) fn mark_note(&mut self, place: Option<usize>, is_next: bool) {
        if let (Outlet::Intake(intake, _) | Outlet::Suspended(intake, _), Some(place)) = (self, place) {
            intake.mark_note(place, is_next).unwrap_or(());
        }
    }

    /// Removes a note. One that can't be removed is told again after a crash.
    pub(in crate::journal) fn remove_note(&mut self, place: Option<usize>) {
        if let (Outlet::Intake(intake, _) | Outlet::Suspended(intake, _), Some(place)) = (self, place) {
            intake.remove_note(place).unwrap_or(());
        }
    }
}
