//! What the last writer has left in its intake, and the intake of the next one.

use crate::error::OpenError;
use crate::journal::days::files::DayFiles;
#[cfg(any(target_os = "linux", windows))]
use crate::journal::days::space::StoreGuard;
use crate::journal::intake::{self, Image, Tail};
#[cfg(any(target_os = "linux", windows))]
use crate::journal::intake::{Consumer, Mapped, Mapping};
use crate::journal::sequence::sequencer::{GAP_PLACES, Outlet, noted_line, noted_record};
use crate::journal::storage::Directory;
use crate::journal::storage::layout::{Folder, INTAKE, STATE};
use crate::journal::{Chain, Live};
use crate::record::{Record, Stamp, Timestamp, Value};
use crate::report::{Level, Reports};
use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// What is in an intake's file.
#[derive(Debug, Default)]
pub(in crate::journal) struct Left {
    /// The lines, each with its number, which follow one another.
    pub(in crate::journal) pending: Vec<(u64, Vec<u8>)>,
    /// What it had to say of itself, and had not said: to be asked with the number that comes
    /// next.
    image: Option<Image>,
    /// Where they stand, and how large the ring is.
    place: Option<(usize, Tail, Tail)>,
}

/// The committer's end of the intake, where there is one.
#[cfg(any(target_os = "linux", windows))]
pub(in crate::journal) type Taker = Option<Consumer<Mapped>>;
#[cfg(not(any(target_os = "linux", windows)))]
pub(in crate::journal) type Taker = Option<()>;

fn path(directory: &dyn Directory) -> PathBuf {
    directory.path().join(STATE).join(INTAKE)
}

/// The journal's id, as an intake has it.
pub(crate) fn id_bytes(id: &str) -> [u8; 16] {
    u128::from_str_radix(id, 16).unwrap_or_default().to_be_bytes()
}

impl Left {
    /// Reads what there is. Of another version's nothing can be told, and so nothing is
    /// touched.
    pub(in crate::journal) fn read(directory: &dyn Directory, id: &str) -> Result<Left, OpenError> {
        let fail = |source| OpenError::State { path: path(directory), source };
        let Some(bytes) = directory.read_intake().map_err(fail)? else {
            return Ok(Left::default());
        };
        // It was made, and nobody has put anything in that has reached the disk.
        if bytes.iter().take(intake::LABEL_BYTES).all(|byte| *byte == 0) {
            return Ok(Left::default());
        }
        let image = Image::of(bytes, id_bytes(id)).map_err(fail)?;
        let mut lines = image.lines();
        let pending = lines.by_ref().collect();
        let place = image.tail().zip(lines.end()).map(|(tail, head)| (image.capacity(), tail, head));
        Ok(Left { pending, image: Some(image), place })
    }

    /// What the last writer had to say of itself, and had not said before the record
    /// `next_seq`, each with its place in the intake.
    pub(in crate::journal) fn notes(&self, next_seq: u64) -> Vec<(usize, Record)> {
        let Some(image) = &self.image else {
            return Vec::new();
        };
        let record = |(place, line)| Some((place, noted_record(line)?));
        let mut notes = image.notes(next_seq).filter_map(record).collect::<Vec<_>>();
        // The one may not have been taken away yet when the other was there.
        let gaps = notes.iter().filter(|(place, _)| GAP_PLACES.contains(place));
        let count = |record: &Record| record.resource.get("count").and_then(Value::as_u64);
        let newest = gaps.max_by_key(|(_, record)| count(record)).map(|(place, _)| *place);
        notes.retain(|(place, _)| !GAP_PLACES.contains(place) || Some(*place) == newest);
        notes
    }

    /// Keeps aside what does not follow the records that there are: they were written, and a
    /// loss of power has taken them. Gives the `log.recovered` that says so.
    pub(in crate::journal) fn keep_strays_aside(
        &mut self,
        directory: &dyn Directory,
        next_seq: u64,
    ) -> Result<Option<Record>, OpenError> {
        match self.pending.first() {
            Some((first, line)) if *first > next_seq => {
                let stamp = Stamp::of(line.trim_ascii_end()).ok();
                let day = stamp
                    .map_or_else(|| "1970-01-01".to_owned(), |stamp| stamp.ts.to_string()[..10].to_owned());
                let lines = self.pending.iter().flat_map(|(_, line)| line).copied().collect::<Vec<_>>();
                let kept_in = directory
                    .keep_aside(Folder::Torn, &format!("audit-{day}.log.{first}"), &lines)
                    .map_err(|source| OpenError::State { path: path(directory), source })?;
                self.place = None;
                let strays = std::mem::take(&mut self.pending).len();
                Ok(Some(Record::new("log.recovered").resource("strays", strays).resource("kept_in", kept_in)))
            }
            _ => Ok(None),
        }
    }

    /// The numbers of its lines.
    pub(in crate::journal) fn numbers(&self) -> Option<RangeInclusive<u64>> {
        Some(self.pending.first()?.0..=self.pending.last()?.0)
    }

    /// The number behind that of the last line.
    pub(in crate::journal) fn end(&self) -> Option<u64> {
        self.numbers().map(|numbers| numbers.end().saturating_add(1))
    }

    /// The time of the last line.
    pub(in crate::journal) fn last_ts(&self) -> Option<Timestamp> {
        let (_, line) = self.pending.last()?;
        Stamp::of(line.trim_ascii_end()).ok().map(|stamp| stamp.ts)
    }

    /// All its lines are in day files, and others come next.
    pub(in crate::journal) fn is_done(&mut self) {
        self.pending.clear();
        self.place = None;
    }

    /// Its lines from this number on.
    pub(in crate::journal) fn lines_from(&self, seq: u64) -> impl Iterator<Item = (u64, Vec<u8>)> {
        self.pending.iter().filter(move |(number, _)| *number >= seq).cloned()
    }
}

/// How a journal goes on behind what was found.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::journal) struct Course {
    /// The number of the record that comes next in the day files.
    pub(in crate::journal) from: u64,
    /// How many of them are in the intake.
    pub(in crate::journal) from_intake: u64,
    /// The number that is given next.
    pub(in crate::journal) next_seq: u64,
    /// Numbers that were given, and whose records are not there any more.
    pub(in crate::journal) lost: Vec<RangeInclusive<u64>>,
}

impl Course {
    /// The day files have the records before `found`, it is known that there were those before
    /// `reached`, and the intake has these, which are no strays.
    pub(in crate::journal) fn new(found: u64, reached: u64, intake: Option<RangeInclusive<u64>>) -> Course {
        let (mut course, behind) = match intake.filter(|numbers| *numbers.end() >= found) {
            Some(numbers) => {
                let (from, end) = (found.max(*numbers.start()), numbers.end() + 1);
                let lost = if found < from { vec![found..=from - 1] } else { Vec::new() };
                (Course { from, from_intake: end - from, next_seq: end.max(reached), lost }, end)
            }
            None => (Course { from: reached, from_intake: 0, next_seq: reached, lost: Vec::new() }, found),
        };
        if behind < course.next_seq {
            course.lost.push(behind..=course.next_seq - 1);
        }
        course
    }

    /// Whether there is nothing in the intake, and nothing is lost.
    pub(in crate::journal) fn is_in_order(&self) -> bool {
        self.from_intake == 0 && self.lost.is_empty()
    }

    /// Whether records are missing behind those in the intake.
    pub(in crate::journal) fn is_apart(&self) -> bool {
        self.from_intake > 0 && self.from + self.from_intake < self.next_seq
    }
}

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
    left: &Left,
    next: &Next<'_>,
    files: &Arc<Mutex<DayFiles>>,
    reports: &Arc<Reports>,
    live: &Arc<Live>,
) -> Result<(Outlet, Taker), OpenError> {
    #[cfg(any(target_os = "linux", windows))]
    if next.bytes > 0 {
        let why = match mapped(&**directory, left, next) {
            Ok(Some((producer, consumer))) => {
                let guard = || StoreGuard::new(Arc::clone(directory), Arc::clone(reports), Arc::clone(live));
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
    let mut day_files = files.lock().unwrap_or_else(PoisonError::into_inner);
    day_files.owe(left.lines_from(next.next_seq));
    match day_files.catch_up() {
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
    Ok((Outlet::Direct(Arc::clone(files)), None))
}

#[cfg(any(target_os = "linux", windows))]
type Ends = (intake::Producer<Mapped>, Consumer<Mapped>);

/// The ends of an intake; `None` where mapping is not safe.
#[cfg(any(target_os = "linux", windows))]
fn mapped(directory: &dyn Directory, left: &Left, next: &Next<'_>) -> io::Result<Option<Ends>> {
    let next_seq = next.next_seq;
    let is_pending = left.pending.last().is_some_and(|(seq, _)| *seq >= next_seq);
    if !is_pending {
        match anew(directory, next) {
            // There may be no space for another one beside it, or no right to make one.
            Err(_) if left.place.is_some() => {}
            made => return made,
        }
    }
    let Some((capacity, tail, head)) = left.place else {
        return Ok(None);
    };
    let file = directory.open_intake()?;
    let mapping = directory.mapping(&file)?;
    let mapped = Mapped::again(file, mapping, capacity)?;
    let (mut producer, mut consumer) = intake::resume(mapped, capacity, tail, head).map_err(no_space)?;
    // Those that are in the day files already.
    consumer.skip_to(next_seq);
    consumer.release().map_err(no_space)?;
    if !is_pending {
        intake::renumber(&mut producer, &mut consumer, next_seq).map_err(no_space)?;
    }
    Ok(Some((producer, consumer)))
}

#[cfg(any(target_os = "linux", windows))]
fn anew(directory: &dyn Directory, next: &Next<'_>) -> io::Result<Option<Ends>> {
    let Some(file) = directory.new_intake()? else {
        return Ok(None);
    };
    let mapping = directory.mapping(&file)?;
    if mapping == Mapping::Unsafe {
        return Ok(None);
    }
    let capacity =
        next.bytes.next_power_of_two().clamp(*intake::CAPACITIES.start(), *intake::CAPACITIES.end());
    let mapped = Mapped::new(file, mapping, capacity)?;
    let (mut producer, consumer) =
        intake::create(mapped, capacity, id_bytes(next.id), next.next_seq).map_err(no_space)?;
    for (place, record) in next.notes {
        producer.note(*place, noted_line(record).as_bytes()).map_err(no_space)?;
    }
    directory.put_intake()?;
    Ok(Some((producer, consumer)))
}

#[cfg(any(target_os = "linux", windows))]
fn no_space(_: intake::Unwritable) -> io::Error {
    io::Error::new(io::ErrorKind::StorageFull, "it can't be written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_intake_is_used_and_what_is_missing_is_lost() {
        let course = |found, reached, intake, lost: &[RangeInclusive<u64>]| {
            let Course { from, from_intake, next_seq, lost: found_lost } =
                Course::new(found, reached, intake);
            assert_eq!(found_lost, lost);
            (from, from_intake, next_seq)
        };
        assert_eq!(course(0, 0, None, &[]), (0, 0, 0));
        assert_eq!(course(7, 7, None, &[]), (7, 0, 7));
        assert_eq!(course(7, 9, None, &[7..=8]), (9, 0, 9));
        assert_eq!(course(7, 7, Some(3..=6), &[]), (7, 0, 7));
        assert_eq!(course(7, 7, Some(3..=7), &[]), (7, 1, 8));
        assert_eq!(course(7, 7, Some(7..=9), &[]), (7, 3, 10));
        assert_eq!(course(7, 9, Some(3..=6), &[7..=8]), (9, 0, 9));
        assert_eq!(course(7, 9, Some(3..=9), &[]), (7, 3, 10));
        assert_eq!(course(7, 9, Some(9..=9), &[7..=8]), (9, 1, 10));
        assert_eq!(course(7, 20, Some(3..=9), &[10..=19]), (7, 3, 20));
        assert_eq!(course(7, 20, Some(9..=11), &[7..=8, 12..=19]), (9, 3, 20));
    }
}
