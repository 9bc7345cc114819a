//! What those see of a journal who follow it: how far it is on disk, and the day files.

use super::Shared;
use crate::journal::days::scan::{FirstLine, day_files, first_line, last_record};
use crate::journal::storage::LogFile;
use crate::journal::storage::layout::{DayFileName, Folder};
use crate::record::{Record, Timestamp};
use crate::report::Reports;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::Thread;

/// A journal, to be followed. As long as it lives, the directory is in use.
#[derive(Clone, Debug)]
pub(crate) struct Tap {
    shared: Arc<Shared>,
}

impl Tap {
    pub(super) fn new(shared: Arc<Shared>) -> Tap {
        Tap { shared }
    }

    /// The journal's id.
    pub(crate) fn id(&self) -> &str {
        &self.shared.id
    }

    pub(crate) fn path(&self) -> &Path {
        &self.shared.path
    }

    pub(crate) fn reports(&self) -> &Arc<Reports> {
        &self.shared.reports
    }

    /// What time it is, by the journal's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// Records before this number are on disk.
    pub(crate) fn synced(&self) -> u64 {
        self.shared.progress.synced()
    }

    /// The number of the record that comes next.
    pub(crate) fn next_seq(&self) -> u64 {
        self.shared.sequencer().next_seq
    }

    /// This thread is unparked each time that more has come to disk. Gives its number.
    pub(crate) fn is_followed_by(&self, thread: Thread) -> u64 {
        self.shared.progress.is_followed_by(thread)
    }

    /// The thread of this number follows no longer.
    pub(crate) fn is_left_by(&self, number: u64) {
        self.shared.progress.is_left_by(number);
    }

    /// The day files that have lines, in their order, each with its first number, if it begins
    /// with a record.
    pub(crate) fn day_files(&self) -> io::Result<Vec<(Option<u64>, DayFileName)>> {
        let mut files = Vec::new();
        for name in day_files(&*self.shared.directory)? {
            let file = match self.open(name) {
                Ok(file) => file,
                // It was taken away just now, or is none.
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) =>
                {
                    continue;
                }
                Err(error) => return Err(error),
            };
            match first_line(&*file)? {
                FirstLine::Record(stamp) => files.push((Some(stamp.seq), name)),
                FirstLine::Other => files.push((None, name)),
                FirstLine::Torn | FirstLine::Missing => {}
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    pub(crate) fn open(&self, name: DayFileName) -> io::Result<Box<dyn LogFile>> {
        self.shared.directory.open_to_read(Folder::Days, &name.to_string())
    }

    /// The number of the last record in a day file.
    pub(crate) fn last_seq(&self, file: &dyn LogFile) -> io::Result<Option<u64>> {
        Ok(last_record(file)?.map(|stamp| stamp.seq))
    }

    /// Replaces the file of a cursor by a rename. It survives a loss of power if `is_synced`.
    pub(crate) fn write_cursor(&self, name: &str, contents: &[u8], is_synced: bool) -> io::Result<()> {
        self.shared.directory.replace_in(Folder::Cursors, name, contents, is_synced)
    }

    /// Keeps a record aside that a mirror can't deliver; gives the file's path, relative to the
    /// directory.
    pub(crate) fn keep_dead_letter(&self, ts: Timestamp, seq: u64, line: &str) -> io::Result<String> {
        let name = DayFileName { day: ts.day(), index: 0 };
        let line = format!("{line}\n");
        self.shared.directory.quarantine(Folder::DeadLetters, &format!("{name}.{seq}"), line.as_bytes())
    }

    /// Has the log say something of itself: now, or as soon as it can.
    pub(crate) fn tell(&self, record: Record) {
        self.shared.tell(record);
    }

    /// Has what was found out told in the runtime log, by another thread: what is done there may
    /// use up this one's token, by which it is woken, or panic.
    pub(crate) fn deliver_reports(&self) {
        self.shared.reports.deliver_from_outside_if_heard();
    }
}
