//! Opening a journal: finding where it ends, and going on from there.

use super::day_files::DayFiles;
use super::directory::Directory;
use super::mark::{Bookmark, Mark, Standing};
use super::sequencer::Sequencer;
use super::timeline::{Past, Reading, Timeline};
use super::{Chain, Clock, Journal, Live, Settings, Shared, layout, lost, recovery};
use crate::error::OpenError;
use crate::record::Record;
use crate::record::encode::TsText;
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
        let last_ts = recovered.last.map(|last| last.ts);
        let standing = Standing {
            next_seq,
            newest: recovered.newest,
            kept_from,
            pruning_suspended: timeline.suspended().map(str::to_owned),
        };
        let bookmark = Arc::new(Bookmark::new(
            Arc::clone(&directory),
            Arc::clone(&reports),
            Arc::clone(&clock),
            standing,
        ));
        let live = Arc::new(Live::new(settings));
        let mut files = DayFiles::new(
            Arc::clone(&directory),
            Arc::clone(&reports),
            Arc::clone(&bookmark),
            Arc::clone(&live),
            next_seq,
        );
        // Within a file, numbers follow one another.
        let day_file = recovered.day_file.filter(|_| found == next_seq);
        files.go_on(day_file, last_ts.map(TsText::of));
        let mut sequencer = Sequencer::new(
            clock,
            Arc::clone(&reports),
            Arc::clone(&bookmark),
            timeline,
            files,
            next_seq,
            last_ts,
        );
        sequencer.tell_later(
            Record::new("log.opened")
                .resource("journal", id)
                .resource("pid", std::process::id())
                .resource("version", env!("CARGO_PKG_VERSION")),
        );
        for finding in &recovered.findings {
            sequencer.tell_later(finding.record());
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
        if let Err(error) = sequencer.tell() {
            reports.post(Level::Error, || format!("`log.opened` was not recorded: {}", Chain(&error)));
        }
        bookmark.came_to(sequencer.next_seq);
        sequencer.files.has_begun();
        let shared = Arc::new(Shared {
            path,
            directory,
            bookmark,
            live,
            sequencer: Mutex::new(sequencer),
            reports,
            is_closing: AtomicBool::new(false),
        });
        if let Err(error) = shared.put_back() {
            shared.reports.post(Level::Warn, || Chain(&error).to_string());
        }
        let journal = Journal { shared, pruner: Mutex::default() };
        journal.prune_soon();
        Ok(journal)
    }
}
