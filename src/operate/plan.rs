//! What pruning would remove.

use super::cursors::saved_cursors;
use super::error::OperateError;
use super::operator::{Operator, Pruning, is_open};
use crate::config::mirrors_of;
use crate::error::Chain;
use crate::journal::storage::layout::{CHECKPOINT, DayFileName, Folder, HOLD, STATE, seal_of};
use crate::journal::{Prune, Today, own_ends};
use crate::read::{regular_file, small_file};
use crate::record::{Day, Object, Stamp, Value, hex};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// The longest small file that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// The folders with files that belong to a day.
const FOLDERS: [Folder; 4] = [Folder::Days, Folder::Torn, Folder::Altered, Folder::DeadLetters];

/// What [`Operator::prune`] would do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// For how many days day files are kept.
    pub kept_days: u32,
    /// The day from which that is counted, such as `2026-05-28`: no later than the system's clock shows, and no later than the
    /// last record with the time that has passed since.
    pub today: String,
    /// The files that are older, the oldest first: those that would be removed, and those that would be kept.
    pub files: Vec<PlannedFile>,
    /// How many day files are younger.
    pub younger: u64,
    /// Whether another process has the log open.
    pub is_open: bool,
}

/// A file that is older than the retention.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlannedFile {
    /// Its path, relative to the directory.
    pub path: String,
    /// The UTC day that it belongs to.
    pub day: String,
    /// The numbers of its first and its last record, if it has records.
    pub seqs: Option<(u64, u64)>,
    /// Why it is kept; `None` if it would be removed.
    pub kept: Option<String>,
    /// What is to be known about it if it goes: the mirrors that have not got it, say.
    pub notes: Vec<String>,
}

impl Operator {
    /// Returns what [`prune`](Operator::prune) would remove, and what it would keep and why. Nothing is changed or locked.
    ///
    /// Seals are read here, not verified: a file that is listed may still be kept, with an error.
    ///
    /// # Errors
    ///
    /// [`OperateError`].
    pub fn plan(&self, pruning: Pruning) -> Result<Plan, OperateError> {
        let Pruning { trust_clock, older_than, even_changed } = pruning;
        let dir = &*self.dir;
        let is_open = is_open(dir)?;
        let in_force = self.in_force()?;
        let number = |name: &str| {
            let value = in_force.as_ref().and_then(|settings| settings.get(name)?.as_u64());
            value.and_then(|value| u32::try_from(value).ok())
        };
        let Some(kept_days) = number("retention_days").or(older_than) else {
            return Err(OperateError::NoRetention { dir: self.dir.clone() });
        };
        let how = Prune { trust_clock, older_than, even_changed };
        how.check(kept_days)
            .map_err(|error| OperateError::NotDone { reasons: vec![Chain(&error).to_string()] })?;
        let kept_days = older_than.unwrap_or(kept_days);
        let fail = |path: &Path| {
            let path = path.to_owned();
            move |source| OperateError::File { path, source }
        };
        let names = Names::of(dir).map_err(fail(dir))?;
        let state = dir.join(STATE);
        let checkpoint = existing(small_file(&state.join(CHECKPOINT), LONGEST)).map_err(fail(&state))?;
        let last = names.ends.values().flatten().map(|(_, last)| last).max_by_key(|last| last.seq);
        let today = Today::of(checkpoint.as_deref(), last.map(|last| last.ts))
            .map_err(fail(&state.join(CHECKPOINT)))?;
        let day = if trust_clock { today.clock } else { today.time }.day();
        let newest = names.ends.iter().filter_map(|(name, ends)| Some((ends.as_ref()?.1.seq, name)));
        let judge = Judge {
            dir,
            day,
            kept_days,
            undelivered_days: number("undelivered_days").unwrap_or(7),
            is_held: dir.join(HOLD).symlink_metadata().is_ok(),
            suspended: today.suspended.filter(|_| !trust_clock),
            newest: newest.max().map(|(_, name)| *name),
            cursors: cursors(dir, in_force.as_ref()).map_err(fail(&state))?,
            seals: Seals::of(dir, in_force.as_ref()),
            even_changed,
        };
        let Some(cutoff) = day.days_before(kept_days) else {
            return Ok(Plan {
                kept_days,
                today: day.as_str().to_owned(),
                files: Vec::new(),
                younger: 0,
                is_open,
            });
        };
        let mut files = Vec::new();
        for (folder, name, of_name) in names.of_days {
            let day_file = DayFileName::parse(&name).filter(|_| folder == Folder::Days);
            let ends = day_file.and_then(|name| names.ends.get(&name)?.as_ref());
            let day = ends.map_or(of_name, |(_, last)| last.ts.day().max(of_name));
            if day < cutoff {
                files.push((day, judge.file(folder, &name, day, ends)));
            }
        }
        files.sort_by(|(one, a), (other, b)| (one, &a.path).cmp(&(other, &b.path)));
        let files = files.into_iter().map(|(_, file)| file).collect::<Vec<_>>();
        let older = files.iter().filter(|file| !file.path.contains('/')).count();
        let younger = (names.ends.len() - older) as u64;
        Ok(Plan { kept_days, today: day.as_str().to_owned(), files, younger, is_open })
    }
}

/// The files of a log that belong to a day.
struct Names {
    of_days: Vec<(Folder, String, Day)>,
    /// The first and the last record of each day file.
    ends: BTreeMap<DayFileName, Option<(Stamp, Stamp)>>,
}

impl Names {
    fn of(dir: &Path) -> io::Result<Names> {
        let mut names = Names { of_days: Vec::new(), ends: BTreeMap::new() };
        for folder in FOLDERS {
            let path = dir.join(folder.path_of(""));
            let entries = match path.read_dir() {
                Err(error) if error.kind() == io::ErrorKind::NotFound && folder != Folder::Days => continue,
                entries => entries?,
            };
            for entry in entries {
                let Ok(name) = entry?.file_name().into_string() else {
                    continue;
                };
                let path = path.join(&name);
                let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
                let Some(day) = folder.day_of(&name).filter(|_| is_file) else {
                    continue;
                };
                if let Some(day_file) = DayFileName::parse(&name).filter(|_| folder == Folder::Days) {
                    let ends = regular_file(&path).and_then(|file| own_ends(&file, None))?;
                    names.ends.insert(day_file, ends);
                }
                names.of_days.push((folder, name, day));
            }
        }
        Ok(names)
    }
}

/// Decides about a file that is older than the retention.
struct Judge<'a> {
    dir: &'a Path,
    day: Day,
    kept_days: u32,
    undelivered_days: u32,
    is_held: bool,
    suspended: Option<String>,
    newest: Option<DayFileName>,
    /// The mirrors, each with the number of the record that it gets next.
    cursors: Vec<(String, u64)>,
    seals: Seals,
    even_changed: bool,
}

impl Judge<'_> {
    fn file(&self, folder: Folder, name: &str, day: Day, ends: Option<&(Stamp, Stamp)>) -> PlannedFile {
        let seqs = ends.map(|(first, last)| (first.seq, last.seq));
        let mut notes = Vec::new();
        let kept = self.keeps(folder, name, day, seqs, &mut notes);
        PlannedFile { path: folder.path_of(name), day: day.as_str().to_owned(), seqs, kept, notes }
    }

    /// Returns why a file is kept.
    fn keeps(
        &self,
        folder: Folder,
        name: &str,
        day: Day,
        seqs: Option<(u64, u64)>,
        notes: &mut Vec<String>,
    ) -> Option<String> {
        if self.is_held {
            return Some("there is a legal hold: HOLD".to_owned());
        }
        if let Some(why) = &self.suspended {
            return Some(format!("pruning is suspended: {why}"));
        }
        if folder != Folder::Days {
            return None;
        }
        if DayFileName::parse(name) == self.newest {
            return Some("it is the newest".to_owned());
        }
        let (_, last) = seqs?;
        let longer = self.kept_days.saturating_add(self.undelivered_days);
        let may_wait = self.day.days_before(longer).is_none_or(|cutoff| day >= cutoff);
        for (mirror, next) in self.cursors.iter().filter(|(_, next)| *next <= last) {
            let text = format!("the mirror `{mirror}` has not got its records from {next} on");
            if may_wait {
                return Some(text);
            }
            notes.push(text);
        }
        match self.seals.change_of(self.dir, name, last) {
            Sealed::Unchanged => None,
            Sealed::NotYet if may_wait => Some("it is not sealed yet".to_owned()),
            Sealed::NotYet => {
                notes.push("it is not sealed".to_owned());
                None
            }
            Sealed::Changed(why) if self.even_changed => {
                notes.push(why);
                None
            }
            Sealed::Changed(why) => Some(why),
        }
    }
}

/// Returns the mirrors of a log, each with the number of the record that it gets next.
fn cursors(dir: &Path, in_force: Option<&Object>) -> io::Result<Vec<(String, u64)>> {
    let saved = saved_cursors(dir)?;
    let next = |name: &str| saved.iter().find(|saved| saved.mirror == name).map_or(0, |saved| saved.next_seq);
    Ok(mirrors_of(in_force).into_iter().map(|name| (name.clone(), next(&name))).collect())
}

/// The seals of a log.
struct Seals {
    /// Whether the log is sealed.
    is_sealed: bool,
    /// By the name of the day file: the SHA-256 of a file that is sealed whole.
    sha256: BTreeMap<String, Option<String>>,
    /// The number before which all day files have their seals.
    until: u64,
}

enum Sealed {
    Unchanged,
    NotYet,
    Changed(String),
}

impl Seals {
    fn of(dir: &Path, in_force: Option<&Object>) -> Seals {
        let is_sealed = in_force.and_then(|settings| settings.get("seal")).and_then(Value::as_bool);
        let mut seals = Seals { is_sealed: is_sealed.unwrap_or(false), sha256: BTreeMap::new(), until: 0 };
        let folder = dir.join(Folder::Seal.path_of(""));
        for entry in folder.read_dir().into_iter().flatten().flatten() {
            let Ok(text) =
                small_file(&entry.path(), LONGEST).map(|text| String::from_utf8_lossy(&text).into_owned())
            else {
                continue;
            };
            let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key));
            if let Some(file) =
                value("file ").filter(|file| seal_of(file) == entry.file_name().to_string_lossy())
            {
                let tag = format!("SHA256 ({file}) = ");
                seals.sha256.insert(file.to_owned(), value(&tag).map(str::to_owned));
                let end = value("range ").and_then(|range| range.split_once(' ')?.1.parse().ok());
                seals.until = seals.until.max(end.unwrap_or(0));
            }
        }
        seals
    }

    fn change_of(&self, dir: &Path, name: &str, last_seq: u64) -> Sealed {
        match self.sha256.get(name) {
            None if self.is_sealed && last_seq >= self.until => Sealed::NotYet,
            None | Some(None) => Sealed::Unchanged,
            Some(Some(sealed)) => match sha256_of(&dir.join(name)) {
                Ok(now) if now == *sealed => Sealed::Unchanged,
                Ok(_) => Sealed::Changed("it is not as it was when it was sealed".to_owned()),
                Err(error) => Sealed::Changed(format!("it can't be read: {error}")),
            },
        }
    }
}

fn sha256_of(path: &Path) -> io::Result<String> {
    let (mut file, mut sha256) = (regular_file(path)?, Sha256::new());
    let mut buffer = vec![0; 1 << 16];
    loop {
        match io::Read::read(&mut file, &mut buffer)? {
            0 => return Ok(hex(&sha256.finalize())),
            read => sha256.update(&buffer[..read]),
        }
    }
}

/// Returns `None` for a file that does not exist.
fn existing<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}
