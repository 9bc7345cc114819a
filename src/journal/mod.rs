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
mod lines;
mod lock;
mod lost;
mod mark;
mod recovery;
mod retention;
#[cfg(test)]
mod tests;
mod timeline;
mod unsynced;
mod watch;
mod writer;

pub use clock::Clock;
pub(crate) use clock::SystemClock;
pub(crate) use directory::DiskDirectory;

use crate::error::{AppendError, FlushError, OpenError, PruneError};
use crate::record::encode::Draft;
use crate::record::{Record, Timestamp};
use crate::report::{Level, Reports};
use directory::Directory;
use mark::Mark;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use timeline::{Past, Reading, Timeline};
use watch::Watch;
use writer::Writer;

/// A journal that has come this far was made up: nobody has recorded so much.
const LAST_SEQ: u64 = u64::MAX / 2;

/// How long those who ask for old files to go wait for it.
const PRUNING: Duration = Duration::from_millis(250);

/// What can be set, and set anew while the journal is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// For how many days files are kept; 0 stands for 90.
    pub(crate) retention_days: u32,
    /// With less space than this left, the log warns, in bytes.
    pub(crate) disk_low_bytes: u64,
}

#[derive(Debug)]
pub(crate) struct Journal {
    shared: Arc<Shared>,
    /// The thread that removes old files, while there is one.
    pruner: Mutex<Option<Pruner>>,
}

/// A thread that removes old files.
#[derive(Debug)]
struct Pruner {
    thread: JoinHandle<()>,
    /// Hears of its end.
    done: mpsc::Receiver<()>,
}

/// What the threads of a journal share.
#[derive(Debug)]
struct Shared {
    path: PathBuf,
    directory: Arc<dyn Directory>,
    writer: Mutex<Writer>,
    reports: Arc<Reports>,
    /// Whether whoever removes files should leave the rest for the next time.
    is_closing: AtomicBool,
}

/// What a journal has done since it was opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) recorded: u64,
    pub(crate) refused: u64,
    pub(crate) bytes: u64,
    pub(crate) last_error: Option<(Timestamp, AppendError)>,
}

/// How a journal stands.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) tally: Tally,
    pub(crate) last_seq: Option<u64>,
    pub(crate) pruning_suspended: bool,
    pub(crate) disk_free: Option<u64>,
}

impl Journal {
    /// Puts the end of the journal in order and goes on there.
    pub(crate) fn open(
        directory: Arc<dyn Directory>,
        id: &str,
        clock: Arc<dyn Clock>,
        reports: Arc<Reports>,
        settings: Settings,
    ) -> Result<Journal, OpenError> {
        let recovered = recovery::recover(&*directory)?;
        for warning in recovered.warnings {
            reports.post(Level::Warn, || warning);
        }
        let path = directory.path().to_owned();
        let now = Reading::of(&*clock);
        let boot = clock.boot_id();
        let mut past = Past { last: recovered.last.map(|last| last.ts), ..Past::default() };
        let mark = Mark::read(&*directory).unwrap_or_else(|error| {
            let text =
                format!("{} can't be read: {error}", path.join(layout::STATE).join(layout::MARK).display());
            reports.post(Level::Warn, || text.clone());
            past.suspended = Some(text);
            None
        });
        if let Some(mark) = &mark {
            past.same_boot = mark.same_boot(boot.as_deref(), now);
            past.suspended.clone_from(&mark.pruning_suspended);
        }
        let (timeline, step) = Timeline::begin(past, now);
        if let Some(why) = timeline.suspended() {
            reports.post(Level::Warn, || format!("old day files are kept until somebody prunes: {why}"));
        }
        let kept_from = mark.as_ref().map_or(0, |mark| mark.kept_from);
        let found = recovered.last.map_or(kept_from, |last| last.seq.saturating_add(1));
        let next_seq = mark.as_ref().map_or(found, |mark| mark.next_seq.max(found));
        if next_seq >= LAST_SEQ {
            let reason = "the number of its last record can't be";
            let source = io::Error::new(io::ErrorKind::InvalidData, reason);
            return Err(OpenError::Directory { path, source });
        }
        let mut writer = Writer {
            directory: Arc::clone(&directory),
            clock,
            boot,
            reports: Arc::clone(&reports),
            timeline,
            watch: Watch::new(now.wall),
            day_file: recovered.day_file,
            newest: recovered.newest,
            next_seq,
            kept_from,
            last_ts: recovered.last.map(|last| last.ts),
            spelled: None,
            gap: gap::Gap::default(),
            owed: Default::default(),
            tally: Tally::default(),
            unsynced: Arc::default(),
            retention_days: settings.retention_days,
            disk_low_bytes: settings.disk_low_bytes,
            prune_due: false,
            closed: false,
        };
        writer.tell_later(
            Record::new("log.opened")
                .resource("journal", id)
                .resource("pid", std::process::id())
                .resource("version", env!("CARGO_PKG_VERSION")),
        );
        for finding in &recovered.findings {
            writer.tell_later(finding.record());
        }
        if found < next_seq {
            let file = mark.and_then(|mark| mark.file).unwrap_or_else(|| lost::UNKNOWN.to_owned());
            let text = format!("the records {found} to {} of {file} are lost", next_seq - 1);
            reports.post(Level::Error, || text);
            writer.tell_later(lost::file_lost(&file, &(found..=next_seq - 1), None));
        }
        if let Some(step) = step {
            reports.post(Level::Warn, || step.describe());
            writer.tell_later(step.record());
        }
        writer.look_around();
        if let Err(error) = writer.tell() {
            reports.post(Level::Error, || format!("`log.opened` was not recorded: {}", Chain(&error)));
        }
        writer.write_mark();
        writer.prune_due = false;
        let shared = Arc::new(Shared {
            path,
            directory,
            writer: Mutex::new(writer),
            reports,
            is_closing: AtomicBool::new(false),
        });
        let journal = Journal { shared, pruner: Mutex::default() };
        journal.prune_soon();
        Ok(journal)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Appends a line, and gives its number.
    pub(crate) fn append(&self, draft: &mut Draft) -> Result<u64, AppendError> {
        let mut writer = self.shared.writer();
        let result = writer.append(draft);
        match &result {
            Ok(_) => writer.tally.recorded += 1,
            Err(_) => writer.tally.refused += 1,
        }
        if std::mem::take(&mut writer.prune_due) {
            drop(writer);
            self.begin_pruning();
        }
        result
    }

    pub(crate) fn standing(&self) -> Standing {
        let writer = self.shared.writer();
        let mut standing = Standing {
            tally: writer.tally.clone(),
            last_seq: writer.next_seq.checked_sub(1),
            pruning_suspended: writer.timeline.suspended().is_some(),
            disk_free: None,
        };
        drop(writer);
        // Not known where it can't be had.
        standing.disk_free = self.shared.directory.free_space().ok().flatten();
        standing
    }

    pub(crate) fn settings(&self) -> Settings {
        let writer = self.shared.writer();
        Settings { retention_days: writer.retention_days, disk_low_bytes: writer.disk_low_bytes }
    }

    /// Goes on with other settings.
    pub(crate) fn set(&self, settings: Settings) {
        let mut writer = self.shared.writer();
        writer.retention_days = settings.retention_days;
        writer.disk_low_bytes = settings.disk_low_bytes;
        drop(writer);
        self.prune_soon();
    }

    /// Has the log say something of itself: now, or as soon as it can.
    pub(crate) fn tell(&self, record: Record) {
        let mut writer = self.shared.writer();
        writer.tell_later(record);
        if let Err(error) = writer.tell() {
            self.shared.reports.post(Level::Error, || Chain(&error).to_string());
        }
    }

    /// Removes old files on an operator's word that the clock is right. Gives what was
    /// removed.
    pub(crate) fn prune(&self) -> Result<Vec<String>, PruneError> {
        if self.shared.is_held()? {
            return Err(PruneError::Held { path: self.shared.path.join(layout::HOLD) });
        }
        {
            let mut writer = self.shared.writer();
            let now = Reading::of(&*writer.clock);
            writer.timeline.trust(now);
            writer.write_mark();
        }
        self.end_pruning(Duration::MAX);
        let (removed, failures) = self.shared.prune();
        failures.into_iter().next().map_or(Ok(removed), Err)
    }

    /// Begins to remove old files, if there are any, and waits a little: small files are
    /// gone by then, others go while the application runs.
    fn prune_soon(&self) {
        if self.shared.has_old_files() {
            self.begin_pruning();
            if let Some(pruner) = &*self.pruner() {
                pruner.done.recv_timeout(PRUNING).unwrap_or(());
            }
        }
    }

    /// Removes old files in a thread of its own.
    fn begin_pruning(&self) {
        let mut pruner = self.pruner();
        // It may have looked already: it is waited for, not left alone.
        let before = pruner.take();
        let (done, is_done) = mpsc::sync_channel(1);
        let shared = Arc::clone(&self.shared);
        let prune = move || {
            if let Some(before) = before {
                before.thread.join().unwrap_or(());
            }
            shared.prune_and_report();
            shared.reports.deliver_if_heard();
            // Nobody may be waiting any more.
            done.send(()).unwrap_or(());
        };
        match std::thread::Builder::new().name("audit-prune".to_owned()).spawn(prune) {
            Ok(thread) => *pruner = Some(Pruner { thread, done: is_done }),
            Err(error) => {
                let text = || format!("old day files can't be removed without a thread: {error}");
                self.shared.reports.post(Level::Warn, text);
            }
        }
    }

    /// Waits until old files are removed, so long at the most; then it is left for the next
    /// time.
    fn end_pruning(&self, patience: Duration) {
        let Some(Pruner { thread, done }) = self.pruner().take() else {
            return;
        };
        let is_late = done.recv_timeout(patience).is_err();
        if is_late {
            self.shared.is_closing.store(true, Ordering::Relaxed);
        }
        // A panic there has been told of by the hook.
        thread.join().unwrap_or(());
        if is_late {
            self.shared.is_closing.store(false, Ordering::Relaxed);
        }
    }

    fn pruner(&self) -> MutexGuard<'_, Option<Pruner>> {
        self.pruner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all that was appended is on disk. Once a sync has failed, that can't
    /// be known any more.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        let mut writer = self.shared.writer();
        writer.look_around();
        // What can't be told now is told later.
        writer.tell().unwrap_or(());
        let Some(day_file) = &writer.day_file else {
            return Ok(());
        };
        let name = day_file.name;
        let path = self.shared.path.join(name.to_string());
        let fail = |source| FlushError::Sync { path: path.clone(), source: Arc::new(source) };
        let file = day_file.file().syncer().map_err(fail)?;
        let names = self.shared.directory.syncer().map_err(fail)?;
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
                self.shared.writer().poison(name);
                Err(error)
            }
        }
    }

    /// Appends `log.closed`, once. Old files have so long to go.
    pub(crate) fn close(&self, patience: Duration) -> Result<(), AppendError> {
        self.end_pruning(patience);
        let mut writer = self.shared.writer();
        if std::mem::replace(&mut writer.closed, true) {
            return Ok(());
        }
        writer.look_around();
        let closed = Record::new("log.closed")
            .resource("recorded", writer.tally.recorded)
            .resource("refused", writer.tally.refused);
        let result = writer.append_record(&closed).map(drop);
        writer.write_mark();
        result
    }
}

impl Shared {
    /// No panic leaves a writer in a state that the next append can't go on from:
    /// a number is given only after its line is whole.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings all that was appended to disk, however long that takes.
    fn sync_all(&self) -> io::Result<()> {
        let (file, names) = {
            let writer = self.writer();
            let file = writer.day_file.as_ref().map(|day_file| day_file.file().syncer()).transpose()?;
            (file, self.directory.syncer()?)
        };
        file.map_or(Ok(()), |sync| sync())?;
        names()
    }
}

/// What was not told yet is told now, if it can be.
impl Drop for Journal {
    fn drop(&mut self) {
        self.end_pruning(Duration::ZERO);
        let mut writer = self.shared.writer();
        writer.look_around();
        if let Err(error) = writer.tell() {
            let (count, owed) = (writer.gap.count(), writer.owed.len());
            self.shared.reports.post(Level::Error, || {
                format!(
                    "{count} audit events were not recorded, and the log can't tell, nor of {owed} other things: {}",
                    Chain(&error)
                )
            });
            self.shared.reports.deliver_from_outside();
        }
        writer.write_mark();
    }
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
