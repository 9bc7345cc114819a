//! Where an opened journal's lines go: into an intake, or straight into the day files.

use crate::error::{Chain, OpenError};
use crate::journal::days::files::DayFiles;
use crate::journal::intake::leftover::{LeftoverIntake, path};
use crate::journal::intake::note::noted_line;
use crate::journal::intake::{CAPACITIES, Consumer, Mapped, Producer, Unwritable, create, renumber, resume};
use crate::journal::progress::Progress;
use crate::journal::sequence::outlet::Outlet;
use crate::journal::sequence::space_guard::SpaceGuard;
use crate::journal::settings::LiveSettings;
use crate::journal::storage::{Directory, Mapping, id_bytes};
use crate::lock::lock;
use crate::record::Record;
use crate::report::{Level, Reports};
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex};

/// What the intake should be.
#[derive(Debug)]
pub(super) struct IntakePlan<'a> {
    /// The journal's id.
    pub(super) id: &'a str,
    /// Its size in bytes; 0 for no intake.
    pub(super) bytes: usize,
    /// The number of the record behind those in the day files.
    pub(super) next_seq: u64,
    /// The records that are noted in it, each with its slot.
    pub(super) notes: &'a [(usize, Record)],
}

/// Returns where lines go, and the committer's end of the intake, if there can be an intake. The
/// lines of the leftover one are in it then, otherwise in the day files.
pub(super) fn outlet(
    directory: &Arc<dyn Directory>,
    leftover: &LeftoverIntake,
    plan: &IntakePlan<'_>,
    files: &Arc<Mutex<DayFiles>>,
    reports: &Arc<Reports>,
    settings: &Arc<LiveSettings>,
    progress: &'static Progress,
) -> Result<(Outlet, Option<Consumer<Mapped>>), OpenError> {
    // A process that died while it made one has left it, and it takes up the disk.
    directory.remove_new_intake().map_err(|source| OpenError::State { path: path(&**directory), source })?;
    if plan.bytes > 0 && Mapped::IS_AVAILABLE {
        let why = match mapped(&**directory, leftover, plan) {
            Ok(Some((producer, consumer))) => {
                let guard =
                    || SpaceGuard::new(Arc::clone(directory), Arc::clone(reports), Arc::clone(settings));
                let guard = producer.memory().needs_space().then(guard);
                return Ok((Outlet::Intake(producer, guard), Some(consumer)));
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

type Ends = (Producer<Mapped>, Consumer<Mapped>);

/// Returns both ends of an intake; `None` if a mapping is not safe.
fn mapped(
    directory: &dyn Directory,
    leftover: &LeftoverIntake,
    plan: &IntakePlan<'_>,
) -> io::Result<Option<Ends>> {
    let next_seq = plan.next_seq;
    let is_pending = leftover.pending.last().is_some_and(|(seq, _)| *seq >= next_seq);
    if !is_pending {
        match create_intake(directory, plan) {
            // The disk may have no space for a second intake, or the directory may be read-only.
            Err(_) if leftover.ring.is_some() => {}
            made => return made,
        }
    }
    let Some((capacity, tail, head)) = leftover.ring else {
        return Ok(None);
    };
    let file = directory.open_intake()?;
    let mapping = directory.mapping(&file)?;
    let mapped = Mapped::again(file, mapping, capacity)?;
    let (mut producer, mut consumer) = resume(mapped, capacity, tail, head).map_err(no_space)?;
    // Lines that are in the day files already.
    consumer.skip_to(next_seq);
    consumer.release().map_err(no_space)?;
    if !is_pending {
        renumber(&mut producer, &mut consumer, next_seq).map_err(no_space)?;
    }
    Ok(Some((producer, consumer)))
}

fn create_intake(directory: &dyn Directory, plan: &IntakePlan<'_>) -> io::Result<Option<Ends>> {
    let Some(file) = directory.new_intake()? else {
        return Ok(None);
    };
    let filled = fill_intake(directory, file, plan);
    // Whatever it takes of the disk, in part or in vain, others need.
    if !matches!(filled, Ok(Some(_))) {
        directory.remove_new_intake()?;
    }
    filled
}

/// Makes an empty file an intake, in place of the one that there is.
fn fill_intake(directory: &dyn Directory, file: File, plan: &IntakePlan<'_>) -> io::Result<Option<Ends>> {
    let mapping = directory.mapping(&file)?;
    if mapping == Mapping::Unsafe {
        return Ok(None);
    }
    let capacity = plan.bytes.next_power_of_two().clamp(*CAPACITIES.start(), *CAPACITIES.end());
    let mapped = Mapped::new(file, mapping, capacity)?;
    let (mut producer, consumer) =
        create(mapped, capacity, id_bytes(plan.id), plan.next_seq).map_err(no_space)?;
    for (place, record) in plan.notes {
        producer.note(*place, noted_line(record).as_bytes()).map_err(no_space)?;
    }
    directory.put_intake()?;
    Ok(Some((producer, consumer)))
}

fn no_space(_: Unwritable) -> io::Error {
    io::Error::new(io::ErrorKind::StorageFull, "it can't be written")
}
