//! Continues a journal behind its end, and makes the findings pending control records.

use crate::error::OpenError;
use crate::journal::about::hold::Hold;
use crate::journal::clock::Clock;
use crate::journal::control_queue::ControlQueue;
use crate::journal::days::file::DayFile;
use crate::journal::days::files::DayFiles;
use crate::journal::days::missing::{UNKNOWN, file_lost};
use crate::journal::days::resync::ended_file;
use crate::journal::days::scan::day_files;
use crate::journal::intake::file::IntakePlan;
use crate::journal::intake::{Consumer, Mapped};
use crate::journal::open::course::Course;
use crate::journal::open::outlet::outlet;
use crate::journal::open::recovery::Recovered;
use crate::journal::open::survey::Survey;
use crate::journal::progress::Progress;
use crate::journal::sequence::sequencer::Sequencer;
use crate::journal::sequence::timeline::Step;
use crate::journal::settings::{LiveSettings, Settings};
use crate::journal::state::checkpoint::{Checkpoint, CheckpointWriter, SavedCheckpoint};
use crate::journal::state::pruned::Pruned;
use crate::journal::state::synced::{Synced, SyncedFile};
use crate::journal::storage::Directory;
use crate::journal::storage::layout::{DayFileName, STATE, SYNCED};
use crate::lock::lock;
use crate::record::Record;
use crate::record::encode::TsText;
use crate::report::{Level, Reports};
use std::cmp::Reverse;
use std::sync::{Arc, Mutex};

/// A journal that can be appended to, without threads.
pub(super) struct Resumed {
    pub(super) checkpoint: Arc<CheckpointWriter>,
    pub(super) settings: Arc<LiveSettings>,
    pub(super) control_queue: Arc<ControlQueue>,
    pub(super) progress: &'static Progress,
    pub(super) hold: Arc<Hold>,
    pub(super) files: Arc<Mutex<DayFiles>>,
    pub(super) synced_file: Arc<Mutex<SyncedFile>>,
    pub(super) sequencer: Sequencer,
    /// The committer's end of the intake, if there is an intake.
    pub(super) intake: Option<Consumer<Mapped>>,
}

/// What a journal is opened with.
pub(super) struct OpenArgs<'a> {
    pub(super) directory: &'a Arc<dyn Directory>,
    pub(super) id: &'a str,
    pub(super) clock: &'a Arc<dyn Clock>,
    pub(super) reports: &'a Arc<Reports>,
}

/// Continues a journal. The first pending record is what `log_opened` returns, if it does; the findings
/// follow.
pub(super) fn resume(
    args: &OpenArgs<'_>,
    survey: Survey,
    settings: Settings,
    intake_bytes: usize,
    log_opened: impl FnOnce(&Hold, &Pruned) -> Option<Record>,
) -> Result<Resumed, OpenError> {
    let OpenArgs { directory, id, clock, reports } = args;
    let Survey {
        mut leftover,
        mut recovered,
        saved,
        synced,
        kept_from,
        pruned,
        in_files,
        reached,
        timeline,
        step,
        course,
        strays,
        missing,
        altered,
    } = survey;
    if let Some(why) = timeline.suspended() {
        reports.post(Level::Warn, || format!("old day files are kept until an operator prunes: {why}"));
    }
    let poisoned = saved.as_ref().and_then(|saved| saved.poisoned.clone());
    let checkpoint = Arc::new(CheckpointWriter::new(
        Arc::clone(directory),
        Arc::clone(reports),
        Arc::clone(clock),
        Checkpoint {
            next_seq: reached,
            newest: recovered.newest,
            kept_from,
            pruned: pruned.clone(),
            is_held: saved.as_ref().is_some_and(|saved| saved.hold),
            pruning_suspended: timeline.suspended().map(str::to_owned),
            poisoned: poisoned.clone(),
            altered: recovered.altered.clone(),
            has_intake: saved.as_ref().is_some_and(|saved| saved.intake),
            is_closed: false,
        },
    ));
    let settings = Arc::new(LiveSettings::from_pointee(settings));
    let control_queue = Arc::<ControlQueue>::default();
    let synced_file = Arc::new(Mutex::new(SyncedFile::new(Arc::clone(directory))));
    let on_disk = synced.map_or(0, |synced| synced.next_seq).min(in_files);
    let progress = Progress::new(course.from, on_disk);
    if synced.is_none() && recovered.last.is_none() {
        write_first_synced(args, &synced_file, in_files);
    }
    let hold = Arc::new(Hold::new(
        Arc::clone(directory),
        Arc::clone(&checkpoint),
        Arc::clone(&control_queue),
        progress,
    ));
    let mut files = DayFiles::new(
        Arc::clone(directory),
        Arc::clone(reports),
        Arc::clone(&checkpoint),
        Arc::clone(&settings),
        Arc::clone(&control_queue),
        Arc::clone(&hold),
        progress,
        Arc::clone(&synced_file),
        in_files,
    );
    let day_file =
        sync_files(args, &mut files, &mut recovered, poisoned.as_deref(), synced.as_ref(), in_files);
    let mut last_ts = recovered.last.map(|last| last.ts);
    files.resume(day_file, last_ts.map(TsText::of));
    if course.from_intake > 0 {
        last_ts = leftover.last_ts().or(last_ts);
    }
    let (mut begin, mut intake_bytes) = (course.from, intake_bytes);
    if course.is_apart() {
        files.add_backlog(leftover.lines_from(course.from));
        if files.append_backlog().is_err() {
            // The backlog is tried again before the next line. An intake can't be used: the numbers
            // in it must follow one another.
            intake_bytes = 0;
        }
        leftover.clear();
        begin = course.next_seq;
    }
    let notes = leftover.notes(course.next_seq);
    let files = Arc::new(Mutex::new(files));
    let plan = IntakePlan { id, bytes: intake_bytes, next_seq: begin, notes: &notes };
    let (outlet, intake) =
        outlet(directory, &leftover, &plan, &files, reports, &settings, progress, &checkpoint)?;
    // Otherwise the committer moves the rest.
    if (begin == course.next_seq || intake.is_none()) && !lock(&files).has_backlog() {
        progress.committed_to(course.next_seq);
    }
    let mut sequencer = Sequencer::new(
        Arc::clone(clock),
        Arc::clone(reports),
        Arc::clone(&checkpoint),
        progress,
        timeline,
        Arc::clone(&control_queue),
        outlet,
        course.next_seq,
        last_ts,
        Arc::clone(&settings),
    );
    sequencer.restore_pending(notes);
    let opened = log_opened(&hold, &pruned);
    let records = opened.into_iter().chain(findings(&recovered, strays, &course, missing));
    let lost = lost_records(reports, &course, saved.as_ref());
    let step = step.map(|step| step_record(reports, step));
    records.chain(lost).chain(altered).chain(step).for_each(|record| sequencer.add_pending(record));
    Ok(Resumed { checkpoint, settings, control_queue, progress, hold, files, synced_file, sequencer, intake })
}

/// Writes that nothing is on disk yet, so that it is known which files to read after a loss of power.
fn write_first_synced(args: &OpenArgs<'_>, synced_file: &Mutex<SyncedFile>, next_seq: u64) {
    let file = DayFileName { day: args.clock.now().day(), index: 0 };
    if let Err(error) = lock(synced_file).write(Synced::at(file, 0, next_seq)) {
        let path = args.directory.path().join(STATE).join(SYNCED);
        args.reports.post(Level::Warn, || format!("could not write {}: {error}", path.display()));
    }
}

/// Has the files of the last writer synced that are not continued, or written again where a sync of
/// them has failed. Returns the file that is continued: none that could not be synced, since it is
/// unknown what of it is on disk.
fn sync_files(
    args: &OpenArgs<'_>,
    files: &mut DayFiles,
    recovered: &mut Recovered,
    poisoned: Option<&str>,
    synced: Option<&Synced>,
    in_files: u64,
) -> Option<DayFile> {
    let on_disk = synced.map_or(0, |synced| synced.next_seq);
    let is_behind = on_disk < in_files;
    let has_failed = is_behind && synced.is_some_and(|synced| synced.has_failed);
    let is_poisoned = |name: DayFileName| has_failed || poisoned == Some(&name.to_string());
    let day_file = recovered.day_file.take().filter(|file| !is_poisoned(file.name));
    let continued = day_file.as_ref().map(|file| file.name);
    let (newest, outlasting) = (recovered.newest, recovered.outlasts_its_copy);
    // Without `.state/synced` only the newest file is known to be of the last writer.
    let names = match synced {
        Some(_) if is_behind => day_files(&**args.directory).unwrap_or_default(),
        _ => newest.into_iter().chain(outlasting).collect(),
    };
    // The records of the file that is continued are synced with it: no copy is made of them.
    let is_covered = day_file.as_ref().and_then(DayFile::first_seq).is_some_and(|first| first <= on_disk);
    let mut covered = if is_covered { in_files } else { on_disk };
    let names = names.into_iter().filter(|name| continued != Some(*name));
    let ended = names.filter_map(|name| ended_file(&**args.directory, name));
    // What stands behind the end of the journal is not the log's.
    let ended = ended.map(|(file, end_seq)| (file, end_seq.min(in_files)));
    let mut ended = ended.filter(|(_, end_seq)| !is_behind || *end_seq > on_disk).collect::<Vec<_>>();
    // Behind a removed file its name may have been used again: only the records tell the order.
    ended.sort_by_key(|(file, end_seq)| (file.first_seq(), Reverse(*end_seq)));
    for (file, end_seq) in ended {
        let name = file.name;
        if outlasting == Some(name) || is_behind && is_poisoned(name) {
            // A copy of what is written again anyway is left alone.
            if end_seq > covered {
                covered = end_seq;
                files.add_failed_before(file, end_seq);
            }
        } else if !is_poisoned(name) {
            files.add_to_sync(file, end_seq);
        }
    }
    day_file
}

/// Returns the control records about what was repaired.
fn findings(
    recovered: &Recovered,
    strays: Option<Record>,
    course: &Course,
    missing: Vec<Record>,
) -> Vec<Record> {
    let mut records = recovered.findings.iter().map(|finding| finding.record()).collect::<Vec<_>>();
    records.extend(strays);
    if course.from_intake > 0 {
        records.push(Record::new("log.recovered").resource("from_intake", course.from_intake));
    }
    let newest = recovered.newest.map_or_else(|| UNKNOWN.to_owned(), |name| name.to_string());
    records.extend(recovered.holes.iter().map(|seqs| file_lost(&newest, seqs, None)));
    records.extend(missing);
    records
}

/// Returns the control records about lost records, and reports these.
fn lost_records(reports: &Reports, course: &Course, saved: Option<&SavedCheckpoint>) -> Vec<Record> {
    let file = saved.and_then(|saved| saved.file.as_deref()).unwrap_or(UNKNOWN);
    let record = |seqs: &std::ops::RangeInclusive<u64>| {
        let (from, to) = (seqs.start(), seqs.end());
        reports.post(Level::Error, || format!("records {from} to {to} of {file} are lost"));
        file_lost(file, seqs, None)
    };
    course.lost.iter().map(record).collect()
}

/// Returns the control record about a step of the clock, and reports it.
fn step_record(reports: &Reports, step: Step) -> Record {
    reports.post(Level::Warn, || step.describe());
    step.record()
}
