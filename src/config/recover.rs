//! Putting a log in order that nobody opens any more.

use super::AuditConfig;
use crate::error::OpenError;
use crate::follow::Cursors;
use crate::journal::{DiskDirectory, Journal, Recovery, SystemClock};
use crate::report::{Level, Reports};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Puts the audit log in `dir` in order, for an application that does not start again: what
/// a process that died has accepted and not written yet is appended to the day files, as
/// [`open`](crate::AuditLayerBuilder::open) does it, and the log says so in `log.recovered`.
/// All of it is on disk when this returns.
///
/// It opens nothing, and where nothing is to be done, it changes nothing: so also the second
/// time. It does not remove old files.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let dir = folder.path().join("audit");
/// # drop(tracing_audit::AuditLayer::builder(&dir).open()?);
/// let recovery = tracing_audit::recover(&dir)?;
/// println!("{} records were on their way, and are in day files now", recovery.from_intake);
/// for record in &recovery.records {
///     println!("the log says: {record}");
/// }
/// # assert!(recovery.records.is_empty());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`OpenError::State`], if there is no log in `dir`; [`OpenError::Locked`], at once, if somebody
/// writes it, this process included; else as for [`open`](crate::AuditLayerBuilder::open), and
/// where the disk is full: then what is not written yet stays where it is.
pub fn recover(dir: impl AsRef<Path>) -> Result<Recovery, OpenError> {
    let dir = dir.as_ref();
    DiskDirectory::check_there(dir)?;
    let (directory, mut warnings) = DiskDirectory::open(dir, Duration::ZERO, DiskDirectory::group_of(dir))?;
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
    reports.deliver_from_outside();
    recovery
}
