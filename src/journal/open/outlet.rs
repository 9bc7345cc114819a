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
use std::io;
use std::sync::{Arc, Mutex};

/// The committer's end of the intake, where there is one.
pub(in crate::journal) type Taker = Option<Consumer<Mapped>>;

/// What the intake is to be.
#[derive(Debug)]
pub(in crate::journal) struct Next<'a> {
    /// The journal's id.
    pub(in crate::journal) id: &'a str,
    /// How much it is to hold; 0, if there is to be none.
    pub(in crate::journal) bytes: usize,
    /// The number of the record behind those in the day files.
    pub(in crate::journal) next_seq: u64,
    /// What is to be noted in it, and where.
    pub(in crate::journal) notes: &'a [(usize, Record)],
}

/// Where lines go from here on: into an intake of so many bytes, if there can be one. What was
/// left in the last one is still in it, or in the day files.
pub(in crate::journal) fn outlet(
    directory: &Arc<dyn Directory>,
    left: &LeftoverIntake,
    next: &Next<'_>,
    files: &Arc<Mutex<DayFiles>>,
    reports: &Arc<Reports>,
    settings: &Arc<LiveSettings>,
    progress: &'static Progress,
) -> Result<(Outlet, Taker), OpenError> {
    if next.bytes > 0 && Mapped::IS_AVAILABLE {
        let why = match mapped(&**directory, left, next) {
            Ok(Some((producer, consumer))) => {
                let guard =
                    || SpaceGuard::new(Arc::clone(directory), Arc::clone(reports), Arc::clone(settings));
                let guard = producer.memory().needs_space().then(guard);
                return Ok((Outlet::Intake(producer, guard), Some(consumer)));
            }
            Ok(None) => "a mapping is not known to be safe on its file system".to_owned(),
            Err(error) => error.to_string(),
        };
        let path = path(&**directory);
        let text =
            || format!("{} can't be mapped, and each event is written on its own: {why}", path.display());
        reports.post(Level::Warn, text);
    }
    let mut day_files = lock(files);
    day_files.add_backlog(left.lines_from(next.next_seq));
    match day_files.append_backlog() {
        Ok(()) => {
            directory
                .remove_intake()
                .map_err(|source| OpenError::State { path: path(&**directory), source })?;
        }
        // It stays until they can.
        Err(error) => {
            let (path, why) = (path(&**directory), Chain(&error));
            let text = || format!("what a crash has left in {} can't be appended yet: {why}", path.display());
            reports.post(Level::Error, text);
        }
    }
    drop(day_files);
    Ok((Outlet::DayFiles(Arc::clone(files), progress), None))
}

type Ends = (Producer<Mapped>, Consumer<Mapped>);

/// The ends of an intake; `None` where mapping is not safe.
fn mapped(directory: &dyn Directory, left: &LeftoverIntake, next: &Next<'_>) -> io::Result<Option<Ends>> {
    let next_seq = next.next_seq;
    let is_pending = left.pending.last().is_some_and(|(seq, _)| *seq >= next_seq);
    if !is_pending {
        match anew(directory, next) {
            // There may be no space for another one beside it, or no right to make one.
            Err(_) if left.ring.is_some() => {}
            made => return made,
        }
    }
    let Some((capacity, tail, head)) = left.ring else {
        return Ok(None);
    };
    let file = directory.open_intake()?;
    let mapping = directory.mapping(&file)?;
    let mapped = Mapped::again(file, mapping, capacity)?;
    let (mut producer, mut consumer) = resume(mapped, capacity, tail, head).map_err(no_space)?;
    // Those that are in the day files already.
    consumer.skip_to(next_seq);
    consumer.release().map_err(no_space)?;
    if !is_pending {
        renumber(&mut producer, &mut consumer, next_seq).map_err(no_space)?;
    }
    Ok(Some((producer, consumer)))
}

fn anew(directory: &dyn Directory, next: &Next<'_>) -> io::Result<Option<Ends>> {
    let Some(file) = directory.new_intake()? else {
        return Ok(None);
    };
    let mapping = directory.mapping(&file)?;
    if mapping == Mapping::Unsafe {
        return Ok(None);
    }
    let capacity = next.bytes.next_power_of_two().clamp(*CAPACITIES.start(), *CAPACITIES.end());
    let mapped = Mapped::new(file, mapping, capacity)?;
    let (mut producer, consumer) =
        create(mapped, capacity, id_bytes(next.id), next.next_seq).map_err(no_space)?;
    for (place, record) in next.notes {
        producer.note(*place, noted_line(record).as_bytes()).map_err(no_space)?;
    }
    directory.put_intake()?;
    Ok(Some((producer, consumer)))
}

fn no_space(_: Unwritable) -> io::Error {
    io::Error::new(io::ErrorKind::StorageFull, "it can't be written")
}
