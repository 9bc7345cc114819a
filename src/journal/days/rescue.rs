//! A day file that somebody else has removed, renamed, replaced, cut short or written
//! to while it was appended to: a rotation tool, a mistake, an attacker.
//!
//! What the open file still holds of the journal's records is copied into a further
//! file of the day, and so is what was appended since somebody has looked, from memory; a
//! file that was altered is kept aside in `.state/altered/`. Records that are not there any
//! more are named in `log.file_lost`.

use crate::journal::days::file::DayFile;
use crate::journal::days::lines::{LineReader, read_range};
use crate::journal::days::scan::{day_files, first_line, last_record, open_if_readable};
use crate::journal::state::synced::Synced;
use crate::journal::storage::Directory;
use crate::journal::storage::layout::{DayFileName, Folder};
use crate::record::{Outcome, Record, Value};
use std::fmt;
use std::io;
use std::ops::{Range, RangeInclusive};

/// How much is copied at a time, in bytes.
const BATCH: usize = 256 * 1024;

/// What was done to a day file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::journal) enum Damage {
    /// Its name leads elsewhere, or nowhere.
    Gone,
    /// It is longer or shorter than what was written to it.
    Altered,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Damage::Gone => "removed, renamed or replaced",
            Damage::Altered => "cut short or written to",
        })
    }
}

/// What was done to the file, if anything was.
pub(in crate::journal) fn damage(
    directory: &dyn Directory,
    day_file: &DayFile,
) -> io::Result<Option<Damage>> {
    let (len, identity) = day_file.file().len_and_identity()?;
    if let Some(held) = identity
        && directory.identity(day_file.spelled())? != Some(held)
    {
        return Ok(Some(Damage::Gone));
    }
    Ok((len != day_file.len()).then_some(Damage::Altered))
}

/// What became of a damaged file's records.
#[derive(Debug, Default)]
pub(in crate::journal) struct Rescue {
    /// The file that they were copied into.
    pub(in crate::journal) copy: Option<DayFile>,
    /// The name under which the file still lies in the directory.
    renamed_to: Option<DayFileName>,
    /// Where the altered file is kept aside.
    kept_in: Option<String>,
    /// Those that are not in the directory any more.
    missing: Vec<RangeInclusive<u64>>,
    /// Whether the copy could not be synced.
    pub(in crate::journal) is_unsynced: bool,
    /// What could not be done.
    failures: Vec<String>,
}

impl Rescue {
    /// Saves what is left of the records before `next_seq`.
    pub(in crate::journal) fn of(
        directory: &dyn Directory,
        day_file: &DayFile,
        damage: Damage,
        next_seq: u64,
    ) -> Rescue {
        let mut rescue = Rescue::default();
        if damage == Damage::Gone {
            rescue.renamed_to = renamed_to(directory, day_file);
        }
        match (rescue.renamed_to, day_file.first_seq()) {
            (Some(_), _) => rescue.sync(directory, day_file),
            (None, Some(first_seq)) => {
                rescue.copy_records(directory, day_file, first_seq, first_seq..next_seq)
            }
            (None, None) => {}
        }
        if damage == Damage::Altered {
            match quarantine(directory, day_file) {
                Ok(path) => rescue.kept_in = Some(path),
                Err(error) => rescue.failures.push(format!("it could not be kept aside: {error}")),
            }
        }
        rescue
    }

    /// Saves what is left of these records, whose file could not be synced.
    pub(in crate::journal) fn of_unsynced(
        directory: &dyn Directory,
        day_file: &DayFile,
        seqs: Range<u64>,
    ) -> Rescue {
        let mut rescue = Rescue::default();
        if let Some(first_seq) = day_file.first_seq() {
            rescue.copy_records(directory, day_file, first_seq, seqs.start.max(first_seq)..seqs.end);
        }
        rescue
    }

    /// Copies these records of a file that begins with `first_seq`.
    fn copy_records(
        &mut self,
        directory: &dyn Directory,
        day_file: &DayFile,
        first_seq: u64,
        seqs: Range<u64>,
    ) {
        let mut copy = Copy {
            from_seq: seqs.start,
            directory,
            name: day_file.name,
            file: None,
            batch: Batch::default(),
            saved: Runs::default(),
        };
        // What was appended since somebody has looked is remembered, whatever is in the file
        // now.
        let (recent, recent_lines) = day_file.recent();
        let recent_from = seqs.end.saturating_sub(recent_lines).max(first_seq);
        let copied = copy_beginning(day_file, first_seq..recent_from, &mut copy).and_then(|()| {
            for (seq, line) in (recent_from..).zip(recent.split_inclusive(|byte| *byte == b'\n')) {
                copy.add(seq, line)?;
            }
            copy.write()
        });
        if let Err(error) = copied {
            self.failures.push(format!("its records could not be copied: {error}"));
        }
        if let Some(copy) = &copy.file {
            self.sync(directory, copy);
        }
        self.missing = copy.saved.missing_in(seqs);
        self.copy = copy.file;
    }

    /// What is saved is to be on disk, under its name.
    fn sync(&mut self, directory: &dyn Directory, file: &DayFile) {
        let synced = file.file().syncer().and_then(|sync| sync());
        if let Err(error) = synced.and_then(|()| directory.syncer()).and_then(|sync| sync()) {
            self.is_unsynced = true;
            self.failures.push(format!("{} could not be synced: {error}", file.spelled()));
        }
    }

    /// `log.file_lost`, for each run of records that are not there any more.
    pub(in crate::journal) fn records(&self, name: DayFileName) -> impl Iterator<Item = Record> {
        self.missing.iter().map(move |seqs| file_lost(&name.to_string(), seqs, self.kept_in.as_deref()))
    }

    /// For the runtime log, behind what was done to the file.
    pub(in crate::journal) fn describe(&self) -> String {
        let mut text = String::new();
        if let Some(name) = self.renamed_to {
            text += &format!("; it is {name} now");
        }
        if let Some(copy) = &self.copy {
            text += &format!("; its records are copied into {}", copy.name);
        }
        if let Some(path) = &self.kept_in {
            text += &format!("; it is kept aside as {path}");
        }
        for seqs in &self.missing {
            text += &format!("; the records {} to {} are lost", seqs.start(), seqs.end());
        }
        for failure in &self.failures {
            text += &format!("; {failure}");
        }
        text
    }
}

/// What a file is called of which nobody knows the name any more.
pub(in crate::journal) const UNKNOWN: &str = "unknown";

/// `log.file_lost`, for each run of records among these that no day file has: as far as
/// the first and the last record of each file tell.
pub(in crate::journal) fn missing_in_directory(
    directory: &dyn Directory,
    seqs: Range<u64>,
) -> io::Result<Vec<Record>> {
    let mut files = Vec::new();
    for name in day_files(directory)? {
        if let Some(file) = open_if_readable(directory, name)?
            && let Some(first) = first_line(&*file)?.seq()
            && let Some(last) = last_record(&*file)?
        {
            files.push((first, last.seq));
        }
    }
    let runs = Runs::of(files);
    let missing = runs.missing_in(seqs);
    Ok(missing.iter().map(|seqs| file_lost(UNKNOWN, seqs, None)).collect())
}

/// `log.file_lost`, for each run of records among these that no day file has, and of which no
/// record there tells. What is known to be on disk is not looked through.
pub(in crate::journal) fn untold_in_directory(
    directory: &dyn Directory,
    seqs: Range<u64>,
    synced: &Synced,
) -> io::Result<Vec<Record>> {
    if seqs.is_empty() {
        return Ok(Vec::new());
    }
    let mut known = Vec::<(u64, u64)>::new();
    for name in day_files(directory)? {
        let Some(file) = open_if_readable(directory, name)? else {
            continue;
        };
        if last_record(&*file)?.is_none_or(|last| last.seq < seqs.start) {
            continue;
        }
        let offset = if name == synced.file { synced.offset } else { 0 };
        let mut lines = LineReader::new(offset);
        while let Some(line) = lines.next(&*file)? {
            if let Some(stamp) = line.stamp() {
                match known.last_mut() {
                    Some((_, last)) if *last + 1 == stamp.seq => *last = stamp.seq,
                    _ => known.push((stamp.seq, stamp.seq)),
                }
                known.extend(lost_by(line.bytes));
            }
        }
    }
    let missing = Runs::of(known).missing_in(seqs);
    Ok(missing.iter().map(|seqs| file_lost(UNKNOWN, seqs, None)).collect())
}

/// What a `log.file_lost` says is lost.
fn lost_by(line: &[u8]) -> Option<(u64, u64)> {
    const EVENT: &[u8] = b"\"log.file_lost\"";
    // It stands behind the time; most lines are others.
    if !line[..line.len().min(96)].windows(EVENT.len()).any(|part| part == EVENT) {
        return None;
    }
    let record = Record::from_line(line.trim_ascii_end()).ok()?;
    let number = |key: &str| record.resource.get(key).and_then(Value::as_u64);
    number("from_seq").zip(number("to_seq"))
}

/// `log.file_lost`
pub(in crate::journal) fn file_lost(name: &str, seqs: &RangeInclusive<u64>, kept_in: Option<&str>) -> Record {
    Record::new("log.file_lost")
        .resource("file", name)
        .resource("from_seq", seqs.start())
        .resource("to_seq", seqs.end())
        .resource("kept_in", kept_in)
        .outcome(Outcome::Failure)
}

/// Runs of consecutive numbers, in order.
#[derive(Debug, Default)]
pub(in crate::journal) struct Runs(Vec<RangeInclusive<u64>>);

impl Runs {
    /// Of ranges in any order, each with its first and last number.
    pub(in crate::journal) fn of(mut ranges: Vec<(u64, u64)>) -> Runs {
        ranges.sort_unstable();
        let mut runs = Runs::default();
        for (first, last) in ranges {
            runs.append(Runs(vec![first..=last.max(first)]));
        }
        runs
    }

    /// The number behind the last.
    pub(in crate::journal) fn end(&self) -> u64 {
        self.0.last().map_or(0, |run| *run.end() + 1)
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|run| run.end() - run.start() + 1).sum()
    }

    pub(in crate::journal) fn add(&mut self, seq: u64) {
        match self.0.last_mut() {
            Some(run) if *run.end() + 1 == seq => *run = *run.start()..=seq,
            _ => self.0.push(seq..=seq),
        }
    }

    fn append(&mut self, other: Runs) {
        for run in other.0 {
            match self.0.last_mut() {
                Some(last) if *last.end() + 1 == *run.start() => *last = *last.start()..=*run.end(),
                _ => self.0.push(run),
            }
        }
    }

    /// What is not in them. All that is behind the 32nd hole counts as one.
    pub(in crate::journal) fn missing_in(&self, seqs: Range<u64>) -> Vec<RangeInclusive<u64>> {
        const HOLES: usize = 32;
        let mut holes = Vec::new();
        let mut from = seqs.start;
        for (start, next) in
            self.0.iter().map(|run| (*run.start(), *run.end() + 1)).chain([(seqs.end, seqs.end)])
        {
            let start = start.min(seqs.end);
            if from < start {
                holes.push(from..=start - 1);
            }
            from = from.max(next);
        }
        if let Some(last) = holes.last().map(|hole| *hole.end())
            && holes.len() > HOLES
        {
            holes.truncate(HOLES);
            holes[HOLES - 1] = *holes[HOLES - 1].start()..=last;
        }
        holes
    }
}

/// Copies the records that the file still begins with: one after the other, without a hole.
/// What begins otherwise than it did is somebody else's, whatever numbers it has.
fn copy_beginning(day_file: &DayFile, seqs: Range<u64>, copy: &mut Copy<'_>) -> io::Result<()> {
    let file = day_file.file();
    let len = usize::try_from(file.len()?).unwrap_or(usize::MAX).min(day_file.head().len());
    if read_range(file, 0, len as u64)? != day_file.head()[..len] {
        return Ok(());
    }
    let mut expected = seqs.start;
    let mut lines = LineReader::default();
    while expected < seqs.end
        && let Some(line) = lines.next(file)?
    {
        let Some(stamp) = line.stamp() else {
            continue;
        };
        if stamp.seq != expected {
            // Nothing behind it is known to be ours.
            break;
        }
        expected += 1;
        copy.add(stamp.seq, line.bytes)?;
    }
    Ok(())
}

/// The further file that records are copied into, made when there are any.
struct Copy<'a> {
    directory: &'a dyn Directory,
    /// Records before this number are left out.
    from_seq: u64,
    name: DayFileName,
    file: Option<DayFile>,
    batch: Batch,
    /// Those that it has.
    saved: Runs,
}

/// Lines that are not written yet.
#[derive(Default)]
struct Batch {
    lines: Vec<u8>,
    seqs: Runs,
}

impl Batch {
    fn add(&mut self, seq: u64, line: &[u8]) {
        self.lines.extend_from_slice(line);
        self.seqs.add(seq);
    }
}

impl Copy<'_> {
    fn add(&mut self, seq: u64, line: &[u8]) -> io::Result<()> {
        if seq < self.from_seq {
            return Ok(());
        }
        self.batch.add(seq, line);
        if self.batch.lines.len() >= BATCH { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> io::Result<()> {
        let Some(first_seq) = self.batch.seqs.0.first().map(|run| *run.start()) else {
            return Ok(());
        };
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(further_file(self.directory, self.name)?),
        };
        file.append(&self.batch.lines, self.batch.seqs.count())?;
        file.begins_with(first_seq);
        self.saved.append(std::mem::take(&mut self.batch).seqs);
        Ok(())
    }
}

/// A new file behind those that the day has.
fn further_file(directory: &dyn Directory, name: DayFileName) -> io::Result<DayFile> {
    for index in name.index..u32::MAX {
        let name = DayFileName { day: name.day, index: index + 1 };
        match directory.create(&name.to_string()) {
            Ok(file) => return Ok(DayFile::new(name, file, 0)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The day file that it is now, if somebody has only given it another name. Where that
/// can't be found out, it is not.
fn renamed_to(directory: &dyn Directory, day_file: &DayFile) -> Option<DayFileName> {
    let held = day_file.file().identity().ok()??;
    day_files(directory)
        .ok()?
        .into_iter()
        .find(|name| directory.identity(&name.to_string()).ok().flatten() == Some(held))
}

/// Takes an altered file out of the day files; gives its new path.
fn quarantine(directory: &dyn Directory, day_file: &DayFile) -> io::Result<String> {
    let name = day_file.name.to_string();
    for number in 0..=u32::MAX {
        let new_name = if number == 0 { name.clone() } else { format!("{name}.{number}") };
        match directory.move_file(Folder::Days, &name, Folder::Altered, &new_name) {
            Ok(()) => return Ok(Folder::Altered.path_of(&new_name)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_runs_is_missing() {
        let mut runs = Runs::default();
        [2, 3, 5, 8, 9].into_iter().for_each(|seq| runs.add(seq));
        assert_eq!(runs.missing_in(0..12), [0..=1, 4..=4, 6..=7, 10..=11]);
        assert_eq!(runs.missing_in(2..4), []);
        assert_eq!(Runs::default().missing_in(7..9), [7..=8]);
        assert_eq!(Runs::default().missing_in(7..7), []);
        let mut odd = Runs::default();
        (0..100).for_each(|number| odd.add(2 * number + 1));
        let missing = odd.missing_in(0..200);
        assert_eq!((missing.len(), missing.last()), (32, Some(&(62..=198))));
    }
}
