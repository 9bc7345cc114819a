//! The append-only directory of day files.
//!
//! It promises: a record for which [`Journal::append`] has given a number is in a
//! day file, whole, as far as the operating system's cache; numbers and lines are
//! in the same order, without a hole; nothing else ever changes a line. What can't
//! be appended is counted, and the first record that can be appended after it is
//! preceded by a `log.gap` that tells.
//!
//! One process writes at a time (`lock`), one thread of it at a time. What a line
//! says is `record`'s business.

mod clock;
mod day_file;
mod directory;
mod gap;
mod layout;
mod lock;
mod recovery;
#[cfg(test)]
mod tests;
mod unsynced;

pub use clock::Clock;
pub(crate) use clock::SystemClock;
pub(crate) use directory::DiskDirectory;

use crate::error::{AppendError, FlushError, OpenError};
use crate::record::encode::{Draft, Parts};
use crate::record::{Day, Record, Timestamp};
use crate::report::{Level, Reports};
use day_file::DayFile;
use directory::{Directory, LogFile};
use gap::Gap;
use layout::DayFileName;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;
use unsynced::Unsynced;

/// A journal that has come this far was made up: nobody has recorded so much.
const LAST_SEQ: u64 = u64::MAX / 2;

/// A clock that steps back by no more than this is waited out.
const SMALL_STEP: i128 = 1_000_000_000;

#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    writer: Mutex<Writer>,
}

/// What a journal has done since it was opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) recorded: u64,
    pub(crate) refused: u64,
    pub(crate) bytes: u64,
    pub(crate) last_error: Option<(Timestamp, AppendError)>,
}

impl Journal {
    /// Puts the end of the journal in order and goes on there.
    pub(crate) fn open(
        directory: Box<dyn Directory>,
        id: &str,
        clock: Arc<dyn Clock>,
        reports: Arc<Reports>,
    ) -> Result<Journal, OpenError> {
        let recovered = recovery::recover(&*directory)?;
        for warning in recovered.warnings {
            reports.post(Level::Warn, || warning);
        }
        let path = directory.path().to_owned();
        let next_seq = match recovered.last {
            Some(last) => last.seq.checked_add(1).filter(|next| *next < LAST_SEQ).ok_or_else(|| {
                OpenError::Directory {
                    path: path.clone(),
                    source: io::Error::new(
                        io::ErrorKind::InvalidData,
                        "the number of its last record can't be",
                    ),
                }
            })?,
            None => 0,
        };
        let mut writer = Writer {
            directory,
            clock,
            reports,
            day_file: recovered.day_file,
            next_seq,
            last_ts: recovered.last.map(|last| last.ts),
            spelled: None,
            gap: Gap::default(),
            tally: Tally::default(),
            unsynced: Arc::default(),
            closed: false,
        };
        let opened = Record::new("log.opened")
            .resource("journal", id)
            .resource("pid", std::process::id())
            .resource("version", env!("CARGO_PKG_VERSION"));
        for record in std::iter::once(opened).chain(recovered.findings.iter().map(recovery::Finding::record))
        {
            if let Err(error) = writer.append_record(&record) {
                let event = &record.event;
                writer
                    .reports
                    .post(Level::Error, || format!("`{event}` was not recorded: {}", Chain(&error)));
            }
        }
        Ok(Journal { path, writer: Mutex::new(writer) })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a line, and gives its number.
    pub(crate) fn append(&self, draft: &mut Draft) -> Result<u64, AppendError> {
        let mut writer = self.writer();
        let result = writer.append(draft);
        match &result {
            Ok(_) => writer.tally.recorded += 1,
            Err(_) => writer.tally.refused += 1,
        }
        result
    }

    pub(crate) fn tally(&self) -> (Tally, Option<u64>) {
        let writer = self.writer();
        (writer.tally.clone(), writer.next_seq.checked_sub(1))
    }

    /// Waits until all that was appended is on disk. Once a sync has failed, that can't
    /// be known any more.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        let writer = self.writer();
        let Some(day_file) = &writer.day_file else {
            return Ok(());
        };
        let name = day_file.name;
        let path = writer.directory.path().join(name.to_string());
        let fail = |source| FlushError::Sync { path: path.clone(), source: Arc::new(source) };
        let file = day_file.file().syncer().map_err(fail)?;
        let names = writer.directory.syncer().map_err(fail)?;
        let unsynced = Arc::clone(&writer.unsynced);
        drop(writer);
        // In a thread of its own: a disk may take longer than the caller can wait.
        let (done, outcome) = mpsc::sync_channel(1);
        let sync = {
            let (unsynced, path) = (Arc::clone(&unsynced), path.clone());
            move || {
                if let Err(source) = file().and_then(|()| names()) {
                    unsynced.note(path, source);
                }
                // Nobody may be waiting any more.
                done.send(()).unwrap_or(());
            }
        };
        std::thread::Builder::new().name("audit-flush".to_owned()).spawn(sync).map_err(fail)?;
        if outcome.recv_timeout(timeout).is_err() {
            return Err(FlushError::TimedOut { path, timeout });
        }
        match unsynced.first() {
            None => Ok(()),
            Some(error) => {
                self.writer().poison(name);
                Err(error)
            }
        }
    }

    /// Appends `log.closed`, once.
    pub(crate) fn close(&self) -> Result<(), AppendError> {
        let mut writer = self.writer();
        if std::mem::replace(&mut writer.closed, true) {
            return Ok(());
        }
        let closed = Record::new("log.closed")
            .resource("recorded", writer.tally.recorded)
            .resource("refused", writer.tally.refused);
        writer.append_record(&closed).map(drop)
    }

    /// No panic leaves a writer in a state that the next append can't go on from:
    /// a number is given only after its line is whole.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was refused and not yet told is told now, if it can be.
impl Drop for Journal {
    fn drop(&mut self) {
        let mut writer = self.writer();
        if let Err(error) = writer.tell_gap() {
            let count = writer.gap.count();
            writer.reports.post(Level::Error, || {
                format!("{count} audit events were not recorded, and the log can't tell: {}", Chain(&error))
            });
            writer.reports.deliver_from_outside();
        }
    }
}

#[derive(Debug)]
struct Writer {
    directory: Box<dyn Directory>,
    clock: Arc<dyn Clock>,
    reports: Arc<Reports>,
    day_file: Option<DayFile>,
    next_seq: u64,
    /// The time of the last record.
    last_ts: Option<Timestamp>,
    spelled: Option<Spelled>,
    gap: Gap,
    tally: Tally,
    unsynced: Arc<Unsynced>,
    closed: bool,
}

/// A second that has been spelled already: spelling it again costs more than all
/// the rest of a stamp.
#[derive(Debug)]
struct Spelled {
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
    fn append(&mut self, draft: &mut Draft) -> Result<u64, AppendError> {
        let now = self.clock.now();
        let result = self.tell_gap().and_then(|()| self.append_at(now, draft));
        if let Err(error) = &result {
            self.gap.add(now, &unescaped(draft.event()));
            self.tally.last_error = Some((now, error.clone()));
        }
        result
    }

    fn append_record(&mut self, record: &Record) -> Result<u64, AppendError> {
        let mut parts = Parts::default();
        parts.set(record);
        let mut draft = Draft::default();
        draft.assemble(&parts);
        self.append(&mut draft)
    }

    /// Appends `log.gap`, if there is anything to tell.
    fn tell_gap(&mut self) -> Result<(), AppendError> {
        if let Some(record) = self.gap.record() {
            let mut parts = Parts::default();
            parts.set(&record);
            let mut draft = Draft::default();
            draft.assemble(&parts);
            self.append_at(self.clock.now(), &mut draft)?;
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
        self.next_seq += 1;
        self.last_ts = Some(ts);
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
                Ok(Some(file)) => return Ok(DayFile::new(name, file, 0)),
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
    fn poison(&mut self, name: DayFileName) {
        if let Some(day_file) = self.day_file.as_mut().filter(|day_file| day_file.name == name) {
            day_file.close_off();
        }
    }
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

/// An error with its causes.
pub(crate) struct Chain<'a>(pub(crate) &'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
