//! The day files of an open journal: lines go into the one that is open, and another one
//! begins with the day, or when nothing more may go into it.

use crate::error::{AppendError, Chain};
use crate::journal::control_queue::ControlQueue;
use crate::journal::days::ended::ClosedFiles;
use crate::journal::days::file::DayFile;
use crate::journal::days::rescue::{Rescue, damage, missing_in_directory};
use crate::journal::days::space::Space;
use crate::journal::progress::Progress;
use crate::journal::settings::LiveSettings;
use crate::journal::state::checkpoint::CheckpointWriter;
use crate::journal::storage::layout::DayFileName;
use crate::journal::storage::{Directory, LogFile};
use crate::record::encode::TsText;
use crate::record::{Day, Record};
use crate::report::{Level, Reports};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long files that have ended are not looked at.
const CLOSED_AGAIN: Duration = Duration::from_millis(750);

#[derive(Debug)]
pub(in crate::journal) struct DayFiles {
    pub(in crate::journal) directory: Arc<dyn Directory>,
    pub(in crate::journal) reports: Arc<Reports>,
    pub(in crate::journal) checkpoint: Arc<CheckpointWriter>,
    pub(in crate::journal) open: Option<DayFile>,
    pub(in crate::journal) closed: ClosedFiles,
    pub(in crate::journal) closed_due: Option<Instant>,
    /// The time of the last line, as it spells it.
    pub(in crate::journal) last_ts: Option<TsText>,
    /// The number of the next line.
    pub(in crate::journal) next_seq: u64,
    /// Lines that the last writer has left, and that could not be appended yet.
    pub(in crate::journal) backlog: VecDeque<(u64, Vec<u8>)>,
    pub(in crate::journal) control_queue: Arc<ControlQueue>,
    pub(in crate::journal) progress: &'static Progress,
    /// What it has said is lost: where more is lost, that may be among it.
    pub(in crate::journal) lost: Vec<Record>,
    pub(in crate::journal) space: Space,
    /// Whether files have names that may not be on disk yet.
    pub(in crate::journal) has_new_names: bool,
    /// Files that were ended before they could be synced.
    pub(in crate::journal) unsynced: Vec<DayFile>,
    /// How many syncs have failed.
    pub(in crate::journal) failures: u64,
}

/// Lines that belong together: of one day, their times never decreasing.
#[derive(Clone, Copy, Debug)]
pub(in crate::journal) struct Run<'a> {
    /// Each with its `\n`.
    pub(in crate::journal) lines: &'a [u8],
    /// The time of the first.
    pub(in crate::journal) first_ts: &'a TsText,
    pub(in crate::journal) last_ts: &'a TsText,
    pub(in crate::journal) first_seq: u64,
    /// The number behind the last.
    pub(in crate::journal) next_seq: u64,
}

impl DayFiles {
    pub(in crate::journal) fn new(
        directory: Arc<dyn Directory>,
        reports: Arc<Reports>,
        checkpoint: Arc<CheckpointWriter>,
        settings: Arc<LiveSettings>,
        control_queue: Arc<ControlQueue>,
        progress: &'static Progress,
        next_seq: u64,
    ) -> DayFiles {
        let space = Space::new(
            Arc::clone(&directory),
            Arc::clone(&reports),
            Arc::clone(&settings),
            Arc::clone(&control_queue),
        );
        DayFiles {
            directory,
            reports,
            checkpoint,
            open: None,
            closed: ClosedFiles::default(),
            closed_due: None,
            last_ts: None,
            next_seq,
            backlog: VecDeque::new(),
            control_queue,
            progress,
            lost: Vec::new(),
            space,
            has_new_names: true,
            unsynced: Vec::new(),
            failures: 0,
        }
    }

    /// Goes on in a file, behind a line of that time.
    pub(in crate::journal) fn go_on(&mut self, file: Option<DayFile>, last_ts: Option<TsText>) {
        (self.open, self.last_ts) = (file, last_ts);
    }

    /// These lines of the last writer come before all others, as soon as they can be appended.
    pub(in crate::journal) fn owe(&mut self, lines: impl IntoIterator<Item = (u64, Vec<u8>)>) {
        self.backlog.extend(lines);
    }

    /// Whether there are lines of the last writer that could not be appended yet.
    pub(in crate::journal) fn has_backlog(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Appends the lines that the last writer has left.
    pub(in crate::journal) fn catch_up(&mut self) -> Result<(), AppendError> {
        while let Some((seq, line)) = self.backlog.pop_front() {
            let Some(ts) = TsText::in_line(&line) else {
                debug_assert!(false, "the last writer has stamped it");
                continue;
            };
            let run = Run { lines: &line, first_ts: &ts, last_ts: &ts, first_seq: seq, next_seq: seq + 1 };
            if let Err(error) = self.append_run(run) {
                self.backlog.push_front((seq, line));
                return Err(error);
            }
            self.progress.committed_to(seq + 1);
        }
        Ok(())
    }

    /// Appends lines, all or none.
    pub(in crate::journal) fn append(&mut self, run: Run<'_>) -> Result<(), AppendError> {
        if self.has_backlog() {
            self.catch_up()?;
        }
        self.append_run(run)
    }

    fn append_run(&mut self, run: Run<'_>) -> Result<(), AppendError> {
        // Within a file time never decreases, and numbers follow one another.
        let is_apart =
            run.first_seq != self.next_seq || self.last_ts.is_some_and(|last| *run.first_ts < last);
        if let Some(open) = &self.open
            && (is_apart || !open.takes(run.first_ts) || open.is_to_be_seen(run.lines.len()))
        {
            // A last look, before it is let go.
            self.check_open_file();
        }
        if is_apart && let Some(open) = &mut self.open {
            open.close_off();
        }
        let file = match &mut self.open {
            Some(file) if file.takes(run.first_ts) => file,
            _ => {
                let begun = self.begin(run.first_ts.day())?;
                if let Some(ended) = &self.open {
                    self.closed.add(ended, self.next_seq);
                }
                self.open.insert(begun)
            }
        };
        if let Err(source) = file.append(run.lines, run.next_seq - run.first_seq) {
            self.space.failed(&source);
            let path = self.directory.path().join(file.spelled());
            return Err(AppendError::Write { path, source: Arc::new(source) });
        }
        file.begins_with(run.first_seq);
        self.last_ts = Some(*run.last_ts);
        self.next_seq = run.next_seq;
        Ok(())
    }

    fn begin(&mut self, day: Day) -> Result<DayFile, AppendError> {
        if let Some(ended) = self.open.as_ref()
            && let Err(error) = ended.file().syncer().and_then(|sync| sync())
        {
            let name = ended.name;
            self.sync_failed(Some(name), error);
        }
        // No file is to be on disk while one before it is not, or nobody could tell that it is
        // missing.
        if self.open.is_some()
            && std::mem::take(&mut self.has_new_names)
            && let Err(error) = self.directory.syncer().and_then(|sync| sync())
        {
            self.sync_failed(None, error);
        }
        for index in 0..=u32::MAX {
            let name = DayFileName { day, index };
            match self.create_or_adopt(name) {
                Ok(Some(file)) => {
                    self.control_queue.file_begun();
                    self.has_new_names = true;
                    self.checkpoint.file_begun(name, self.next_seq);
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
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match self.directory.adopt(&name) {
                Ok(adopted) => Ok(adopted),
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

    fn not_begun(&mut self, name: DayFileName, source: io::Error) -> AppendError {
        self.space.failed(&source);
        let path = self.directory.path().join(name.to_string());
        AppendError::DayFile { path, source: Arc::new(source) }
    }

    /// Looks whether the directory and the open file are as they should be.
    pub(in crate::journal) fn check(&mut self) {
        self.check_directory();
        self.check_open_file();
        let now = Instant::now();
        if self.closed_due.is_none_or(|due| due <= now) {
            self.closed_due = Some(now + CLOSED_AGAIN);
            self.check_closed_files();
        }
    }

    /// The same, of all that can be looked at.
    pub(in crate::journal) fn check_all(&mut self) {
        // What can't be appended now is tried again with the next line.
        self.catch_up().unwrap_or(());
        self.closed_due = None;
        self.check();
    }

    fn check_closed_files(&mut self) {
        let path = self.directory.path();
        match self.closed.look(&*self.directory, self.checkpoint.kept_from()) {
            Ok(losses) => {
                for loss in losses {
                    let path = path.join(&loss.file);
                    let lost = loss.records.len();
                    self.reports.post(Level::Error, || {
                        format!("the day file {} was removed, cut short or written to by somebody else; {lost} runs of its records are lost", path.display())
                    });
                    tell_lost(loss.records, &mut self.lost, &self.control_queue);
                }
            }
            Err(error) => {
                self.reports.post(Level::Error, || format!("could not look at {}: {error}", path.display()));
            }
        }
    }

    /// If the directory is not where it was any more, it is made anew.
    fn check_directory(&mut self) {
        let path = self.directory.path();
        match self.directory.is_in_place() {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => {
                self.reports.post(Level::Error, || format!("could not look at {}: {error}", path.display()));
                return;
            }
        }
        if let Err(error) = self.directory.renew() {
            let why = Chain(&error);
            self.reports.post(Level::Error, || {
                format!("somebody has taken away {}, and it can't be made anew: {why}", path.display())
            });
            return;
        }
        self.reports
            .post(Level::Error, || format!("somebody has taken away {}: it is made anew", path.display()));
        // The records of the file that is appended to are saved next.
        let open = self.open.as_ref().filter(|open| !open.is_closed_off());
        let first_seq = open.and_then(DayFile::first_seq).unwrap_or(self.next_seq);
        match missing_in_directory(&*self.directory, self.checkpoint.kept_from()..first_seq) {
            Ok(records) => tell_lost(records, &mut self.lost, &self.control_queue),
            Err(error) => {
                self.reports.post(Level::Error, || format!("could not look at {}: {error}", path.display()));
            }
        }
        self.checkpoint.write();
    }

    /// Looks whether the open file is as it should be.
    pub(in crate::journal) fn check_open_file(&mut self) {
        let Some(open) = self.open.as_ref().filter(|open| !open.is_closed_off()) else {
            return;
        };
        let path = || self.directory.path().join(open.spelled());
        let damage = match damage(&*self.directory, open) {
            Ok(None) => {
                if let Some(open) = &mut self.open {
                    open.seen();
                }
                return;
            }
            Ok(Some(damage)) => damage,
            Err(error) => {
                self.reports
                    .post(Level::Error, || format!("could not look at {}: {error}", path().display()));
                return;
            }
        };
        let rescue = Rescue::of(&*self.directory, open, damage, self.next_seq);
        self.reports.post(Level::Error, || {
            format!("the day file {} was {damage} by somebody else{}", path().display(), rescue.describe())
        });
        let records = rescue.records(open.name).collect();
        tell_lost(records, &mut self.lost, &self.control_queue);
        self.open = rescue.copy;
        if let Some(copy) = &mut self.open {
            copy.complete();
            self.checkpoint.file_begun(copy.name, self.next_seq);
        }
    }

    /// Looks how much space is left.
    pub(in crate::journal) fn check_space(&mut self) {
        self.space.look();
    }
}

/// Tells what is lost, and once more what was lost before: what told of it may be lost now.
fn tell_lost(records: Vec<Record>, before: &mut Vec<Record>, control_queue: &ControlQueue) {
    /// Of more than these, the oldest are not told again.
    const AGAIN: usize = 32;
    if records.is_empty() {
        return;
    }
    before.iter().chain(&records).for_each(|record| control_queue.push(record.clone()));
    before.extend(records);
    before.drain(..before.len().saturating_sub(AGAIN));
}
