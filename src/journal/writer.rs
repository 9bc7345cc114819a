//! The one who writes: gives numbers and times, and appends lines to day files.

use super::clock::Clock;
use super::day_file::DayFile;
use super::directory::{Directory, LogFile};
use super::gap::Gap;
use super::layout::DayFileName;
use super::lost::{Rescue, damage, missing_in_directory};
use super::mark::Mark;
use super::timeline::{Reading, SMALL_STEP, Timeline};
use super::unsynced::Unsynced;
use super::watch::Watch;
use super::{Chain, Tally};
use crate::error::AppendError;
use crate::record::encode::{Draft, Parts};
use crate::record::{Day, Record, Timestamp};
use crate::report::{Level, Reports};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

/// How many records the log may owe; more than that is never needed, unless nothing can
/// be written.
const OWED: usize = 64;

#[derive(Debug)]
pub(super) struct Writer {
    pub(super) directory: Arc<dyn Directory>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) boot: Option<String>,
    pub(super) reports: Arc<Reports>,
    pub(super) timeline: Timeline,
    pub(super) watch: Watch,
    pub(super) day_file: Option<DayFile>,
    /// The file with the last record.
    pub(super) newest: Option<DayFileName>,
    pub(super) next_seq: u64,
    /// Records before this number were pruned.
    pub(super) kept_from: u64,
    /// The time of the last record.
    pub(super) last_ts: Option<Timestamp>,
    pub(super) spelled: Option<Spelled>,
    pub(super) gap: Gap,
    /// What the log has to say of itself, and could not say yet.
    pub(super) owed: VecDeque<Record>,
    pub(super) tally: Tally,
    pub(super) unsynced: Arc<Unsynced>,
    pub(super) retention_days: u32,
    pub(super) disk_low_bytes: u64,
    /// Whether a day has begun, and old files may have become older than they should.
    pub(super) prune_due: bool,
    pub(super) closed: bool,
}

/// A second that has been spelled already: spelling it again costs more than all
/// the rest of a stamp.
#[derive(Debug)]
pub(super) struct Spelled {
    second: i64,
    day: Day,
    text: [u8; Timestamp::LEN],
}

impl Spelled {
    fn new(ts: Timestamp) -> Spelled {
        let mut text = [0; Timestamp::LEN];
        ts.spell(&mut text);
        Spelled { second: ts.unix_seconds(), day: ts.day(), text }
    }
}

impl Writer {
    pub(super) fn append(&mut self, draft: &mut Draft) -> Result<u64, AppendError> {
        let mut now = self.clock.now();
        if self.watch.is_due(now) {
            now = self.look_around();
        }
        let result = self.tell().and_then(|()| self.append_at(now, draft));
        if let Err(error) = &result {
            self.gap.add(now, &unescaped(draft.event()));
            self.tally.last_error = Some((now, error.clone()));
        }
        result
    }

    pub(super) fn append_record(&mut self, record: &Record) -> Result<u64, AppendError> {
        self.append(&mut draft_of(record))
    }

    /// Looks whether the clock, the day file and the disk are as they should be. What
    /// there is to say of them is owed. Gives the time.
    pub(super) fn look_around(&mut self) -> Timestamp {
        let now = Reading::of(&*self.clock);
        if let Some(step) = self.timeline.look(now, self.watch.seen()) {
            self.tell_later(step.record());
            self.reports.post(Level::Warn, || step.describe());
            self.write_mark();
        }
        self.check_directory();
        self.check_day_file();
        if self.watch.is_due_for_space(now.wall) {
            self.check_space();
        }
        self.watch.looked(now.wall);
        now.wall
    }

    /// If the directory is not where it was any more, it is made anew.
    fn check_directory(&mut self) {
        let path = |writer: &Writer| writer.directory.path().display().to_string();
        match self.directory.is_in_place() {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => {
                self.reports.post(Level::Error, || format!("could not look at {}: {error}", path(self)));
                return;
            }
        }
        if let Err(error) = self.directory.renew() {
            self.reports.post(Level::Error, || {
                format!(
                    "somebody has taken away {}, and it can't be made anew: {}",
                    path(self),
                    Chain(&error)
                )
            });
            return;
        }
        self.reports
            .post(Level::Error, || format!("somebody has taken away {}: it is made anew", path(self)));
        // The records of the file that is appended to are saved next.
        let open = self.day_file.as_ref().filter(|day_file| !day_file.is_closed_off());
        let first_seq = open.and_then(DayFile::first_seq).unwrap_or(self.next_seq);
        match missing_in_directory(&*self.directory, self.kept_from..first_seq) {
            Ok(records) => records.into_iter().for_each(|record| self.tell_later(record)),
            Err(error) => {
                self.reports.post(Level::Error, || format!("could not look at {}: {error}", path(self)));
            }
        }
        self.write_mark();
    }

    fn check_day_file(&mut self) {
        let Some(day_file) = self.day_file.as_ref().filter(|day_file| !day_file.is_closed_off()) else {
            return;
        };
        let path = || self.directory.path().join(day_file.spelled());
        let damage = match damage(&*self.directory, day_file) {
            Ok(None) => return,
            Ok(Some(damage)) => damage,
            Err(error) => {
                self.reports
                    .post(Level::Error, || format!("could not look at {}: {error}", path().display()));
                return;
            }
        };
        let rescue = Rescue::of(&*self.directory, day_file, damage, self.next_seq);
        self.reports.post(Level::Error, || {
            format!("the day file {} was {damage} by somebody else{}", path().display(), rescue.describe())
        });
        let records = rescue.records(day_file.name).collect::<Vec<_>>();
        self.newest = rescue.copy.map(|copy| copy.name).or(self.newest);
        self.day_file = None;
        records.into_iter().for_each(|record| self.tell_later(record));
    }

    fn check_space(&mut self) {
        match self.directory.free_space() {
            Ok(Some(free)) => {
                if self.watch.is_space_low(free, self.disk_low_bytes) {
                    let path = self.directory.path();
                    self.reports.post(Level::Warn, || {
                        format!("the disk of the audit log in {} has {free} bytes left", path.display())
                    });
                    self.tell_later(Record::new("log.disk_low").resource("free_bytes", free));
                }
            }
            // Not known, or not now.
            Ok(None) | Err(_) => {}
        }
    }

    /// Has the log say something of itself, before the next record.
    pub(super) fn tell_later(&mut self, record: Record) {
        if self.owed.len() >= OWED
            && let Some(forgotten) = self.owed.pop_front()
        {
            self.reports.post(Level::Error, || format!("the audit log can't tell of: {forgotten}"));
        }
        self.owed.push_back(record);
    }

    /// Tells what is owed, and of the gap, if there is one.
    pub(super) fn tell(&mut self) -> Result<(), AppendError> {
        while let Some(record) = self.owed.front() {
            let mut draft = draft_of(record);
            self.append_at(self.clock.now(), &mut draft)?;
            self.owed.pop_front();
        }
        if let Some(record) = self.gap.record() {
            self.append_at(self.clock.now(), &mut draft_of(&record))?;
            self.gap = Gap::default();
        }
        Ok(())
    }

    fn append_at(&mut self, now: Timestamp, draft: &mut Draft) -> Result<u64, AppendError> {
        let ts = self.next_ts(now);
        let spelled = spell(&mut self.spelled, ts);
        let day = spelled.day;
        draft.stamp(&spelled.text, self.next_seq);
        let day_file = match &mut self.day_file {
            Some(day_file) if day_file.name.day == day && !day_file.is_closed_off() => day_file,
            _ => {
                let begun = self.begin_file(day)?;
                self.day_file.insert(begun)
            }
        };
        day_file.append(draft.line()).map_err(|source| AppendError::Write {
            path: self.directory.path().join(day_file.name.to_string()),
            source: Arc::new(source),
        })?;
        let seq = self.next_seq;
        day_file.begins_with(seq);
        self.next_seq += 1;
        self.last_ts = Some(ts);
        self.watch.appended(now);
        self.tally.bytes += draft.line().len() as u64;
        Ok(seq)
    }

    /// The time of the next record. It never decreases within a file: a clock that
    /// steps back a little is waited out, one that steps back further gets a new file.
    fn next_ts(&mut self, now: Timestamp) -> Timestamp {
        match self.last_ts {
            Some(last) if now < last => {
                if last.unix_nanos() - now.unix_nanos() <= SMALL_STEP {
                    return last;
                }
                if let Some(day_file) = &mut self.day_file {
                    day_file.close_off();
                }
                now
            }
            _ => now,
        }
    }

    fn begin_file(&mut self, day: Day) -> Result<DayFile, AppendError> {
        if let Some(ended) = self.day_file.as_ref()
            && let Err(error) = ended.file().syncer().and_then(|sync| sync())
        {
            let path = self.directory.path().join(ended.name.to_string());
            self.reports.post(Level::Error, || format!("could not sync {}: {error}", path.display()));
            self.unsynced.note(path, error);
        }
        for index in 0..=u32::MAX {
            let name = DayFileName { day, index };
            match self.create_or_adopt(name) {
                Ok(Some(file)) => {
                    self.newest = Some(name);
                    self.prune_due = true;
                    self.write_mark();
                    return Ok(DayFile::new(name, file, 0));
                }
                Ok(None) => {}
                Err(source) => return Err(self.not_begun(name, source)),
            }
        }
        Err(self.not_begun(DayFileName { day, index: u32::MAX }, io::ErrorKind::AlreadyExists.into()))
    }

    /// A new file, or an empty one that is there; `None` if there is something in it.
    fn create_or_adopt(&mut self, name: DayFileName) -> io::Result<Option<Box<dyn LogFile>>> {
        let name = name.to_string();
        match self.directory.create(&name) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match self.directory.open(&name) {
                Ok(file) if file.len()? == 0 => Ok(Some(file)),
                Ok(_) => Ok(None),
                Err(error) => {
                    let path = self.directory.path().join(name);
                    let text = || format!("{} is not ours, and is passed over: {error}", path.display());
                    self.reports.post(Level::Warn, text);
                    Ok(None)
                }
            },
            Err(error) => Err(error),
        }
    }

    fn not_begun(&self, name: DayFileName, source: io::Error) -> AppendError {
        let path = self.directory.path().join(name.to_string());
        AppendError::DayFile { path, source: Arc::new(source) }
    }

    /// Of a file that could not be synced nobody knows what is on disk: nothing more
    /// is written to it.
    pub(super) fn poison(&mut self, name: DayFileName) {
        if let Some(day_file) = self.day_file.as_mut().filter(|day_file| day_file.name == name) {
            day_file.close_off();
        }
    }

    /// Remembers where the journal stands.
    pub(super) fn write_mark(&mut self) {
        let now = Reading::of(&*self.clock);
        let mut mark = Mark::new(self.next_seq, self.kept_from, now, self.boot.as_deref());
        mark.file = self.newest.map(|name| name.to_string());
        mark.pruning_suspended = self.timeline.suspended().map(str::to_owned);
        if let Err(error) = mark.write(&*self.directory) {
            let path = self.directory.path();
            self.reports.post(Level::Warn, || {
                format!(
                    "could not remember where the audit log in {} stands: {}",
                    path.display(),
                    Chain(&error)
                )
            });
        }
    }
}

fn draft_of(record: &Record) -> Draft {
    let mut parts = Parts::default();
    parts.set(record);
    let mut draft = Draft::default();
    draft.assemble(&parts);
    draft
}

fn spell(place: &mut Option<Spelled>, ts: Timestamp) -> &Spelled {
    let spelled = place.get_or_insert_with(|| Spelled::new(ts));
    if spelled.second == ts.unix_seconds() {
        ts.spell_nanos(&mut spelled.text);
    } else {
        *spelled = Spelled::new(ts);
    }
    spelled
}

fn unescaped(event: &str) -> String {
    serde_json::from_str(&format!("\"{event}\"")).unwrap_or_else(|_| event.to_owned())
}
