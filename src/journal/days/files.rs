//! The day files of an open journal: lines go into the open file, and another one begins with the
//! day, or when nothing more may be appended to it.

use crate::error::AppendError;
use crate::journal::about::hold::Hold;
use crate::journal::control_queue::ControlQueue;
use crate::journal::days::ended::EndedFiles;
use crate::journal::days::file::DayFile;
use crate::journal::days::repair::rescue::Unrescued;
use crate::journal::days::repair::unsynced::FailedFile;
use crate::journal::days::space::Space;
use crate::journal::progress::Progress;
use crate::journal::settings::LiveSettings;
use crate::journal::state::checkpoint::CheckpointWriter;
use crate::journal::state::synced::SyncedFile;
use crate::journal::storage::layout::DayFileName;
use crate::journal::storage::{Directory, LogFile};
use crate::record::encode::TsText;
use crate::record::{Day, Record};
use crate::report::{Level, Reports};
use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// The day files of an open journal.
#[derive(Debug)]
pub(in crate::journal) struct DayFiles {
    pub(super) directory: Arc<dyn Directory>,
    pub(super) reports: Arc<Reports>,
    pub(super) checkpoint: Arc<CheckpointWriter>,
    pub(super) open: Option<DayFile>,
    pub(super) ended: EndedFiles,
    /// When the ended files are checked next.
    pub(super) ended_due: Option<Instant>,
    /// The time of the last line.
    last_ts: Option<TsText>,
    /// The number of the next line.
    pub(super) next_seq: u64,
    /// Lines of the last writer that could not be appended yet.
    backlog: VecDeque<(u64, Vec<u8>)>,
    pub(super) control_queue: Arc<ControlQueue>,
    pub(super) progress: &'static Progress,
    pub(super) synced_file: Arc<Mutex<SyncedFile>>,
    /// The last `log.file_lost` records, which may be lost themselves.
    pub(super) lost: Vec<Record>,
    pub(super) space: Space,
    pub(super) hold: Arc<Hold>,
    /// Whether there are names of files that may not be on disk yet.
    pub(super) has_new_names: bool,
    /// Damaged files whose records could not be copied yet.
    pub(super) unrescued: Vec<Unrescued>,
    /// Lost records that were not on disk, each range with the path of its file, until the syncer takes them.
    pub(super) lost_unsynced: Vec<(Range<u64>, PathBuf)>,
    /// Why nothing is appended: the directory is not where it was, and can't be made there.
    pub(super) displaced: Option<AppendError>,
    /// Whether the directory was created again, and the records that it has not are not named yet.
    pub(super) is_recreated: bool,
    /// Ended files that are to be synced, each with the number behind its last record.
    pub(super) to_sync: Vec<(DayFile, u64)>,
    /// Files whose sync has failed, until the syncer takes them.
    pub(super) failed: Vec<FailedFile>,
    /// Whether the syncer makes a copy of records, which may be an empty file at first.
    pub(super) is_copying: Arc<AtomicBool>,
}

/// Lines of one day, whose times never decrease.
#[derive(Clone, Copy, Debug)]
pub(in crate::journal) struct Run<'a> {
    /// The lines, each with its `\n`.
    pub(in crate::journal) lines: &'a [u8],
    /// The time of the first line.
    pub(in crate::journal) first_ts: &'a TsText,
    pub(in crate::journal) last_ts: &'a TsText,
    pub(in crate::journal) first_seq: u64,
    /// The number behind the last line.
    pub(in crate::journal) next_seq: u64,
}

impl DayFiles {
    #[allow(clippy::too_many_arguments, reason = "called in one place")]
    pub(in crate::journal) fn new(
        directory: Arc<dyn Directory>,
        reports: Arc<Reports>,
        checkpoint: Arc<CheckpointWriter>,
        settings: Arc<LiveSettings>,
        control_queue: Arc<ControlQueue>,
        hold: Arc<Hold>,
        progress: &'static Progress,
        synced_file: Arc<Mutex<SyncedFile>>,
        next_seq: u64,
    ) -> DayFiles {
        let space =
            Space::new(Arc::clone(&directory), Arc::clone(&reports), settings, Arc::clone(&control_queue));
        DayFiles {
            directory,
            reports,
            checkpoint,
            open: None,
            ended: EndedFiles::default(),
            ended_due: None,
            last_ts: None,
            next_seq,
            backlog: VecDeque::new(),
            control_queue,
            hold,
            progress,
            synced_file,
            lost: Vec::new(),
            space,
            has_new_names: true,
            unrescued: Vec::new(),
            lost_unsynced: Vec::new(),
            displaced: None,
            is_recreated: false,
            to_sync: Vec::new(),
            failed: Vec::new(),
            is_copying: Arc::default(),
        }
    }

    /// Continues a file behind a line of that time.
    pub(in crate::journal) fn resume(&mut self, file: Option<DayFile>, last_ts: Option<TsText>) {
        (self.open, self.last_ts) = (file, last_ts);
    }

    /// Appends these lines of the last writer, each with its number, before all others, as soon as
    /// possible.
    pub(in crate::journal) fn add_backlog(&mut self, lines: impl IntoIterator<Item = (u64, Vec<u8>)>) {
        self.backlog.extend(lines);
    }

    /// Returns whether there are lines of the last writer that could not be appended yet.
    pub(in crate::journal) fn has_backlog(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// Appends the lines of the last writer.
    pub(in crate::journal) fn append_backlog(&mut self) -> Result<(), AppendError> {
        while let Some((seq, line)) = self.backlog.pop_front() {
            let Some(ts) = TsText::in_line(&line).filter(|_| line.ends_with(b"\n")) else {
                self.lost_in_intake(seq..seq + 1, &line);
                self.progress.committed_to(seq + 1);
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

    /// Appends all of the lines, or none.
    pub(in crate::journal) fn append(&mut self, run: Run<'_>) -> Result<(), AppendError> {
        if self.has_backlog() {
            self.append_backlog()?;
        }
        self.append_run(run)
    }

    fn append_run(&mut self, run: Run<'_>) -> Result<(), AppendError> {
        if let Some(error) = &self.displaced {
            return Err(error.clone());
        }
        // Within a file, times never decrease, and numbers follow one another.
        let is_apart =
            run.first_seq != self.next_seq || self.last_ts.is_some_and(|last| *run.first_ts < last);
        if let Some(open) = &self.open
            && (is_apart || !open.takes(run.first_ts) || open.needs_check(run.lines.len()))
        {
            // A last time, if the file is about to be ended.
            self.check_open_file();
        }
        if is_apart && let Some(open) = &mut self.open {
            open.end();
        }
        let file = loop {
            let file = match &mut self.open {
                Some(file) if file.takes(run.first_ts) => file,
                _ => {
                    let begun = self.begin(run.first_ts.day())?;
                    if let Some(ended) = self.open.take() {
                        self.ended.add(&ended, self.next_seq);
                        self.to_sync.push((ended, self.next_seq));
                    }
                    self.open.insert(begun)
                }
            };
            match file.append(run.lines, run.next_seq - run.first_seq) {
                Ok(()) => break file,
                // The process may not write such a large file (`RLIMIT_FSIZE`): the next one is smaller.
                Err(error) if error.kind() == io::ErrorKind::FileTooLarge && file.len() > 0 => {
                    file.complete()
                }
                Err(source) => {
                    self.space.failed(&source);
                    let path = self.directory.path().join(file.name_text());
                    return Err(AppendError::Write { path, source: Arc::new(source) });
                }
            }
        };
        if file.first_seq().is_none() {
            file.begins_with(run.first_seq);
            self.checkpoint.files_changed();
        }
        self.last_ts = Some(*run.last_ts);
        self.next_seq = run.next_seq;
        Ok(())
    }

    /// Creates the next file of a day.
    fn begin(&mut self, day: Day) -> Result<DayFile, AppendError> {
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

    /// Creates a file, or takes an empty one of that name; returns `None` if there is one with
    /// contents.
    fn create_or_adopt(&mut self, name: DayFileName) -> io::Result<Option<Box<dyn LogFile>>> {
        let name = name.to_string();
        match self.directory.create(&name) {
            Ok(file) => Ok(Some(file)),
            Err(error)
                if error.kind() == io::ErrorKind::AlreadyExists && self.is_copying.load(Ordering::SeqCst) =>
            {
                Ok(None)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match self.directory.adopt(&name) {
                Ok(adopted) => Ok(adopted),
                Err(error) => {
                    let path = self.directory.path().join(name);
                    let text = || format!("could not use {}, skipped: {error}", path.display());
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
}
