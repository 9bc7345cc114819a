//! Opening a journal: finding where it ends, and going on from there.

use crate::error::{Chain, OpenError};
use crate::journal::clock::{Clock, Reading};
use crate::journal::commit::committer::Committer;
use crate::journal::commit::syncer::Syncer;
use crate::journal::control_queue::ControlQueue;
use crate::journal::days::files::DayFiles;
use crate::journal::days::missing as lost;
use crate::journal::intake::leftover::LeftoverIntake;
use crate::journal::open::course::Course;
use crate::journal::open::outlet::{Next, Taker, outlet};
use crate::journal::open::recovery::{self, Recovered};
use crate::journal::progress::Progress;
use crate::journal::prune::background::BackgroundPruner;
use crate::journal::prune::keeper::Keeper;
use crate::journal::prune::pruner::{Pruner, put_back};
use crate::journal::sequence::appender::Appender;
use crate::journal::sequence::outlet::Stop;
use crate::journal::sequence::sequencer::Sequencer;
use crate::journal::sequence::timeline::{Past, Step, Timeline};
use crate::journal::settings::{LiveSettings, Settings};
use crate::journal::state::checkpoint::{Checkpoint, CheckpointWriter, SavedCheckpoint};
use crate::journal::state::synced::{Synced, SyncedFile};
use crate::journal::storage::Directory;
use crate::journal::storage::layout::{CHECKPOINT, DayFileName, STATE, SYNCED};
use crate::lock::lock;
use crate::record::Record;
use crate::record::encode::TsText;
use crate::report::{Level, Reports};
use std::io;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A journal that has come this far was made up: nobody has recorded so much.
const LAST_SEQ: u64 = u64::MAX / 2;

/// What there is of a journal that somebody has left, its end put in order.
struct Found {
    directory: Arc<dyn Directory>,
    clock: Arc<dyn Clock>,
    reports: Arc<Reports>,
    left: LeftoverIntake,
    recovered: Recovered,
    saved: Option<SavedCheckpoint>,
    synced: Option<Synced>,
    kept_from: u64,
    /// The number behind the last record in the day files, and behind all that are known to
    /// have been there.
    in_files: u64,
    reached: u64,
    timeline: Timeline,
    step: Option<Step>,
    course: Course,
    /// What was in the intake and follows nothing.
    strays: Option<Record>,
    /// Records that are missing between day files, and of which nothing that is known to be on
    /// disk tells.
    missing: Vec<Record>,
}

/// What goes on with it.
struct Ends {
    checkpoint: Arc<CheckpointWriter>,
    settings: Arc<LiveSettings>,
    control_queue: Arc<ControlQueue>,
    progress: &'static Progress,
    files: Arc<Mutex<DayFiles>>,
    sequencer: Sequencer,
    taker: Taker,
}

impl Found {
    fn look(
        directory: Arc<dyn Directory>,
        id: &str,
        clock: Arc<dyn Clock>,
        reports: Arc<Reports>,
        keeper: &dyn Keeper,
    ) -> Result<Found, OpenError> {
        let state = directory.path().join(STATE);
        // Before it is looked where the journal ends: the end may be among it.
        if let Err(error) = put_back(&*directory) {
            reports.post(Level::Warn, || Chain(&error).to_string());
        }
        let mut left = LeftoverIntake::read(&*directory, id)?;
        let synced = Synced::read(&*directory)
            .map_err(|source| OpenError::State { path: state.join(SYNCED), source })?;
        let mut recovered = recovery::recover(&*directory, &left.pending, synced.as_ref())?;
        for warning in std::mem::take(&mut recovered.warnings) {
            reports.post(Level::Warn, || warning);
        }
        let now = Reading::of(&*clock);
        let boot = clock.boot_id();
        let mut past = Past { last: recovered.last.map(|last| last.ts), ..Past::default() };
        let saved = SavedCheckpoint::read(&*directory).unwrap_or_else(|error| {
            let text = format!("{} can't be read: {error}", state.join(CHECKPOINT).display());
            reports.post(Level::Warn, || text.clone());
            past.suspended = Some(text);
            None
        });
        if let Some(saved) = &saved {
            past.same_boot = saved.same_boot(boot.as_deref(), now);
            past.suspended.clone_from(&saved.pruning_suspended);
        }
        let (timeline, step) = Timeline::begin(past, now);
        let kept_from = saved.as_ref().map_or(0, |saved| saved.kept_from);
        let in_files = recovered.last.map_or(kept_from, |last| last.seq.saturating_add(1));
        let marked = saved.as_ref().map_or(0, |saved| saved.next_seq);
        let on_disk = synced.map_or(0, |synced| synced.next_seq);
        // What was delivered was on disk. Its numbers are never given again, come what may.
        let reached = in_files.max(marked).max(on_disk).max(keeper.reached());
        if reached.max(left.end().unwrap_or(0)) >= LAST_SEQ {
            let reason = "the number of its last record can't be";
            let source = io::Error::new(io::ErrorKind::InvalidData, reason);
            return Err(OpenError::Directory { path: directory.path().to_owned(), source });
        }
        let strays = left.quarantine_strays(&*directory, reached)?;
        let course = Course::new(in_files, reached, left.numbers());
        let missing = synced.map_or(Ok(Vec::new()), |synced| {
            let told = synced.next_seq.max(kept_from);
            lost::unnamed_missing_records(&*directory, told..in_files, &synced)
        });
        let missing = missing.unwrap_or_else(|error| {
            let path = directory.path().display();
            reports.post(Level::Warn, || {
                format!("could not look whether records are missing in {path}: {error}")
            });
            Vec::new()
        });
        Ok(Found {
            directory,
            clock,
            reports,
            left,
            recovered,
            saved,
            synced,
            kept_from,
            in_files,
            reached,
            timeline,
            step,
            course,
            strays,
            missing,
        })
    }

    /// Whether the one who has left it has left nothing undone.
    fn is_in_order(&self) -> bool {
        self.recovered.is_in_order()
            && self.course.is_in_order()
            && self.strays.is_none()
            && self.missing.is_empty()
            && self.left.notes(self.course.next_seq).is_empty()
    }

    /// Goes on with it. What is owed is what there is to say of what was found, behind
    /// `opened`.
    fn go_on(
        self,
        id: &str,
        settings: Settings,
        intake_bytes: usize,
        opened: Option<Record>,
    ) -> Result<Ends, OpenError> {
        let Found {
            directory,
            clock,
            reports,
            mut left,
            mut recovered,
            saved,
            synced,
            kept_from,
            in_files,
            reached,
            timeline,
            step,
            course,
            strays,
            missing,
        } = self;
        if let Some(why) = timeline.suspended() {
            reports.post(Level::Warn, || format!("old day files are kept until somebody prunes: {why}"));
        }
        let poisoned = saved.as_ref().and_then(|saved| saved.poisoned.clone());
        let checkpoint = Arc::new(CheckpointWriter::new(
            Arc::clone(&directory),
            Arc::clone(&reports),
            Arc::clone(&clock),
            Checkpoint {
                next_seq: reached,
                newest: recovered.newest,
                kept_from,
                pruning_suspended: timeline.suspended().map(str::to_owned),
                poisoned: poisoned.clone(),
            },
        ));
        let settings = Arc::new(LiveSettings::from_pointee(settings));
        let control_queue = Arc::<ControlQueue>::default();
        let on_disk = synced.map_or(0, |synced| synced.next_seq).min(in_files);
        let progress = Progress::new(course.from, on_disk);
        if synced.is_none() && recovered.last.is_none() {
            // Whatever a loss of power takes, it is known from where on to look.
            let nothing = Synced {
                file: DayFileName { day: clock.now().day(), index: 0 },
                offset: 0,
                next_seq: in_files,
            };
            if let Err(error) = SyncedFile::new(Arc::clone(&directory)).write(nothing) {
                let path = directory.path().join(STATE).join(SYNCED);
                reports.post(Level::Warn, || format!("{} can't be written: {error}", path.display()));
            }
        }
        let mut files = DayFiles::new(
            Arc::clone(&directory),
            Arc::clone(&reports),
            Arc::clone(&checkpoint),
            Arc::clone(&settings),
            Arc::clone(&control_queue),
            progress,
            in_files,
        );
        // What is on disk of a file that could not be synced nobody knows.
        let is_poisoned = |name: DayFileName| poisoned.as_deref() == Some(&name.to_string());
        let day_file = recovered.day_file.take().filter(|file| !is_poisoned(file.name));
        let unsynced = recovered
            .outlasts_its_copy
            .or(recovered.newest.filter(|name| is_poisoned(*name) && on_disk < in_files));
        if let Some(name) = unsynced {
            // Its records are on disk only once they are written again, as was begun.
            let why = "whoever wrote it ended before it was written again";
            files.sync_failed(Some(name), io::Error::other(why));
        } else if let Some(name) = recovered.newest.filter(|name| day_file.is_none() && !is_poisoned(*name)) {
            files.sync_other(name);
        }
        let mut last_ts = recovered.last.map(|last| last.ts);
        files.resume(day_file, last_ts.map(TsText::of));
        if course.from_intake > 0 {
            last_ts = left.last_ts().or(last_ts);
        }
        let (mut begin, mut intake_bytes) = (course.from, intake_bytes);
        if course.is_apart() {
            files.add_backlog(left.lines_from(course.from));
            if files.append_backlog().is_err() {
                // It is tried again before the next line, and an intake has none but those that
                // follow one another.
                intake_bytes = 0;
            }
            left.clear();
            begin = course.next_seq;
        }
        let notes = left.notes(course.next_seq);
        let files = Arc::new(Mutex::new(files));
        let next = Next { id, bytes: intake_bytes, next_seq: begin, notes: &notes };
        let (outlet, taker) = outlet(&directory, &left, &next, &files, &reports, &settings, progress)?;
        // Else they are on their way.
        if (begin == course.next_seq || taker.is_none()) && !lock(&files).has_backlog() {
            progress.committed_to(course.next_seq);
        }
        let mut sequencer = Sequencer::new(
            clock,
            Arc::clone(&reports),
            Arc::clone(&checkpoint),
            timeline,
            Arc::clone(&control_queue),
            outlet,
            course.next_seq,
            last_ts,
            Arc::clone(&settings),
        );
        sequencer.restore_pending(notes);
        if let Some(opened) = opened {
            sequencer.add_pending(opened);
        }
        for finding in &recovered.findings {
            sequencer.add_pending(finding.record());
        }
        if let Some(strays) = strays {
            sequencer.add_pending(strays);
        }
        if course.from_intake > 0 {
            sequencer.add_pending(Record::new("log.recovered").resource("from_intake", course.from_intake));
        }
        let newest = recovered.newest.map_or_else(|| lost::UNKNOWN.to_owned(), |name| name.to_string());
        for seqs in &recovered.holes {
            sequencer.add_pending(lost::file_lost(&newest, seqs, None));
        }
        missing.into_iter().for_each(|record| sequencer.add_pending(record));
        for seqs in &course.lost {
            let file = saved.as_ref().and_then(|saved| saved.file.as_deref()).unwrap_or(lost::UNKNOWN);
            let (from, to) = (seqs.start(), seqs.end());
            reports.post(Level::Error, || format!("the records {from} to {to} of {file} are lost"));
            sequencer.add_pending(lost::file_lost(file, seqs, None));
        }
        if let Some(step) = step {
            reports.post(Level::Warn, || step.describe());
            sequencer.add_pending(step.record());
        }
        Ok(Ends { checkpoint, settings, control_queue, progress, files, sequencer, taker })
    }
}

/// What [`recover`](crate::recover) has found and done.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Recovery {
    /// How many records the last writer had accepted that were in no day file yet. They are
    /// now.
    pub from_intake: u64,
    /// What the log says of it: `log.recovered`, of each thing that was put in order,
    /// `log.file_lost`, of what is not there any more, `log.gap`, of what the last writer had
    /// refused. Not the recovered records themselves: [`read::Reader`](crate::read::Reader) shows
    /// those; and as they were handed to the log, without `ts` and `seq`. Empty, if nothing was to
    /// be done.
    pub records: Vec<Record>,
}

/// What an open journal consists of.
#[derive(Debug)]
pub(in crate::journal) struct Opened {
    pub(in crate::journal) checkpoint: Arc<CheckpointWriter>,
    pub(in crate::journal) settings: Arc<LiveSettings>,
    pub(in crate::journal) control_queue: Arc<ControlQueue>,
    pub(in crate::journal) progress: &'static Progress,
    pub(in crate::journal) files: Arc<Mutex<DayFiles>>,
    pub(in crate::journal) appender: Arc<Appender>,
    pub(in crate::journal) pruner: Arc<Pruner>,
    pub(in crate::journal) background: Arc<BackgroundPruner>,
    pub(in crate::journal) threads: Vec<JoinHandle<()>>,
}

/// Repairs the end of a journal, and does not continue it.
pub(in crate::journal) fn recover(
    directory: Arc<dyn Directory>,
    id: &str,
    clock: Arc<dyn Clock>,
    reports: Arc<Reports>,
    settings: Settings,
    keeper: &dyn Keeper,
) -> Result<Recovery, OpenError> {
    let found = Found::look(Arc::clone(&directory), id, clock, Arc::clone(&reports), keeper)?;
    if found.is_in_order() {
        return Ok(Recovery::default());
    }
    let from_intake = found.course.from_intake;
    let mut ends = found.go_on(id, settings, 0, None)?;
    let path = directory.path().to_owned();
    let fail = |error: &dyn std::error::Error| OpenError::Directory {
        path: path.clone(),
        source: io::Error::other(Chain(error).to_string()),
    };
    ends.sequencer.take_queued();
    let records = ends.sequencer.pending().to_vec();
    lock(&ends.files).append_backlog().map_err(|error| fail(&error))?;
    ends.sequencer.emit_pending().map_err(|stop| fail(&stop.into_error()))?;
    let mut files = lock(&ends.files);
    let job = files.sync_job().map_err(|error| fail(&error))?;
    let mut syncs = job.files.into_iter().chain(job.names);
    syncs.try_for_each(|sync| sync()).map_err(|error| fail(&error))?;
    if let Some(file) = job.name {
        let synced = Synced { file, offset: job.len, next_seq: job.next_seq };
        SyncedFile::new(directory).write(synced).map_err(|error| fail(&error))?;
    }
    ends.checkpoint.committed_to(job.next_seq);
    Ok(Recovery { from_intake, records })
}

/// Repairs the end of a journal, continues it, and starts its threads.
pub(in crate::journal) fn open(
    directory: Arc<dyn Directory>,
    id: &str,
    clock: Arc<dyn Clock>,
    reports: Arc<Reports>,
    settings: Settings,
    intake_bytes: usize,
    keeper: Arc<dyn Keeper>,
) -> Result<Opened, OpenError> {
    let found = Found::look(Arc::clone(&directory), id, Arc::clone(&clock), Arc::clone(&reports), &*keeper)?;
    let opened = Record::new("log.opened")
        .resource("journal", id)
        .resource("pid", std::process::id())
        .resource("version", env!("CARGO_PKG_VERSION"));
    let Ends { checkpoint, settings, control_queue, progress, files, mut sequencer, taker } =
        found.go_on(id, settings, intake_bytes, Some(opened))?;
    sequencer.check();
    if let Err(Stop::Failed(error)) = sequencer.emit_pending() {
        reports.post(Level::Error, || format!("`log.opened` was not recorded: {}", Chain(&error)));
    }
    // The caller prunes in any case.
    control_queue.take_new_file();
    let appender = Arc::new(Appender::new(
        sequencer,
        Arc::clone(&control_queue),
        progress,
        Arc::clone(&settings),
        Arc::clone(&reports),
    ));
    let pruner = Arc::new(Pruner::new(
        Arc::clone(&directory),
        Arc::clone(&settings),
        keeper,
        Arc::clone(&appender),
        Arc::clone(&checkpoint),
        progress,
        Arc::clone(&reports),
    ));
    let background =
        Arc::new(BackgroundPruner::new(Arc::clone(&pruner), Arc::clone(&control_queue), progress));
    let fail = |source| OpenError::Thread { source };
    let syncer = Syncer::new(
        Arc::clone(&files),
        progress,
        Arc::clone(&settings),
        Arc::clone(&reports),
        SyncedFile::new(Arc::clone(&directory)),
        directory.path().to_owned(),
    );
    let mut threads = vec![syncer.start().map_err(fail)?];
    if let Some(intake) = taker {
        let committer = Committer::new(
            intake,
            Arc::clone(&files),
            progress,
            Arc::clone(&appender),
            Arc::clone(&background),
            reports,
            clock,
        );
        match committer.start() {
            Ok(committer) => threads.push(committer),
            Err(error) => {
                progress.end();
                return Err(fail(error));
            }
        }
    }
    Ok(Opened { checkpoint, settings, control_queue, progress, files, appender, pruner, background, threads })
}
