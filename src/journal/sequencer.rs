//! The one who gives records their numbers and times, and hands the lines on.
//!
//! What the log has to say of itself comes before the next record: what it owes, then of
//! the gap, if there is one.

use super::Tally;
use super::clock::Clock;
use super::day_files::{DayFiles, Run};
use super::gap::Gap;
use super::mark::Bookmark;
use super::timeline::{Reading, SMALL_STEP, Timeline};
use super::watch::Watch;
use crate::error::AppendError;
use crate::record::encode::{Draft, Parts, TsText};
use crate::record::{Record, Timestamp};
use crate::report::{Level, Reports};
use std::collections::VecDeque;
use std::sync::Arc;

/// How many records the log may owe; more than that is never needed, unless nothing can
/// be written.
const OWED: usize = 128;

#[derive(Debug)]
pub(super) struct Sequencer {
    clock: Arc<dyn Clock>,
    reports: Arc<Reports>,
    bookmark: Arc<Bookmark>,
    pub(super) timeline: Timeline,
    watch: Watch,
    pub(super) files: DayFiles,
    pub(super) next_seq: u64,
    /// The time of the last record.
    last_ts: Option<Timestamp>,
    spelled: Spelled,
    pub(super) gap: Gap,
    /// What the log has to say of itself, and could not say yet.
    pub(super) owed: VecDeque<Record>,
    pub(super) tally: Tally,
    pub(super) is_closed: bool,
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
    pub(super) fn new(
        clock: Arc<dyn Clock>,
        reports: Arc<Reports>,
        bookmark: Arc<Bookmark>,
        timeline: Timeline,
        files: DayFiles,
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
            files,
            next_seq,
            last_ts,
            spelled: Spelled { second: None, text: TsText::UNKNOWN },
            gap: Gap::default(),
            owed: VecDeque::new(),
            tally: Tally::default(),
            is_closed: false,
        }
    }

    pub(super) fn append(&mut self, draft: &mut Draft) -> Result<u64, AppendError> {
        let mut now = self.clock.now();
        if self.watch.is_due(now) {
            now = self.look_around();
        }
        if self.files.has_news() {
            self.take_news();
        }
        let result = self.tell().and_then(|()| self.append_at(now, draft));
        if let Err(error) = &result {
            self.gap.add(now, &unescaped(draft.event()));
            self.tally.last_error = Some((now, error.clone()));
        }
        result
    }

    pub(super) fn append_record(&mut self, record: &Record) -> Result<u64, AppendError> {
        self.append(&mut draft_of(record))
    }

    /// Both clocks.
    pub(super) fn read_clocks(&self) -> Reading {
        Reading::of(&*self.clock)
    }

    /// Looks whether the clock, the day file and the disk are as they should be. What
    /// there is to say of them is owed. Gives the time.
    pub(super) fn look_around(&mut self) -> Timestamp {
        let now = self.read_clocks();
        if let Some(step) = self.timeline.look(now, self.watch.seen()) {
            self.tell_later(step.record());
            self.reports.post(Level::Warn, || step.describe());
            self.bookmark.suspended(self.timeline.suspended());
        }
        self.files.look();
        if self.watch.is_due_for_space(now.wall) {
            self.files.check_space();
        }
        self.take_news();
        self.watch.looked(now.wall);
        now.wall
    }

    /// The same, and at all files that the journal has ended.
    pub(super) fn look_at_all(&mut self) {
        self.files.look_at_all();
        self.look_around();
    }

    #[cold]
    fn take_news(&mut self) {
        for record in self.files.news() {
            self.tell_later(record);
        }
    }

    /// Has the log say something of itself, before the next record.
    pub(super) fn tell_later(&mut self, record: Record) {
        // What is told once more may still be owed from before.
        if self.owed.contains(&record) {
            return;
        }
        if self.owed.len() >= OWED
            && let Some(forgotten) = self.owed.pop_front()
        {
            self.reports.post(Level::Error, || format!("the audit log can't tell of: {forgotten}"));
        }
        self.owed.push_back(record);
    }

    /// Tells what is owed, and of the gap, if there is one.
    pub(super) fn tell(&mut self) -> Result<(), AppendError> {
        while let Some(record) = self.owed.front() {
            let mut draft = draft_of(record);
            self.append_at(self.clock.now(), &mut draft)?;
            self.owed.pop_front();
        }
        if let Some(record) = self.gap.record() {
            self.append_at(self.clock.now(), &mut draft_of(&record))?;
            self.gap = Gap::default();
        }
        Ok(())
    }

    fn append_at(&mut self, now: Timestamp, draft: &mut Draft) -> Result<u64, AppendError> {
        let (ts, seq) = (self.next_ts(now), self.next_seq);
        let text = self.spelled.spell(ts);
        draft.stamp(text, seq);
        let lines = draft.line();
        self.files.append(Run { lines, first_ts: text, last_ts: text, first_seq: seq, next_seq: seq + 1 })?;
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

fn draft_of(record: &Record) -> Draft {
    let mut parts = Parts::default();
    parts.set(record);
    let mut draft = Draft::default();
    draft.assemble(&parts);
    draft
}

fn unescaped(event: &str) -> String {
    serde_json::from_str(&format!("\"{event}\"")).unwrap_or_else(|_| event.to_owned())
}
