//! Where an opened journal's lines go: into an intake, or straight into the day files.

use crate::error::{Chain, OpenError};
use crate::journal::days::files::DayFiles;
use crate::journal::intake::file::{Ends, IntakePlan, create_intake, no_space};
use crate::journal::intake::leftover::{LeftoverIntake, path};
use crate::journal::intake::{Consumer, Mapped, Producer, renumber, resume};
use crate::journal::progress::Progress;
use crate::journal::sequence::outlet::Outlet;
use crate::journal::settings::LiveSettings;
use crate::journal::state::checkpoint::CheckpointWriter;
use crate::journal::storage::Directory;
use crate::lock::lock;
use crate::report::{Level, Reports};
use std::io;
use std::sync::{Arc, Mutex};

/// Returns where lines go, and the committer's end of the intake, if there can be an intake. The
/// lines of the leftover one are in it then, otherwise in the day files.
#[allow(clippy::too_many_arguments, reason = "called in one place")]
pub(super) fn outlet(
    directory: &Arc<dyn Directory>,
    leftover: &LeftoverIntake,
    plan: &IntakePlan<'_>,
    files: &Arc<Mutex<DayFiles>>,
    reports: &Arc<Reports>,
    settings: &Arc<LiveSettings>,
    progress: &'static Progress,
    checkpoint: &CheckpointWriter,
) -> Result<(Outlet, Option<Consumer<Mapped>>), OpenError> {
    // A process that died while it made one has left it, and it takes up the disk.
    directory.remove_new_intake().map_err(|source| OpenError::State { path: path(&**directory), source })?;
    if plan.bytes > 0 && Mapped::IS_AVAILABLE {
        let why = match mapped(&**directory, leftover, plan, reports) {
            Ok(Some((producer, consumer))) => {
                checkpoint.set_intake(true);
                return Ok((Outlet::intake(producer, directory, reports, settings), Some(consumer)));
            }
            Ok(None) => "mappings are not known to be safe on this file system".to_owned(),
            Err(error) => error.to_string(),
        };
        let path = path(&**directory);
        let text = || format!("could not map {}, so each event is written on its own: {why}", path.display());
        reports.post(Level::Warn, text);
    }
    let mut day_files = lock(files);
    day_files.add_backlog(leftover.lines_from(plan.next_seq));
    match day_files.append_backlog() {
        Ok(()) => {
            checkpoint.set_intake(false);
            directory
                .remove_intake()
                .map_err(|source| OpenError::State { path: path(&**directory), source })?;
        }
        // The intake stays until they can be appended.
        Err(error) => {
            let (path, why) = (path(&**directory), Chain(&error));
            let text =
                || format!("could not append the records that a crash has left in {}: {why}", path.display());
            reports.post(Level::Error, text);
        }
    }
    drop(day_files);
    Ok((Outlet::DayFiles(Arc::clone(files), progress), None))
}

/// Returns both ends of an intake, which has the lines of the leftover one; `None` if a mapping is not
/// safe.
fn mapped(
    directory: &dyn Directory,
    leftover: &LeftoverIntake,
    plan: &IntakePlan<'_>,
    reports: &Reports,
) -> io::Result<Option<Ends>> {
    let next_seq = plan.next_seq;
    let copy = |new: &mut Producer<Mapped>| {
        let mut lines = leftover.lines_from(next_seq);
        let copied = lines.try_for_each(|(_, line)| new.append(&line));
        copied.map_err(|_| io::Error::other("it has no room for the records of the one before"))
    };
    // The one that there is may be smaller than it should be by now.
    let error = match create_intake(directory, plan, copy) {
        Ok(made) => return Ok(made),
        Err(error) => error,
    };
    // The disk may have no space for a second intake, or the directory may be read-only.
    let Some((capacity, tail, head)) = leftover.ring else {
        return Err(error);
    };
    let file = directory.open_intake()?;
    let mapping = directory.mapping(&file)?;
    let mapped = Mapped::again(file, mapping, capacity)?;
    let (mut producer, mut consumer) = resume(mapped, capacity, tail, head).map_err(no_space)?;
    // Lines that are in the day files already.
    consumer.skip_to(next_seq);
    consumer.release().map_err(no_space)?;
    if consumer.is_empty() {
        renumber(&mut producer, &mut consumer, next_seq).map_err(no_space)?;
    }
    if capacity < plan.capacity() {
        reports.post(Level::Warn, || {
            let path = path(directory);
            format!(
                "{} has {capacity} bytes, of {} that are set, until the log is opened again: {error}",
                path.display(),
                plan.bytes
            )
        });
    }
    Ok(Some((producer, consumer)))
}
