//! Opening a journal: finding where it ends, and going on from there.

#[cfg(target_os = "linux")]
use super::committer::Committer;
use super::day_files::DayFiles;
use super::directory::Directory;
use super::fork::ForkGuard;
use super::layout::DayFileName;
use super::left::{Course, Left, Next, outlet};
use super::mark::{Bookmark, Mark, Standing};
use super::news::News;
use super::progress::Progress;
use super::sequencer::{Sequencer, Stop};
use super::synced::{Synced, SyncedFile};
use super::timeline::{Past, Reading, Timeline};
use super::{Chain, Clock, Journal, LONGEST_WAIT, Live, Settings, Shared, layout, lost, recovery};
use crate::error::OpenError;
use crate::record::encode::TsText;
use crate::record::Record;
use crate::report::{Level, Reports};
use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// A journal that has come this far was made up: nobody has recorded so much.
const LAST_SEQ: u64 = u64::MAX / 2;

impl Journal {
    /// Puts the end of the journal in order and goes on there.
    pub(crate) fn open(
        directory: Arc<dyn Directory>,
        id: &str,
        clock: Arc<dyn Clock>,
        reports: Arc<Reports>,
        settings: Settings,
        intake_bytes: usize,
    ) -> Result<Journal, OpenError> {
        let mut left = Left::read(&*directory, id)?;
        let synced = Synced::read(&*directory).map_err(|source| OpenError::State {
            path: directory.path().join(layout::STATE).join(layout::SYNCED),
            source,
        })?;
        let recovered = recovery::recover(&*directory, &left.pending, synced.as_ref())?;
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
        let marked = mark.as_ref().map_or(0, |mark| mark.next_seq);
        let reached = found.max(marked).max(synced.map_or(0, |synced| synced.next_seq));
        if reached.max(left.end().unwrap_or(0)) >= LAST_SEQ {
            let reason = "the number of its last record can't be";
            let source = io::Error::new(io::ErrorKind::InvalidData, reason);
            return Err(OpenError::Directory { path, source });
        }
        let strays = left.keep_strays_aside(&*directory, reached)?;
        let course = Course::new(found, reached, left.numbers());
        let last_ts = recovered.last.map(|last| last.ts);
        let standing = Standing {
            next_seq: reached,
            newest: recovered.newest,
            kept_from,
            pruning_suspended: timeline.suspended().map(str::to_owned),
            poisoned: mark.as_ref().and_then(|mark| mark.poisoned.clone()),
        };
        let poisoned = standing.poisoned.clone();
        let bookmark = Arc::new(Bookmark::new(
            Arc::clone(&directory),
            Arc::clone(&reports),
            Arc::clone(&clock),
            standing,
        ));
        let live = Arc::new(Live::new(settings));
        let news = Arc::<News>::default();
        let on_disk = synced.map_or(0, |synced| synced.next_seq).min(found);
        let progress = Progress::new(course.from, on_disk);
        let mut files = DayFiles::new(
            Arc::clone(&directory),
            Arc::clone(&reports),
            Arc::clone(&bookmark),
            Arc::clone(&live),
            Arc::clone(&news),
            progress,
            found,
        );
        // What is on disk of a file that could not be synced nobody knows.
        let is_poisoned = |name: DayFileName| poisoned.as_deref() == Some(&name.to_string());
        let day_file = recovered.day_file.filter(|file| !is_poisoned(file.name));
        if let Some(name) = recovered.newest.filter(|name| day_file.is_none() && !is_poisoned(*name)) {
            files.sync_left(name);
        }
        files.go_on(day_file, last_ts.map(TsText::of));
        let mut last_ts = last_ts;
        if course.from_intake > 0 {
            last_ts = left.last_ts().or(last_ts);
        }
        if course.is_apart() {
            left.append(&mut files, course.from).map_err(|error| OpenError::State {
                path: path.join(layout::STATE).join(layout::INTAKE),
                source: io::Error::other(Chain(&error).to_string()),
            })?;
            left.is_done();
        }
        let next_seq = course.next_seq;
        let notes = left.notes(next_seq);
        let files = Arc::new(Mutex::new(files));
        let begin = if course.is_apart() { next_seq } else { course.from };
        let next = Next { id, bytes: intake_bytes, next_seq: begin, notes: &notes };
        let (outlet, committer) = outlet(&*directory, &left, &next, &files, &reports)?;
        if committer.is_none() {
            progress.came_to(next_seq);
        } else {
            progress.came_to(begin);
        }
        let committers_clock = Arc::clone(&clock);
        let mut sequencer = Sequencer::new(
            clock,
            Arc::clone(&reports),
            Arc::clone(&bookmark),
            timeline,
            Arc::clone(&news),
            progress,
            outlet,
            next_seq,
            last_ts,
        );
        sequencer.owe(notes);
        sequencer.tell_later(
            Record::new("log.opened")
                .resource("journal", id)
                .resource("pid", std::process::id())
                .resource("version", env!("CARGO_PKG_VERSION")),
        );
        for finding in &recovered.findings {
            sequencer.tell_later(finding.record());
        }
        if let Some(strays) = strays {
            sequencer.tell_later(strays);
        }
        if course.from_intake > 0 {
            sequencer.tell_later(Record::new("log.recovered").resource("from_intake", course.from_intake));
        }
        if let Some(newest) = recovered.newest {
            let holes = recovered.holes.iter();
            holes.for_each(|seqs| sequencer.tell_later(lost::file_lost(&newest.to_string(), seqs, None)));
        }
        for seqs in &course.lost {
            let file = mark.as_ref().and_then(|mark| mark.file.as_deref()).unwrap_or(lost::UNKNOWN);
            let (from, to) = (seqs.start(), seqs.end());
            reports.post(Level::Error, || format!("the records {from} to {to} of {file} are lost"));
            sequencer.tell_later(lost::file_lost(file, seqs, None));
        }
        if let Some(step) = step {
            reports.post(Level::Warn, || step.describe());
            sequencer.tell_later(step.record());
        }
        sequencer.look_around();
        if let Err(Stop::Failed(error)) = sequencer.tell() {
            reports.post(Level::Error, || format!("`log.opened` was not recorded: {}", Chain(&error)));
        }
        let owes = sequencer.owes();
        // It is looked for old files in any case.
        news.has_begun();
        let synced_file = SyncedFile::new(Arc::clone(&directory));
        let shared = Arc::new(Shared {
            path,
            directory,
            bookmark,
            live,
            sequencer: Mutex::new(sequencer),
            files,
            news,
            progress,
            fork: ForkGuard::new(),
            pruner: Mutex::default(),
            pruning: Mutex::default(),
            syncing: Mutex::new(synced_file),
            owes: AtomicBool::new(owes),
            commit_error: Mutex::default(),
            reports,
            is_closing: AtomicBool::new(false),
        });
        let thread = |source| OpenError::Thread { source };
        let mut threads = vec![shared.begin_syncing().map_err(thread)?];
        #[cfg(target_os = "linux")]
        if let Some(intake) = committer {
            match Committer::begin(Arc::clone(&shared), intake, Arc::clone(&committers_clock)) {
                Ok(committer) => threads.push(committer),
                Err(error) => {
                    progress.end();
                    return Err(thread(error));
                }
            }
        }
        shared.come_to_rest(LONGEST_WAIT);
        if let Err(error) = shared.put_back() {
            shared.reports.post(Level::Warn, || Chain(&error).to_string());
        }
        shared.prune_soon();
        Ok(Journal { shared, intake_bytes, threads })
    }
}
