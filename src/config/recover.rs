//! Recovering a log whose application does not start again.

use super::settings::audit_config::AuditConfig;
use crate::error::OpenError;
use crate::follow::Cursors;
use crate::journal::{DiskDirectory, Journal, Opener, Recovery, Sharing, SystemClock};
use crate::report::{Level, Reports};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long the call waits for its reports to reach the runtime log.
const REPORT_TIMEOUT: Duration = Duration::from_millis(100);

/// Recovers the audit log in `dir`, for an application that does not start again.
///
/// Appends the records that a dead process had accepted, but not written, to the day files, as
/// [`open`](crate::AuditLayerBuilder::open) does it, with a `log.recovered` record. All of them are
/// on disk when this returns. If there is nothing to recover, nothing is changed. Old files are not
/// removed.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path().join("audit");
/// # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
/// let recovery = tracing_audit::recover(&dir)?;
/// println!("{} records were recovered from the intake", recovery.from_intake);
/// for record in &recovery.records {
///     println!("the log appended: {record}");
/// }
/// # assert!(recovery.records.is_empty());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`OpenError::State`] if there is no log in `dir`. [`OpenError::Locked`], without waiting, if the
/// log is open, in this process or in another one. Otherwise as for
/// [`open`](crate::AuditLayerBuilder::open). Also if the disk is full: then the records stay in the
/// intake.
#[track_caller]
pub fn recover(dir: impl AsRef<Path>) -> Result<Recovery, OpenError> {
    let opener = Opener::passing_here();
    let dir = dir.as_ref();
    DiskDirectory::check_there(dir)?;
    // The settings of the application are not known here.
    let sharing = Sharing { group: DiskDirectory::group_of(dir), allow_group_writable: true };
    let (directory, mut warnings) = DiskDirectory::open(dir, Duration::ZERO, sharing, &opener)?;
    let id = directory.id().to_owned();
    let (cursors, others) = Cursors::load(&directory, &id);
    warnings.extend(others);
    let reports = Reports::new();
    for warning in warnings {
        reports.post(Level::Warn, || warning);
    }
    let settings = AuditConfig::new(dir).journal();
    let (directory, clock) = (Arc::new(directory), Arc::new(SystemClock));
    let recovery = Journal::recover(directory, &id, clock, Arc::clone(&reports), settings, &*cursors);
    reports.deliver_within(REPORT_TIMEOUT);
    recovery
}
