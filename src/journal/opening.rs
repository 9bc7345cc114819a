//! Opening a journal: finding where it ends, and going on from there.

#[cfg(target_os = "linux")]
use super::committer::Committer;
use super::day_file::DayFile;
use super::day_files::DayFiles;
use super::directory::Directory;
use super::fork::ForkGuard;
use super::left::{Left, Next, outlet};
use super::mark::{Bookmark, Mark, Standing};
use super::news::News;
use super::progress::Progress;
use super::sequencer::{Sequencer, Stop};
use super::timeline::{Past, Reading, Timeline};
use super::{Chain, Clock, Journal, LONGEST_WAIT, Live, Settings, Shared, layout, lost, recovery};
use crate::error::OpenError;
use crate::record::encode::TsText;
use crate::record::{Record, Stamp};
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
        let recovered = recovery::recover(&*directory, &left.pending)?;
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
        let last_ts = recovered.last.map(|last| last.ts);
        let standing = Standing {
            next_seq,
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
        let progress = Progress::new(next_seq);
        let mut files = DayFiles::new(
            Arc::clone(&directory),
            Arc::clone(&reports),
            Arc::clone(&bookmark),
            Arc::clone(&live),
            Arc::clone(&news),
            progress,
            next_seq,
        );
        // Within a file, numbers follow one another; and what is on disk of a file that could
        // not be synced nobody knows.
        let goes_on = |name: &DayFile| found == next_seq && poisoned.as_deref() != Some(name.spelled());
        files.go_on(recovered.day_file.filter(goes_on), last_ts.map(TsText::of));
        let strays = left.keep_strays_aside(&*directory, next_seq)?;
        let from_intake = left.pending.iter().filter(|(seq, _)| *seq >= next_seq).count() as u64;
        let last_pending = left.pending.last().and_then(|(_, line)| Stamp::of(line.trim_ascii_end()).ok());
        let (mut seq, mut last_ts) = (next_seq, last_ts);
        if let Some(last) = last_pending
            && from_intake > 0
        {
            (seq, last_ts) = (last.seq + 1, Some(last.ts));
        }
        let notes = left.notes(seq);
        let files = Arc::new(Mutex::new(files));
        let next = Next { id, bytes: intake_bytes, next_seq, notes: &notes };
        let (outlet, committer) = outlet(&*directory, &left, &next, &files, &reports)?;
        if progress.committed() < seq && committer.is_none() {
            progress.came_to(seq);
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
            seq,
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
        if from_intake > 0 {
            sequencer.tell_later(Record::new("log.recovered").resource("from_intake", from_intake));
        }
        if found < next_seq {
            let file = mark.and_then(|mark| mark.file).unwrap_or_else(|| lost::UNKNOWN.to_owned());
            let text = format!("the records {found} to {} of {file} are lost", next_seq - 1);
            reports.post(Level::Error, || text);
            sequencer.tell_later(lost::file_lost(&file, &(found..=next_seq - 1), None));
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
            syncing: Mutex::default(),
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
