//! What followers see of a journal: how far it is on disk, and the day files.

use crate::journal::clock::Clock;
use crate::journal::control_queue::ControlQueue;
use crate::journal::days::declared::declared_lost_in;
use crate::journal::days::lines::{LONGEST_LINE, read_range};
use crate::journal::days::own::ends::{own_ends, own_first};
use crate::journal::days::own::runs::OwnRuns;
use crate::journal::days::scan::{FirstLine, day_files, first_line, open_if_readable};
use crate::journal::progress::Progress;
use crate::journal::sequence::appender::Appender;
use crate::journal::sequence::tally::Counts;
use crate::journal::settings::{LiveSettings, Settings};
use crate::journal::state::checkpoint::CheckpointWriter;
use crate::journal::status::Status;
use crate::journal::storage::layout::{DayFileName, DeadLetterName, Folder};
use crate::journal::storage::{Directory, LogFile};
use crate::record::{Record, Timestamp};
use crate::report::{Level, Reports};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::Thread;

/// A journal, for its followers. While it lives, the directory is in use.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    id: Arc<str>,
    opened_at: u64,
    directory: Arc<dyn Directory>,
    appender: Arc<Appender>,
    progress: &'static Progress,
    checkpoint: Arc<CheckpointWriter>,
    clock: Arc<dyn Clock>,
    reports: Arc<Reports>,
    control_queue: Arc<ControlQueue>,
    settings: Arc<LiveSettings>,
}

impl Subscription {
    #[allow(clippy::too_many_arguments, reason = "called in one place")]
    pub(in crate::journal) fn new(
        id: Arc<str>,
        opened_at: u64,
        directory: Arc<dyn Directory>,
        appender: Arc<Appender>,
        progress: &'static Progress,
        checkpoint: Arc<CheckpointWriter>,
        clock: Arc<dyn Clock>,
        reports: Arc<Reports>,
        control_queue: Arc<ControlQueue>,
        settings: Arc<LiveSettings>,
    ) -> Subscription {
        Subscription {
            id,
            opened_at,
            directory,
            appender,
            progress,
            checkpoint,
            clock,
            reports,
            control_queue,
            settings,
        }
    }

    /// Returns the journal's settings.
    pub(crate) fn settings(&self) -> Settings {
        **self.settings.load()
    }

    /// Returns how the journal is doing.
    pub(crate) fn status(&self) -> Status {
        let tally = self.appender.tally();
        Status {
            counts: tally.counts(),
            // In this order: what is on disk was in a day file before, and had a number before that.
            synced: self.progress.synced(),
            committed: self.progress.committed(),
            last_seq: tally.next_seq().checked_sub(1),
            intake_fill: tally.intake_fill(),
            pruning_suspended: tally.is_pruning_suspended(),
            disk_free: self.directory.free_space().ok().flatten(),
            disk_level: self.control_queue.disk_level(),
        }
    }

    /// Returns the journal's id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Returns the number of the first record since the journal was opened.
    pub(crate) fn opened_at(&self) -> u64 {
        self.opened_at
    }

    /// Returns the directory, for the sealer's files.
    pub(crate) fn directory(&self) -> &Arc<dyn Directory> {
        &self.directory
    }

    /// Returns the number before which all records were pruned.
    pub(crate) fn kept_from(&self) -> u64 {
        self.checkpoint.pruned().kept_from
    }

    /// Returns how many events were recorded and refused since the journal was opened.
    pub(crate) fn counts(&self) -> Counts {
        self.appender.tally().counts()
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn reports(&self) -> &Arc<Reports> {
        &self.reports
    }

    /// Returns the time by the journal's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the number before which all records are on disk.
    pub(crate) fn synced(&self) -> u64 {
        self.progress.synced()
    }

    /// Returns the number of the next record.
    pub(crate) fn next_seq(&self) -> u64 {
        self.appender.next_seq()
    }

    /// Unparks this thread each time that more records are on disk. Returns its number.
    pub(crate) fn add_follower(&self, thread: Thread) -> u64 {
        self.progress.add_follower(thread)
    }

    /// Ends what [`add_follower`](Subscription::add_follower) has begun for the thread of
    /// this number.
    pub(crate) fn remove_follower(&self, number: u64) {
        self.progress.remove_follower(number);
    }

    /// Returns a count that changes when a day file gets its first record, or records of another one. It has
    /// changed before such records count as [`synced`](Subscription::synced).
    pub(crate) fn file_changes(&self) -> u64 {
        self.checkpoint.file_changes()
    }

    /// Returns the number behind a range of numbers that has `seq`, if a record that is on disk says that the
    /// range is lost or pruned: a `log.file_lost`, a `log.pruned` or a `log.opened`. Records in the range may
    /// be there all the same. Reads all day files with numbers behind `seq`, line by line.
    pub(crate) fn declared_lost(&self, seq: u64) -> io::Result<Option<u64>> {
        for name in day_files(&*self.directory)? {
            let Some(file) = open_if_readable(&*self.directory, name)? else {
                continue;
            };
            let declared = declared_lost_in(&*file, seq, self.progress.synced(), self.progress.committed())?;
            if declared.is_some() {
                return Ok(declared);
            }
        }
        Ok(None)
    }

    /// Returns the day files that have lines, in their order, each with its first number, if it
    /// begins with a record.
    pub(crate) fn day_files(&self) -> io::Result<Vec<(Option<u64>, DayFileName)>> {
        let mut files = Vec::new();
        for name in day_files(&*self.directory)? {
            let file = match self.open(name) {
                Ok(file) => file,
                // Removed meanwhile, or not a file.
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) =>
                {
                    continue;
                }
                Err(error) => return Err(error),
            };
            match first_line(&*file)? {
                FirstLine::Record(_) | FirstLine::Other => {
                    let first = own_first(&*file, self.progress.committed())?;
                    files.push((first.map(|stamp| stamp.seq), name));
                }
                FirstLine::Torn | FirstLine::Missing => {}
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    pub(crate) fn open(&self, name: DayFileName) -> io::Result<Box<dyn LogFile>> {
        self.directory.open_to_read(Folder::Days, &name.to_string())
    }

    /// Returns the number of the last record in a day file.
    pub(crate) fn last_seq(&self, file: &dyn LogFile) -> io::Result<Option<u64>> {
        Ok(own_ends(file, Some(self.progress.committed()))?.map(|(_, last)| last.seq))
    }

    /// Returns which lines of a day file are the journal's own.
    pub(crate) fn own_runs(&self, file: &dyn LogFile) -> io::Result<OwnRuns> {
        OwnRuns::of(file, Some(self.progress.committed()))
    }

    /// Names a day file with lines that the log has not written in a `log.file_altered`, once.
    pub(crate) fn is_altered(&self, name: DayFileName, own: &OwnRuns) {
        let name = name.to_string();
        if self.checkpoint.is_newly_altered(&name) {
            let path = self.path().join(&name);
            self.reports.post(Level::Error, || own.describe(&path));
            self.emit(own.file_altered(&name));
        }
    }

    /// Replaces the file of a cursor by a rename. It survives a loss of power if `is_synced`.
    pub(crate) fn write_cursor(&self, name: &str, contents: &[u8], is_synced: bool) -> io::Result<()> {
        self.directory.replace_in(Folder::Cursors, name, contents, is_synced)
    }

    /// Writes a record that the receiver of a mirror rejects to a file in `.state/dead_letters`.
    /// Returns the file's path, relative to the directory.
    pub(crate) fn keep_dead_letter(
        &self,
        ts: Timestamp,
        seq: u64,
        mirror: &str,
        line: &str,
    ) -> io::Result<String> {
        let name = DeadLetterName { day: ts.day(), seq, mirror }.to_string();
        self.directory.quarantine(Folder::DeadLetters, &name, &mut format!("{line}\n").as_bytes())
    }

    /// Returns the names of the dead letters of a mirror, by day and number.
    pub(crate) fn dead_letters(&self, mirror: &str) -> io::Result<Vec<String>> {
        let names = self.directory.names(Folder::DeadLetters)?;
        let mut letters = Vec::new();
        for name in &names {
            if let Some(letter) = DeadLetterName::parse(name).filter(|letter| letter.mirror == mirror) {
                letters.push((letter.day, letter.seq, name));
            }
        }
        letters.sort_unstable();
        Ok(letters.into_iter().map(|(_, _, name)| name.clone()).collect())
    }

    /// Returns the line of a dead letter.
    pub(crate) fn read_dead_letter(&self, name: &str) -> io::Result<String> {
        let file = self.directory.open_to_read(Folder::DeadLetters, name)?;
        let bytes = read_range(&*file, 0, file.len()?.min(LONGEST_LINE as u64))?;
        let text = String::from_utf8(bytes).map_err(io::Error::other)?;
        Ok(text.trim_end_matches('\n').to_owned())
    }

    /// Removes a dead letter that was delivered.
    pub(crate) fn remove_dead_letter(&self, name: &str) -> io::Result<()> {
        self.directory.remove(Folder::DeadLetters, name)
    }

    /// Appends a control record: now, or as soon as possible.
    pub(crate) fn emit(&self, record: Record) {
        self.appender.emit(record);
    }

    /// Has the posted reports sent to the runtime log.
    pub(crate) fn deliver_reports(&self) {
        self.reports.deliver_if_heard();
    }
}
