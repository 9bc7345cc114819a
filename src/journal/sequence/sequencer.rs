//! The one who gives records their numbers and times, and hands the lines on: to the intake,
//! or straight to the day files.
//!
//! What the log has to say of itself comes before the next record: what it owes, then of
//! the gap, if there is one.

use crate::error::AppendError;
use crate::journal::Tally;
use crate::journal::clock::{Clock, Reading};
use crate::journal::control_queue::News;
use crate::journal::days::files::{DayFiles, Run};
use crate::journal::days::space::StoreGuard;
use crate::journal::intake::note::{GAP_PLACES, noted_line};
use crate::journal::intake::{AppendFailure, LONGEST_NOTE, Mapped, NOTE_COUNT, Producer};
use crate::journal::progress::Progress;
use crate::journal::sequence::gap::Gap;
use crate::journal::sequence::schedule::Watch;
use crate::journal::sequence::timeline::{SMALL_STEP, Timeline};
use crate::journal::state::checkpoint::Bookmark;
use crate::record::encode::{Draft, TsText};
use crate::record::{Record, Timestamp};
use crate::report::{Level, Reports};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many records the log may owe; more than that is never needed, unless nothing can
/// be written.
const OWED: usize = 128;

#[derive(Debug)]
pub(in crate::journal) struct Sequencer {
    clock: Arc<dyn Clock>,
    reports: Arc<Reports>,
    bookmark: Arc<Bookmark>,
    pub(in crate::journal) timeline: Timeline,
    watch: Watch,
    news: Arc<News>,
    progress: &'static Progress,
    outlet: Outlet,
    pub(in crate::journal) next_seq: u64,
    /// The time of the last record.
    last_ts: Option<Timestamp>,
    spelled: Spelled,
    pub(in crate::journal) gap: Gap,
    gap_noted: Option<usize>,
    /// What the log has to say of itself, and could not say yet.
    pub(in crate::journal) owed: VecDeque<Owed>,
    pub(in crate::journal) tally: Tally,
    pub(in crate::journal) is_closed: bool,
}

/// Where lines go.
#[derive(Debug)]
pub(in crate::journal) enum Outlet {
    Direct(Arc<Mutex<DayFiles>>),
    Intake(Producer<Mapped>, Option<StoreGuard>),
}

/// A record that the log owes, and where it is noted in the intake, so that it is not
/// forgotten if the process dies.
#[derive(Debug)]
pub(in crate::journal) struct Owed {
    record: Record,
    noted: Option<usize>,
}

/// Why a line was not taken.
#[derive(Debug)]
pub(in crate::journal) enum Stop {
    /// There is no room now, but there will be.
    Full,
    Failed(AppendError),
}

impl Stop {
    /// What somebody gets to know who does not wait.
    pub(in crate::journal) fn into_error(self) -> AppendError {
        match self {
            Stop::Full => AppendError::Backlogged { waited: Duration::ZERO, source: None },
            Stop::Failed(error) => error,
        }
    }
}

/// A second that has been spelled already: spelling it again costs more than all
/// the rest of a stamp.
#[derive(Debug)]
struct Spelled {
    second: Option<i64>,
    text: TsText,
}

impl Sequencer {
    /// Goes on behind `next_seq` and `last_ts`.
    #[allow(clippy::too_many_arguments, reason = "called in one place")]
    pub(in crate::journal) fn new(
        clock: Arc<dyn Clock>,
        reports: Arc<Reports>,
        bookmark: Arc<Bookmark>,
        timeline: Timeline,
        news: Arc<News>,
        progress: &'static Progress,
        outlet: Outlet,
        next_seq: u64,
        last_ts: Option<Timestamp>,
    ) -> Sequencer {
        let watch = Watch::new(clock.now());
        Sequencer {
            clock,
            reports,
            bookmark,
            timeline,
            watch,
            news,
            progress,
            outlet,
            next_seq,
            last_ts,
            spelled: Spelled { second: None, text: TsText::UNKNOWN },
            gap: Gap::default(),
            gap_noted: None,
            owed: VecDeque::new(),
            tally: Tally::default(),
            is_closed: false,
        }
    }

    pub(in crate::journal) fn append(&mut self, draft: &mut Draft) -> Result<u64, Stop> {
        let mut now = self.clock.now();
        if self.watch.is_due(now) {
            now = self.look_around();
        }
        if self.news.any() {
            self.take_news();
        }
        self.tell()?;
        self.append_at(now, draft)
    }

    /// Counts an event that could not be appended.
    #[cold]
    pub(in crate::journal) fn refuse(&mut self, draft: &Draft, error: &AppendError) {
        let now = self.clock.now();
        self.gap.add(now, &unescaped(draft.event()));
        self.note_gap();
        self.tally.refused += 1;
        self.tally.last_error = Some((now, error.clone()));
    }

    pub(in crate::journal) fn append_record(&mut self, record: &Record) -> Result<u64, Stop> {
        self.append(&mut Draft::of(record))
    }

    /// How much is in the intake, in bytes; `None` if there is none.
    pub(in crate::journal) fn intake_fill(&self) -> Option<u64> {
        match &self.outlet {
            Outlet::Direct(_) => None,
            Outlet::Intake(intake, _) => Some(intake.fill()),
        }
    }

    /// Both clocks.
    pub(in crate::journal) fn read_clocks(&self) -> Reading {
        Reading::of(&*self.clock)
    }

    /// Looks whether the clock, the day file and the disk are as they should be. What
    /// there is to say of them is owed. Gives the time.
    pub(in crate::journal) fn look_around(&mut self) -> Timestamp {
        let now = self.read_clocks();
        if let Some(step) = self.timeline.look(now, self.watch.seen()) {
            self.tell_later(step.record());
            self.reports.post(Level::Warn, || step.describe());
            self.bookmark.suspended(self.timeline.suspended());
        }
        // With an intake the committer looks at the files.
        if let Outlet::Direct(files) = &self.outlet {
            let mut files = lock(files);
            files.look();
            if self.watch.is_due_for_space(now.wall) {
                files.check_space();
            }
        }
        self.take_news();
        self.watch.looked(now.wall);
        now.wall
    }

    #[cold]
    pub(in crate::journal) fn take_news(&mut self) {
        for record in self.news.take() {
            self.tell_later(record);
        }
    }

    /// Has the log say something of itself, before the next record.
    pub(in crate::journal) fn tell_later(&mut self, record: Record) {
        // What is told once more may still be owed from before.
        if self.owed.iter().any(|owed| owed.record == record) {
            return;
        }
        if self.owed.len() >= OWED
            && let Some(forgotten) = self.owed.pop_front()
        {
            let record = &forgotten.record;
            self.reports.post(Level::Error, || format!("the audit log can't tell of: {record}"));
            self.take_note_away(forgotten.noted);
        }
        let noted = self.note(&record);
        self.owed.push_back(Owed { record, noted });
    }

    /// Whether there is anything to tell.
    pub(in crate::journal) fn owes(&self) -> bool {
        !self.owed.is_empty() || self.gap.count() > 0
    }

    /// All that is owed, and the gap, if there is one.
    pub(in crate::journal) fn all_owed(&self) -> Vec<Record> {
        self.owed.iter().map(|owed| owed.record.clone()).chain(self.gap.record()).collect()
    }

    /// Tells what is owed, and of the gap, if there is one.
    pub(in crate::journal) fn tell(&mut self) -> Result<(), Stop> {
        while let Some(owed) = self.owed.front() {
            let (mut draft, noted) = (Draft::of(&owed.record), owed.noted);
            self.tell_noted(&mut draft, noted)?;
            self.owed.pop_front();
            self.take_note_away(noted);
        }
        if let Some(record) = self.gap.record() {
            let noted = self.gap_noted;
            self.tell_noted(&mut Draft::of(&record), noted)?;
            self.gap = Gap::default();
            self.tally.gaps += 1;
            self.take_note_away(noted);
            self.gap_noted = None;
        }
        Ok(())
    }

    /// Notes a record in the intake; says where, if there is a place for it.
    fn note(&mut self, record: &Record) -> Option<usize> {
        self.is_about_to_store(self.clock.now());
        match &mut self.outlet {
            Outlet::Direct(_) => None,
            Outlet::Intake(intake, _) => {
                let line = noted_line(record);
                let is_taken = |place: &usize| self.owed.iter().any(|owed| owed.noted == Some(*place));
                let free = (GAP_PLACES.len()..NOTE_COUNT).find(|place| !is_taken(place));
                let place = free.filter(|_| line.len() <= LONGEST_NOTE)?;
                intake.note(place, line.as_bytes()).is_ok().then_some(place)
            }
        }
    }

    /// Notes the gap in the intake.
    fn note_gap(&mut self) {
        self.is_about_to_store(self.clock.now());
        if let Outlet::Intake(intake, _) = &mut self.outlet
            && let Some(line) = self.gap.line_within(LONGEST_NOTE, noted_line)
        {
            let place = GAP_PLACES[usize::from(self.gap_noted == Some(GAP_PLACES[0]))];
            // Else the note of before stays, which tells of fewer.
            if intake.note(place, line.as_bytes()).is_ok() {
                let before = self.gap_noted.replace(place);
                self.take_note_away(before);
            }
        }
    }

    /// Appends what is noted there.
    fn tell_noted(&mut self, draft: &mut Draft, noted: Option<usize>) -> Result<(), Stop> {
        self.mark_note(noted, true);
        let told = self.append_at(self.clock.now(), draft).map(drop);
        if told.is_err() {
            self.mark_note(noted, false);
        }
        told
    }

    fn mark_note(&mut self, noted: Option<usize>, is_about_to: bool) {
        if let (Outlet::Intake(intake, _), Some(place)) = (&mut self.outlet, noted) {
            // Where it can't be written, it may be told twice after a crash.
            intake.tells(place, is_about_to).unwrap_or(());
        }
    }

    fn take_note_away(&mut self, noted: Option<usize>) {
        if let (Outlet::Intake(intake, _), Some(place)) = (&mut self.outlet, noted) {
            intake.take_note_away(place).unwrap_or(());
        }
    }

    /// Owes what the last writer owed: records, each with its place in the intake, where
    /// they are noted again.
    pub(in crate::journal) fn owe(&mut self, notes: Vec<(usize, Record)>) {
        for (place, record) in notes {
            let noted = match &self.outlet {
                Outlet::Direct(_) => None,
                Outlet::Intake(..) => Some(place),
            };
            // The last writer may have been about to.
            self.mark_note(noted, false);
            if GAP_PLACES.contains(&place) {
                self.gap.add_record(&record);
                self.gap_noted = noted;
            } else {
                self.owed.push_back(Owed { record, noted });
            }
        }
    }

    /// Sees to it that what is stored in the intake at that time can be stored safely.
    #[inline]
    fn is_about_to_store(&mut self, now: Timestamp) {
        if let Outlet::Intake(intake, Some(guard)) = &mut self.outlet
            && guard.is_due(now)
        {
            guard.look(now, intake);
        }
    }

    fn append_at(&mut self, now: Timestamp, draft: &mut Draft) -> Result<u64, Stop> {
        self.is_about_to_store(now);
        let (ts, seq) = (self.next_ts(now), self.next_seq);
        let text = self.spelled.spell(ts);
        draft.stamp(text, seq);
        let lines = draft.line();
        match &mut self.outlet {
            Outlet::Direct(files) => {
                let run = Run { lines, first_ts: text, last_ts: text, first_seq: seq, next_seq: seq + 1 };
                lock(files).append(run).map_err(Stop::Failed)?;
                self.progress.came_to(seq + 1);
            }
            Outlet::Intake(intake, _) => intake.append(lines).map_err(|failure| match failure {
                AppendFailure::Full => Stop::Full,
                AppendFailure::TooLong => Stop::Failed(AppendError::TooLong { bytes: lines.len() }),
            })?,
        }
        self.next_seq = seq + 1;
        self.last_ts = Some(ts);
        self.watch.appended(now);
        self.tally.bytes += lines.len() as u64;
        Ok(seq)
    }

    /// The time of the next record. A clock that steps back a little is waited out; after
    /// a larger step time goes on from there.
    fn next_ts(&self, now: Timestamp) -> Timestamp {
        match self.last_ts {
            Some(last) if now < last && last.unix_nanos() - now.unix_nanos() <= SMALL_STEP => last,
            _ => now,
        }
    }
}

impl Spelled {
    fn spell(&mut self, ts: Timestamp) -> &TsText {
        let second = ts.unix_seconds();
        if self.second == Some(second) {
            self.text.set_nanos(ts);
        } else {
            *self = Spelled { second: Some(second), text: TsText::of(ts) };
        }
        &self.text
    }
}

fn lock(files: &Mutex<DayFiles>) -> MutexGuard<'_, DayFiles> {
    files.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unescaped(event: &str) -> String {
    serde_json::from_str(&format!("\"{event}\"")).unwrap_or_else(|_| event.to_owned())
}
