//! Rescues the records of a day file that another program has removed, renamed, replaced, cut
//! short or written to while it was open: a rotation tool, a mistake, an attacker.
//!
//! The records that the open file still has are copied into a further file of the day, and those
//! that were appended since the last check are copied from memory. What can't be written or synced is
//! tried again as long as the file is open, since no other place has it: see `rescued_later`. An altered
//! file is moved to the
//! quarantine, `.state/altered/`. Records that are nowhere are named in `log.file_lost`.

use crate::journal::days::file::DayFile;
use crate::journal::days::missing::{file_lost, sync_failed};
use crate::journal::days::own::aside::set_aside;
use crate::journal::days::repair::copy::{FileCopy, remove};
use crate::journal::days::scan::day_files;
use crate::journal::state::synced::SyncedFile;
use crate::journal::storage::Directory;
use crate::journal::storage::layout::{DayFileName, Folder, STATE, SYNCED};
use crate::lock::lock;
use crate::record::Record;
use std::fmt;
use std::io;
use std::ops::{Range, RangeInclusive};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The shortest time between two attempts to copy records. Behind one that took long it is longer: others
/// wait for the day files meanwhile.
const AGAIN: Duration = Duration::from_millis(500);

/// How many times as long as the last attempt is waited before the next one.
const PAUSE_PER_ATTEMPT: u32 = 4;

/// What was done to a day file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::journal::days) enum Damage {
    /// Its name leads to another file, or to none.
    Gone,
    /// It is longer or shorter than the lines that were written to it.
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

/// Returns what was done to a file, if anything was.
pub(in crate::journal::days) fn damage(
    directory: &dyn Directory,
    day_file: &DayFile,
) -> io::Result<Option<Damage>> {
    let (len, identity) = day_file.file().len_and_identity()?;
    if let Some(held) = identity
        && directory.identity(day_file.name_text())? != Some(held)
    {
        return Ok(Some(Damage::Gone));
    }
    Ok((len != day_file.len()).then_some(Damage::Altered))
}

/// Notes outside of the day files that the records of a file, those before `next_seq`, are in no directory any more,
/// before they are copied: if the process ends meanwhile, the next one names those that are nowhere, and has the
/// others brought to disk.
pub(in crate::journal::days) fn note_damaged(synced_file: &Mutex<SyncedFile>, file: &DayFile, next_seq: u64) {
    // Where it can't be written there is only the copy.
    lock(synced_file).write_damaged(file.first_seq(), next_seq).unwrap_or(());
}

/// What became of a file's records.
#[derive(Debug, Default)]
pub(in crate::journal::days) struct Rescue {
    /// The file with the copies.
    pub(in crate::journal::days) copy: Option<DayFile>,
    /// The name of the file in the directory, if it was renamed to that of another day file.
    renamed_to: Option<DayFileName>,
    /// Where the altered file is quarantined.
    quarantined_as: Option<String>,
    /// The records that are not in the directory any more.
    pub(in crate::journal::days) missing: Vec<RangeInclusive<u64>>,
    /// Why the copy, or the file under its new name, could not be synced.
    pub(in crate::journal::days) unsynced: Option<io::Error>,
    /// Whether the records could not be copied, and may be later. There is no copy then.
    pub(in crate::journal::days) is_unwritten: bool,
    failures: Vec<String>,
}

impl Rescue {
    /// Rescues the records before `next_seq` of a damaged file.
    pub(in crate::journal::days) fn of(
        directory: &dyn Directory,
        synced_file: &Mutex<SyncedFile>,
        day_file: &DayFile,
        damage: Damage,
        next_seq: u64,
    ) -> Rescue {
        let mut rescue = Rescue::default();
        if damage == Damage::Gone {
            rescue.renamed_to = renamed_to(directory, day_file);
        }
        match (rescue.renamed_to, day_file.first_seq()) {
            (Some(_), _) => rescue.sync(directory, synced_file, day_file),
            (None, Some(first_seq)) => rescue.copy(directory, synced_file, day_file, first_seq..next_seq),
            (None, None) => {}
        }
        rescue.remove_part(directory);
        if damage == Damage::Altered {
            match quarantine(directory, day_file) {
                Ok(path) => rescue.quarantined_as = Some(path),
                Err(error) => rescue.failures.push(format!("could not quarantine it: {error}")),
            }
        }
        rescue
    }

    /// Copies the records of a file.
    fn copy(
        &mut self,
        directory: &dyn Directory,
        synced_file: &Mutex<SyncedFile>,
        day_file: &DayFile,
        seqs: Range<u64>,
    ) {
        let mut copy = FileCopy::new(directory, day_file.name, seqs.start);
        if let Err(error) = copy.copy(day_file, seqs.start, seqs.end) {
            self.failures.push(format!("could not copy its records: {error}"));
        }
        if let Some(copy) = &copy.file {
            self.sync(directory, synced_file, copy);
        }
        self.is_unwritten = copy.is_unwritten;
        self.missing = copy.saved.missing_in(seqs);
        self.copy = copy.file;
    }

    /// Removes a copy that could not be written to its end, so that it can be tried again. In part it would
    /// take up the disk, a piece more with each attempt.
    fn remove_part(&mut self, directory: &dyn Directory) {
        if let Some(part) = self.copy.take_if(|_| self.is_unwritten)
            && let Err(error) = directory.remove(Folder::Days, part.name_text())
        {
            self.failures.push(format!("could not remove {}: {error}", part.name_text()));
        }
    }

    /// Returns whether the records are to be copied again, from the file that is still open.
    pub(in crate::journal::days) fn is_to_be_done_again(&self) -> bool {
        self.is_unwritten || self.renamed_to.is_none() && self.unsynced.is_some()
    }

    /// Returns the file's records, which are tried again as long as it is open. Those before `synced`
    /// were on disk.
    pub(in crate::journal::days) fn unrescued(
        self,
        file: DayFile,
        next_seq: u64,
        synced: u64,
    ) -> Option<Unrescued> {
        let seqs = file.first_seq()?..next_seq;
        let copy = self.copy.zip(self.unsynced).map(|(file, error)| UnsyncedCopy {
            file,
            missing: self.missing,
            error: Arc::new(error),
            is_new: true,
        });
        let kept_in = self.quarantined_as;
        Some(Unrescued { file, seqs, synced, kept_in, copy, due: Instant::now() + AGAIN })
    }

    /// Syncs a file with rescued records, and its name.
    fn sync(&mut self, directory: &dyn Directory, synced_file: &Mutex<SyncedFile>, file: &DayFile) {
        let synced = file.file().syncer().and_then(|sync| sync());
        if let Err(error) = synced.and_then(|()| directory.syncer()).and_then(|sync| sync()) {
            // At once: the system does not tell the next process of the error.
            if let Err(error) = lock(synced_file).write_failure() {
                self.failures.push(format!("could not write {STATE}/{SYNCED}: {error}"));
            }
            self.failures.push(format!("could not sync {}: {error}", file.name_text()));
            self.unsynced = Some(error);
        }
    }

    /// Returns a `log.file_lost` for each range of missing records.
    pub(in crate::journal::days) fn records(&self, name: DayFileName) -> impl Iterator<Item = Record> {
        self.missing
            .iter()
            .map(move |seqs| file_lost(&name.to_string(), seqs, self.quarantined_as.as_deref()))
    }
}

/// The end of a sentence that says what was done to the file.
impl fmt::Display for Rescue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.renamed_to {
            write!(f, "; it is {name} now")?;
        }
        if let Some(copy) = &self.copy {
            write!(f, "; its records were written again to {}", copy.name)?;
        }
        if let Some(path) = &self.quarantined_as {
            write!(f, "; it was moved to {path}")?;
        }
        for seqs in &self.missing {
            let are = if self.is_unwritten { "are not copied yet" } else { "are lost" };
            write!(f, "; records {} to {} {are}", seqs.start(), seqs.end())?;
        }
        self.failures.iter().try_for_each(|failure| write!(f, "; {failure}"))
    }
}

/// Records that could not be copied yet, of a file that is still open.
#[derive(Debug)]
pub(in crate::journal::days) struct Unrescued {
    pub(in crate::journal::days) file: DayFile,
    seqs: Range<u64>,
    /// Those before this number were on disk when the file was damaged.
    synced: u64,
    /// Where the altered file is quarantined.
    kept_in: Option<String>,
    /// The last copy, if it could not be synced. It stays until there is another one: the next process
    /// may find the records in it.
    copy: Option<UnsyncedCopy>,
    /// When it is tried again.
    due: Instant,
}

/// A copy that could not be synced.
#[derive(Debug)]
struct UnsyncedCopy {
    file: DayFile,
    /// The records that are not in it, and were nowhere.
    missing: Vec<RangeInclusive<u64>>,
    error: Arc<io::Error>,
    /// Whether no caller knows of the failure yet.
    is_new: bool,
}

impl Unrescued {
    /// Tries again, if that is due. Returns what became of it once the records are written, or lost since the
    /// file can't be read.
    pub(in crate::journal::days) fn retry(
        &mut self,
        directory: &dyn Directory,
        synced_file: &Mutex<SyncedFile>,
    ) -> Option<Rescue> {
        let begun = Instant::now();
        if begun < self.due {
            return None;
        }
        let mut rescue = Rescue::default();
        rescue.copy(directory, synced_file, &self.file, self.seqs.clone());
        rescue.quarantined_as.clone_from(&self.kept_in);
        rescue.remove_part(directory);
        self.due = Instant::now() + AGAIN.max(PAUSE_PER_ATTEMPT * begun.elapsed());
        if rescue.is_unwritten {
            return None;
        }
        // The new copy has all that the last one had.
        if let Some(last) = self.copy.take() {
            remove(directory, &last.file);
        }
        if let Some(error) = rescue.unsynced.take() {
            let missing = std::mem::take(&mut rescue.missing);
            let copy = rescue.copy.take();
            self.copy = copy.map(|file| UnsyncedCopy { file, missing, error: Arc::new(error), is_new: true });
            return None;
        }
        Some(rescue)
    }

    /// Returns the name of the last copy, if it could not be synced.
    pub(in crate::journal::days) fn unsynced_copy(&self) -> Option<DayFileName> {
        self.copy.as_ref().map(|copy| copy.file.name)
    }

    /// Returns why the last copy could not be synced, unless it was returned before.
    pub(in crate::journal::days) fn take_failure(&mut self) -> Option<(DayFileName, Arc<io::Error>)> {
        let copy = self.copy.as_mut()?;
        std::mem::take(&mut copy.is_new).then(|| (copy.file.name, Arc::clone(&copy.error)))
    }

    /// Returns the `log.sync_failed` of the last copy, if it could not be synced.
    pub(in crate::journal::days) fn sync_failed(&self) -> Option<Record> {
        let copy = self.copy.as_ref()?;
        Some(sync_failed(copy.file.name_text(), &self.seqs, &copy.error))
    }

    /// Returns the numbers of the first and the last record.
    pub(in crate::journal::days) fn ends(&self) -> (u64, u64) {
        (self.seqs.start, self.seqs.end.saturating_sub(1))
    }

    /// Returns the number behind the last record.
    pub(in crate::journal::days) fn end(&self) -> u64 {
        self.seqs.end
    }

    /// Returns the number of the first record that is not on disk, and was not when the file was damaged.
    pub(in crate::journal::days) fn unsynced_from(&self) -> Option<u64> {
        Some(self.seqs.start.max(self.synced)).filter(|from| *from < self.seqs.end)
    }

    /// Returns the records that are in no file, now that they are given up: all of them, or those that
    /// the last copy has not.
    pub(in crate::journal::days) fn given_up(&self) -> Vec<RangeInclusive<u64>> {
        match &self.copy {
            Some(copy) => copy.missing.clone(),
            None => vec![self.seqs.start..=self.seqs.end.saturating_sub(1)],
        }
    }

    /// Returns the `log.file_lost` of records that are given up.
    pub(in crate::journal::days) fn lost(&self, seqs: &RangeInclusive<u64>) -> Record {
        file_lost(self.file.name_text(), seqs, self.kept_in.as_deref())
    }
}

/// Returns the name of the day file that a removed file is now, if it was only renamed. An error
/// means that it is none.
fn renamed_to(directory: &dyn Directory, day_file: &DayFile) -> Option<DayFileName> {
    let held = day_file.file().identity().ok()??;
    let names = day_files(directory).ok()?;
    names.into_iter().find(|name| directory.identity(&name.to_string()).ok().flatten() == Some(held))
}

/// Moves an altered file to the quarantine; returns its new path.
fn quarantine(directory: &dyn Directory, day_file: &DayFile) -> io::Result<String> {
    let name = day_file.name_text();
    set_aside(directory, Folder::Days, name, name)
}
