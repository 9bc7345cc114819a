//! One directory that is followed: looking at it from time to time.

use super::file::{Beginning, FollowedFile, end_of_lines};
use super::known::Is;
use super::reading::Reading;
use crate::journal::storage::id_in;
use crate::journal::storage::layout::{DayFileName, JOURNAL, STATE, SYNCED};
use crate::journal::{LineReader, OwnRuns, plausible_ends, synced_until};
use crate::read::query::{Match, Search, day_file_in, is_of_the_log};
use crate::read::regular_file;
use crate::read::{Trouble, TroubleKind};
use crate::record::Stamp;
use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So often all files are looked at; in between, the newest and those that change.
const ALL: Duration = Duration::from_secs(1);

/// A file is looked at each time for so long after it has changed.
const CHANGING: Duration = Duration::from_secs(10);

/// One directory that is followed.
#[derive(Debug)]
pub(super) struct FollowedDirectory {
    dir: PathBuf,
    reading: Reading,
    /// When all files were looked at last.
    looked_at_all: Option<Instant>,
    /// Why the directory can't be read, if it can't.
    error: Option<io::ErrorKind>,
    /// Names without a meaning here that were there at the last look at all files.
    odd_names: HashSet<PathBuf>,
    /// The number before which all records are on disk, if only these are shown.
    synced: Option<u64>,
    synced_error: Option<io::ErrorKind>,
    /// The files that were there when following began, and how far each was passed over.
    begin: Vec<(PathBuf, u64)>,
}

impl FollowedDirectory {
    pub(super) fn new(dir: &Path, search: &Arc<Search>, only_synced: bool) -> FollowedDirectory {
        let journal = id(dir).unwrap_or_else(|| dir.display().to_string());
        FollowedDirectory {
            dir: dir.to_owned(),
            reading: Reading::new(Arc::clone(search), Arc::from(journal)),
            looked_at_all: None,
            error: None,
            odd_names: HashSet::new(),
            synced: only_synced.then_some(0),
            synced_error: None,
            begin: Vec::new(),
        }
    }

    /// Passes over what is there.
    ///
    /// # Errors
    ///
    /// The directory can't be read, for another reason than that it is not there.
    pub(super) fn begin_at_the_end(&mut self) -> io::Result<()> {
        self.look_at_synced();
        let entries = match std::fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            // The query for the last records has said these.
            match entry.file_name().to_str().and_then(DayFileName::parse) {
                Some(name) if entry.file_type()?.is_file() => self.pass_over(name, entry.path()),
                _ => _ = self.reading.said.path(&entry.path()),
            }
        }
        Ok(())
    }

    fn pass_over(&mut self, name: DayFileName, path: PathBuf) {
        let mut file = FollowedFile::new(&self.reading.journal, name, path);
        match self.pass_over_file(&mut file) {
            Ok(()) => self.begin.push((file.path.clone(), file.offset)),
            Err(error) => {
                // Said when it is tried again, as far as the query has not said it.
                file.error = Some(error.to_string());
            }
        }
        self.reading.files.insert(name, file);
    }

    fn pass_over_file(&mut self, file: &mut FollowedFile) -> io::Result<()> {
        let open = regular_file::open(&file.path)?;
        let mut end = end_of_lines(&open)?;
        // What is written meanwhile is behind the end.
        let lines = Beginning { file: &open, len: end };
        let known = &mut self.reading.known;
        let last = match plausible_ends(&lines)? {
            Some((first, last)) => {
                known.add(first.seq, last.seq);
                Some(last.seq)
            }
            None => {
                let own = OwnRuns::of(&lines, None)?;
                own.runs().iter().for_each(|run| known.add(run.first.seq, run.last.seq));
                own.last().map(|last| last.seq)
            }
        };
        file.next_seq = last.and_then(|last| last.checked_add(1));
        if let Some(synced) = self.synced
            && last >= Some(synced)
        {
            // What is not on disk yet is shown when it is.
            end = end_of_synced(&open, synced)?;
            file.next_seq = None;
            self.reading.known.forget_from(synced);
        }
        file.begin_at(&open, end)
    }

    /// Returns whether a record that a query has found was there when following began, and was passed over. Its file
    /// may be another one by now.
    pub(super) fn was_there(&self, found: &Match) -> bool {
        if found.path().parent() != Some(&*self.dir) {
            return false;
        }
        match found.seq() {
            Some(seq) => self.reading.known.of(seq, found.line()) == Is::Known,
            None => self.begin.iter().any(|(path, offset)| found.path() == path && found.byte() < *offset),
        }
    }

    /// Notes a record that was shown.
    pub(super) fn was_shown(&mut self, found: &Match) {
        if let Some(seq) = found.seq() {
            self.reading.known.add_line(seq, found.line());
        }
    }

    /// Returns the next record or trouble; `None` if there is none since the last look.
    pub(super) fn next(&mut self) -> Option<Result<Match, Trouble>> {
        self.reading.next(self.synced)
    }

    /// Looks for what has changed.
    pub(super) fn look(&mut self) {
        self.look_at_synced();
        let looks_at_all = self.looked_at_all.is_none_or(|at| at.elapsed() >= ALL) || self.error.is_some();
        match self.look_at_files(looks_at_all) {
            Ok(()) => self.error = None,
            Err(error) => {
                if self.error.replace(error.kind()) != Some(error.kind()) {
                    let kind = match error.kind() {
                        io::ErrorKind::NotFound => TroubleKind::NoDirectory,
                        _ => TroubleKind::Unreadable(error),
                    };
                    self.reading.troubles.push_back(Trouble::of(&self.dir, kind));
                }
                return;
            }
        }
        if looks_at_all {
            self.looked_at_all = Some(Instant::now());
            self.reading.say_torn();
            self.look_at_id();
        }
    }

    fn look_at_files(&mut self, looks_at_all: bool) -> io::Result<()> {
        let newest = self.reading.files.keys().next_back().copied();
        let mut odd_names = HashSet::new();
        for entry in std::fs::read_dir(&self.dir)? {
            let entry = entry?;
            let (name, path) = (entry.file_name(), entry.path());
            let Some(name) = name.to_str().and_then(DayFileName::parse) else {
                // A name that is there for a moment is no trouble.
                if looks_at_all && !is_of_the_log(&name) && !self.odd_names.contains(&path) {
                    odd_names.insert(path);
                } else if looks_at_all && self.odd_names.contains(&path) {
                    if self.reading.said.path(&path) {
                        self.reading.troubles.push_back(Trouble::of(&path, TroubleKind::NotADayFile));
                    }
                    odd_names.insert(path);
                }
                continue;
            };
            if let Err(trouble) = day_file_in(&entry) {
                if self.reading.said.path(&path) {
                    self.reading.troubles.push_back(trouble);
                }
                continue;
            }
            self.look_at_file(name, path, looks_at_all || Some(name) >= newest);
        }
        if looks_at_all {
            self.odd_names = odd_names;
            self.reading.said.keep_only(|path| path.symlink_metadata().is_ok());
        }
        Ok(())
    }

    fn look_at_file(&mut self, name: DayFileName, path: PathBuf, is_due: bool) {
        let reading = &mut self.reading;
        let (journal, is_new) = (&reading.journal, !reading.files.contains_key(&name));
        let file = reading.files.entry(name).or_insert_with(|| FollowedFile::new(journal, name, path));
        if is_new || is_due || file.changed.elapsed() < CHANGING {
            // It may be gone again.
            if let Ok(metadata) = file.path.symlink_metadata()
                && file.has_changed(&metadata)
            {
                reading.unread.insert(name);
            }
        }
    }

    /// Begins anew if another log has taken the place of the one that was read.
    fn look_at_id(&mut self) {
        let Some(id) = id(&self.dir) else {
            return;
        };
        let known = &self.reading.journal;
        if **known != *id {
            if **known != *self.dir.display().to_string() {
                self.reading.begin_anew();
                self.reading.troubles.push_back(Trouble::of(&self.dir, TroubleKind::AnotherLog));
            }
            self.reading.journal = Arc::from(id);
        }
    }

    fn look_at_synced(&mut self) {
        if self.synced.is_none() {
            return;
        }
        match synced(&self.dir) {
            Ok(next_seq) => (self.synced, self.synced_error) = (Some(next_seq), None),
            Err(error) => {
                let is_said = self.synced_error.replace(error.kind()) == Some(error.kind());
                if error.kind() != io::ErrorKind::NotFound && !is_said {
                    let path = self.dir.join(STATE).join(SYNCED);
                    self.reading.troubles.push_back(Trouble::of(path, TroubleKind::Unreadable(error)));
                }
            }
        }
    }
}

/// Returns the number before which all records are on disk.
pub(super) fn synced(dir: &Path) -> io::Result<u64> {
    let path = dir.join(STATE).join(SYNCED);
    let contents = regular_file::contents(&path, 1 << 16)?;
    synced_until(&contents).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is damaged"))
}

fn id(dir: &Path) -> Option<String> {
    id_in(&regular_file::contents(&dir.join(STATE).join(JOURNAL), 1 << 16).ok()?).ok()
}

/// Returns where the records before a number end in a file.
fn end_of_synced(file: &File, seq: u64) -> io::Result<u64> {
    let mut lines = LineReader::default();
    let mut end = 0;
    while let Some(line) = lines.next(file)? {
        if Stamp::at_the_ends(line.text()).is_ok_and(|stamp| stamp.seq >= seq) {
            break;
        }
        end = line.end;
    }
    Ok(end)
}
