//! The intake's file: made under a temporary name, and put in place once it is whole, with the lines
//! of the one before if that was removed.

use crate::journal::intake::format::room;
use crate::journal::intake::memory::Memory;
use crate::journal::intake::note::noted_line;
use crate::journal::intake::{AppendFailure, CAPACITIES, Consumer, Mapped, Producer, Unwritable, create};
use crate::journal::storage::{Directory, Mapping, id_bytes};
use crate::journal::sync::Ordering;
use crate::record::Record;
use std::fs::File;
use std::io;

impl<M: Memory> Consumer<M> {
    /// Returns the number of the first line whose space is not free.
    pub(crate) fn first_seq(&self) -> u64 {
        self.tail.seq
    }

    /// Appends all lines whose space is not free to another ring. The producer must not append
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// They don't fit, or another program has written to this ring.
    pub(crate) fn copy_to(&self, other: &mut Producer<M>) -> Result<(), AppendFailure> {
        let (head, mut at) = (self.ring.head.load(Ordering::Acquire), self.tail);
        while at.position < head {
            let line = self.ring.line(at, head).ok_or(AppendFailure::TooLong)?;
            other.append(&line)?;
            at = at.behind(room(line.len()));
        }
        Ok(())
    }

    /// Returns the size of the ring, in bytes.
    pub(crate) fn capacity(&self) -> usize {
        self.ring.geometry.capacity
    }
}

/// What the intake should be.
#[derive(Debug)]
pub(in crate::journal) struct IntakePlan<'a> {
    /// The journal's id.
    pub(in crate::journal) id: &'a str,
    /// Its size in bytes; 0 for no intake.
    pub(in crate::journal) bytes: usize,
    /// The number of the record behind those in the day files.
    pub(in crate::journal) next_seq: u64,
    /// The records that are noted in it, each with its slot.
    pub(in crate::journal) notes: &'a [(usize, Record)],
}

impl IntakePlan<'_> {
    /// Returns the size of its ring, in bytes.
    pub(in crate::journal) fn capacity(&self) -> usize {
        self.bytes.next_power_of_two().clamp(*CAPACITIES.start(), *CAPACITIES.end())
    }
}

/// Both ends of an intake.
pub(in crate::journal) type Ends = (Producer<Mapped>, Consumer<Mapped>);

/// Makes a new intake, in place of the one that there is, and fills it before it is put in place.
/// Returns `None` if a mapping is not safe.
pub(in crate::journal) fn create_intake(
    directory: &dyn Directory,
    plan: &IntakePlan<'_>,
    fill: impl FnOnce(&mut Producer<Mapped>) -> io::Result<()>,
) -> io::Result<Option<Ends>> {
    let Some(file) = directory.new_intake()? else {
        return Ok(None);
    };
    let filled = fill_intake(directory, file, plan, fill);
    // What it takes up of the disk, in part or in vain, is needed elsewhere.
    if !matches!(filled, Ok(Some(_))) {
        directory.remove_new_intake()?;
    }
    filled
}

fn fill_intake(
    directory: &dyn Directory,
    file: File,
    plan: &IntakePlan<'_>,
    fill: impl FnOnce(&mut Producer<Mapped>) -> io::Result<()>,
) -> io::Result<Option<Ends>> {
    let mapping = directory.mapping(&file)?;
    if mapping == Mapping::Unsafe {
        return Ok(None);
    }
    let capacity = plan.capacity();
    let mapped = Mapped::new(file, mapping, capacity)?;
    let (mut producer, consumer) =
        create(mapped, capacity, id_bytes(plan.id), plan.next_seq).map_err(no_space)?;
    for (place, record) in plan.notes {
        producer.note(*place, noted_line(record).as_bytes()).map_err(no_space)?;
    }
    fill(&mut producer)?;
    directory.put_intake()?;
    Ok(Some((producer, consumer)))
}

/// Returns the error for a store that the disk has no space for.
pub(in crate::journal) fn no_space(_: Unwritable) -> io::Error {
    io::Error::new(io::ErrorKind::StorageFull, "it can't be written")
}
