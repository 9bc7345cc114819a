//! Opens a journal: finds where it ends, continues it there, and starts its threads.

use crate::error::{Chain, OpenError};
use crate::journal::about::hold::Hold;
use crate::journal::about::log_opened::{InForce, LogOpened};
use crate::journal::clock::Clock;
use crate::journal::commit::committer::Committer;
use crate::journal::commit::placement::Placement;
use crate::journal::commit::syncer::Syncer;
use crate::journal::control_queue::ControlQueue;
use crate::journal::days::files::DayFiles;
use crate::journal::open::resume::{OpenArgs, Resumed, resume};
use crate::journal::open::survey::Survey;
use crate::journal::progress::Progress;
use crate::journal::prune::background::BackgroundPruner;
use crate::journal::prune::keeper::Keeper;
use crate::journal::prune::pruner::Pruner;
use crate::journal::sequence::appender::Appender;
use crate::journal::sequence::outlet::Stop;
use crate::journal::settings::{LiveSettings, Settings};
use crate::journal::state::checkpoint::CheckpointWriter;
use crate::journal::state::pruned::Pruned;
use crate::journal::storage::Directory;
use crate::journal::storage::layout::HOLD;
use crate::lock::lock;
use crate::record::Record;
use crate::report::{Level, Reports};
use std::io;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What [`recover`](crate::recover) has found and repaired.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Recovery {
    /// How many records the last writer had accepted that were in no day file yet, and are now.
    pub from_intake: u64,
    /// The control records about it, without `ts` and `seq`: a `log.recovered` for each repair, a
    /// `log.file_lost` for each range of missing records, a `log.gap` for what the last writer had
    /// refused. Empty if there was nothing to repair. The recovered records themselves are not
    /// among them: [`read::Reader`](crate::read::Reader) shows those.
    pub records: Vec<Record>,
}

/// What a journal is opened with.
#[derive(Clone, Debug)]
pub(crate) struct OpenWith {
    pub(crate) settings: Settings,
    /// The size of the intake, in bytes.
    pub(crate) intake_bytes: usize,
    pub(crate) opened: LogOpened,
    /// Whether old files are removed when it is opened, and when a day begins.
    pub(crate) prunes: bool,
}

/// What an open journal consists of.
#[derive(Debug)]
pub(in crate::journal) struct Opened {
    pub(in crate::journal) checkpoint: Arc<CheckpointWriter>,
    pub(in crate::journal) settings: Arc<LiveSettings>,
    pub(in crate::journal) control_queue: Arc<ControlQueue>,
    pub(in crate::journal) in_force: Arc<InForce>,
    pub(in crate::journal) progress: &'static Progress,
    pub(in crate::journal) files: Arc<Mutex<DayFiles>>,
    pub(in crate::journal) appender: Arc<Appender>,
    pub(in crate::journal) pruner: Arc<Pruner>,
    pub(in crate::journal) background: Arc<BackgroundPruner>,
    pub(in crate::journal) syncer: JoinHandle<()>,
    pub(in crate::journal) committer: Option<JoinHandle<()>>,
    /// The number of the first record since.
    pub(in crate::journal) opened_at: u64,
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
    let survey = Survey::of(&directory, id, &*clock, &reports, keeper)?;
    if survey.is_in_order() {
        return Ok(Recovery::default());
    }
    let from_intake = survey.course.from_intake;
    let args = OpenArgs { directory: &directory, id, clock: &clock, reports: &reports };
    let mut resumed = resume(&args, survey, settings, 0, |_, _| None)?;
    let path = directory.path().to_owned();
    let fail = |error: &dyn std::error::Error| OpenError::Directory {
        path: path.clone(),
        source: io::Error::other(Chain(error).to_string()),
    };
    resumed.sequencer.take_queued();
    let records = resumed.sequencer.pending().to_vec();
    lock(&resumed.files).append_backlog().map_err(|error| fail(&error))?;
    resumed.sequencer.emit_pending().map_err(|stop| fail(&stop.into_error()))?;
    let next_seq = lock(&resumed.files).next_seq();
    let (files, checkpoint) = (Arc::clone(&resumed.files), Arc::clone(&resumed.checkpoint));
    let (progress, reports) = (resumed.progress, Arc::clone(&reports));
    Syncer::new(files, progress, resumed.settings, reports, checkpoint, resumed.synced_file, path.clone())
        .sync();
    if progress.synced() < next_seq
        && let Some(last) = next_seq.checked_sub(1)
        && let Err(unsynced) = progress.wait_synced(last, Duration::ZERO)
    {
        return Err(OpenError::Directory { path, source: unsynced.into_io_error() });
    }
    resumed.checkpoint.closed(next_seq);
    Ok(Recovery { from_intake, records })
}

/// Repairs the end of a journal, continues it, and starts its threads.
pub(in crate::journal) fn open(
    directory: Arc<dyn Directory>,
    id: &str,
    clock: Arc<dyn Clock>,
    reports: Arc<Reports>,
    with: OpenWith,
    keeper: Arc<dyn Keeper>,
) -> Result<Opened, OpenError> {
    let OpenWith { settings, intake_bytes, opened, prunes } = with;
    let survey = Survey::of(&directory, id, &*clock, &reports, &*keeper)?;
    let args = OpenArgs { directory: &directory, id, clock: &clock, reports: &reports };
    let opened_at = survey.course.next_seq;
    let log_opened = |hold: &Hold, pruned: &Pruned| {
        let is_held = hold.look().map_err(|error| {
            let path = directory.path().join(HOLD);
            reports.post(Level::Warn, || format!("could not look for {}: {error}", path.display()));
        });
        Some(opened.record(id, is_held.ok(), pruned, opened_at))
    };
    let Resumed {
        checkpoint,
        settings,
        control_queue,
        progress,
        hold,
        files,
        synced_file,
        mut sequencer,
        intake,
    } = resume(&args, survey, settings, intake_bytes, log_opened)?;
    sequencer.check();
    if let Err(Stop::Failed(error)) = sequencer.emit_pending() {
        reports.post(Level::Error, || format!("could not write `log.opened`: {}", Chain(&error)));
    }
    // The caller prunes in any case.
    control_queue.take_new_file();
    let appender = Arc::new(Appender::new(
        sequencer,
        Arc::clone(&clock),
        Arc::clone(&control_queue),
        progress,
        Arc::clone(&settings),
        Arc::clone(&reports),
    ));
    let in_force = Arc::new(InForce::new(&opened, appender.next_seq()));
    let pruner = Arc::new(Pruner::new(
        Arc::clone(&directory),
        Arc::clone(&settings),
        keeper,
        hold,
        Arc::clone(&in_force),
        Arc::clone(&appender),
        Arc::clone(&checkpoint),
        progress,
        Arc::clone(&reports),
    ));
    let background =
        Arc::new(BackgroundPruner::new(Arc::clone(&pruner), Arc::clone(&control_queue), progress, !prunes));
    let fail = |source| OpenError::Thread { source };
    let syncer = Syncer::new(
        Arc::clone(&files),
        progress,
        Arc::clone(&settings),
        Arc::clone(&reports),
        Arc::clone(&checkpoint),
        Arc::clone(&synced_file),
        directory.path().to_owned(),
    );
    let syncer = syncer.start().map_err(fail)?;
    let mut running = None;
    if let Some(intake) = intake {
        let placement = Placement {
            id: id.to_owned(),
            directory,
            files: Arc::clone(&files),
            progress,
            appender: Arc::clone(&appender),
            checkpoint: Arc::clone(&checkpoint),
            settings: Arc::clone(&settings),
            reports: Arc::clone(&reports),
            synced_file,
            is_suspended: false,
        };
        let committer = Committer::new(
            intake,
            Arc::clone(&files),
            progress,
            Arc::clone(&appender),
            placement,
            Arc::clone(&background),
            reports,
            clock,
        );
        match committer.start() {
            Ok(committer) => running = Some(committer),
            Err(error) => {
                progress.end();
                return Err(fail(error));
            }
        }
    }
    Ok(Opened {
        checkpoint,
        settings,
        control_queue,
        in_force,
        progress,
        files,
        appender,
        pruner,
        background,
        syncer,
        committer: running,
        opened_at,
    })
}
