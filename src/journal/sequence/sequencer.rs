//! Assigns sequence numbers and timestamps, and hands lines to the outlet.

use crate::error::AppendError;
use crate::journal::clock::{Clock, Reading};
use crate::journal::control_queue::ControlQueue;
use crate::journal::days::files::Run;
use crate::journal::progress::Progress;
use crate::journal::sequence::gap::Gap;
use crate::journal::sequence::outlet::{Outlet, Stop};
use crate::journal::sequence::pending::PendingRecords;
use crate::journal::sequence::schedule::Schedule;
use crate::journal::sequence::tally::Tally;
use crate::journal::sequence::timeline::{SMALL_STEP, Timeline};
use crate::journal::settings::{CachedSettings, LiveSettings};
use crate::journal::state::checkpoint::CheckpointWriter;
use crate::lock::lock;
use crate::record::encode::{Draft, TsText};
use crate::record::{Record, Timestamp};
use crate::report::{Level, Reports};
use std::sync::Arc;
use std::time::Duration;

/// Assigns sequence numbers and timestamps. One thread at a time uses it.
#[derive(Debug)]
pub(in crate::journal) struct Sequencer {
    clock: Arc<dyn Clock>,
    reports: Arc<Reports>,
    checkpoint: Arc<CheckpointWriter>,
    progress: &'static Progress,
    timeline: Timeline,
    schedule: Schedule,
    control_queue: Arc<ControlQueue>,
    outlet: Outlet,
    next_seq: u64,
    /// The time of the last record.
    last_ts: Option<Timestamp>,
    formatted: Formatted,
    pending: PendingRecords,
    tally: Arc<Tally>,
    settings: CachedSettings,
}

/// A time as text. Within a second only the fraction changes: to format the rest again costs more
/// than all other work on a stamp.
#[derive(Debug)]
struct Formatted {
    second: Option<i64>,
    text: TsText,
}

impl Sequencer {
    /// Continues behind the record before `next_seq`, which has the time `last_ts`.
    #[allow(clippy::too_many_arguments, reason = "called in one place")]
    pub(in crate::journal) fn new(
        clock: Arc<dyn Clock>,
        reports: Arc<Reports>,
        checkpoint: Arc<CheckpointWriter>,
        progress: &'static Progress,
        timeline: Timeline,
        control_queue: Arc<ControlQueue>,
        outlet: Outlet,
        next_seq: u64,
        last_ts: Option<Timestamp>,
        settings: Arc<LiveSettings>,
    ) -> Sequencer {
        let schedule = Schedule::new(clock.now());
        let tally = Arc::<Tally>::default();
        tally.begin(next_seq);
        tally.set_intake(outlet.fill());
        tally.set_pruning_suspended(timeline.suspended().is_some());
        Sequencer {
            clock,
            reports,
            checkpoint,
            progress,
            timeline,
            schedule,
            control_queue,
            outlet,
            next_seq,
            last_ts,
            formatted: Formatted { second: None, text: TsText::UNKNOWN },
            pending: PendingRecords::default(),
            tally,
            settings: CachedSettings::new(settings),
        }
    }

    /// Returns the number of the next record.
    #[inline]
    pub(in crate::journal) fn next_seq(&self) -> u64 {
        self.next_seq
    }

    pub(in crate::journal) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    pub(in crate::journal) fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    pub(in crate::journal) fn pending(&self) -> &PendingRecords {
        &self.pending
    }

    /// Has the intake take no lines for now. Returns the records that are noted in it, each with its
    /// slot.
    pub(in crate::journal) fn suspend(&mut self) -> Vec<(usize, Record)> {
        self.set_suspended(true);
        self.pending.noted()
    }

    /// Has the intake take lines again.
    pub(in crate::journal) fn set_suspended(&mut self, is_suspended: bool) {
        let outlet = std::mem::replace(&mut self.outlet, Outlet::Stopped(AppendError::Forked));
        self.outlet = outlet.suspended(is_suspended);
    }

    /// Has lines go elsewhere from now on, and notes there what is noted.
    pub(in crate::journal) fn redirect(&mut self, outlet: Outlet) {
        self.outlet = outlet;
        self.tally.set_intake(self.outlet.fill());
        self.pending.note_again(&mut self.outlet);
    }

    /// Has lines go elsewhere if they go into an intake now; returns whether they did.
    pub(in crate::journal) fn leave_intake(&mut self, outlet: Outlet) -> bool {
        let leaves = matches!(self.outlet, Outlet::Intake(..));
        if leaves {
            self.redirect(outlet);
        }
        leaves
    }

    /// Returns whether there is an intake.
    pub(in crate::journal) fn has_intake(&self) -> bool {
        self.outlet.has_intake()
    }

    /// Appends a record behind the pending control records, and returns its number.
    pub(in crate::journal) fn append(&mut self, draft: &mut Draft) -> Result<u64, Stop> {
        let mut now = self.clock.now();
        if self.schedule.is_due(now) {
            now = self.check();
        }
        if self.control_queue.has_records() || self.tally.has_outside() {
            self.take_queued();
        }
        self.emit_pending()?;
        self.append_at(now, draft)
    }

    /// Returns how long a caller waits until its record is on disk; `None` if it does not wait.
    #[inline]
    pub(in crate::journal) fn waits_for_disk(&mut self) -> Option<Duration> {
        self.settings.load().waits_for_disk
    }

    /// Counts an event of a caller that was appended.
    #[inline]
    pub(in crate::journal) fn count_recorded(&mut self) {
        self.tally.recorded();
    }

    /// Counts an event of a caller that could not be appended.
    #[cold]
    pub(in crate::journal) fn count_refused(&mut self, draft: &Draft, error: &AppendError) {
        let now = self.clock.now();
        let mut refused = Gap::default();
        refused.add(now, &unescaped(draft.event()));
        self.add_to_gap(now, refused);
        self.tally.refused(now, error);
    }

    fn add_to_gap(&mut self, now: Timestamp, refused: Gap) {
        self.outlet.prepare_store(now);
        self.pending.add_to_gap(refused, &mut self.outlet);
    }

    /// Reads both clocks.
    pub(in crate::journal) fn read_clocks(&self) -> Reading {
        Reading::of(&*self.clock)
    }

    /// Checks the clock and, without a committer that does it, the day files and the disk.
    /// Findings become pending records. Returns the time.
    pub(in crate::journal) fn check(&mut self) -> Timestamp {
        let now = self.read_clocks();
        if let Some(step) = self.timeline.check(now, self.schedule.seen()) {
            self.add_pending(step.record());
            self.reports.post(Level::Warn, || step.describe());
            self.timeline_changed();
        }
        if let Outlet::DayFiles(files, _) = &self.outlet {
            let mut files = lock(files);
            files.check();
            if self.schedule.is_due_for_space(now.wall) {
                files.check_space();
            }
        }
        self.take_queued();
        self.schedule.checked(now.wall);
        now.wall
    }

    /// Trusts the clock, as an operator has asked: pruning resumes.
    pub(in crate::journal) fn trust_clock(&mut self) {
        let now = self.read_clocks();
        self.timeline.trust(now);
        self.timeline_changed();
    }

    /// Takes note of whether pruning is suspended. The syncer's thread writes it: no caller waits for that.
    fn timeline_changed(&mut self) {
        let why = self.timeline.suspended();
        self.tally.set_pruning_suspended(why.is_some());
        self.checkpoint.set_pruning_suspended(why);
        self.progress.call_syncer();
    }

    /// Makes the records of the control queue pending, and counts the events in the gap that were
    /// refused by callers that did not get the lock.
    #[cold]
    pub(in crate::journal) fn take_queued(&mut self) {
        if self.tally.has_outside() {
            let refused = self.tally.take_outside();
            self.add_to_gap(self.clock.now(), refused);
        }
        for record in self.control_queue.take() {
            self.add_pending(record);
        }
    }

    /// Makes a control record pending.
    pub(in crate::journal) fn add_pending(&mut self, record: Record) {
        self.outlet.prepare_store(self.clock.now());
        if let Some(record) = self.pending.add(record, &mut self.outlet) {
            self.reports.post(Level::Error, || {
                format!("too many control records are pending; this one is not recorded: {record}")
            });
        }
    }

    /// Makes the records pending that the last writer has noted, each with its place in the
    /// intake.
    pub(in crate::journal) fn restore_pending(&mut self, notes: Vec<(usize, Record)>) {
        self.pending.restore(notes, &mut self.outlet);
    }

    /// Appends the pending control records.
    #[inline]
    pub(in crate::journal) fn emit_pending(&mut self) -> Result<(), Stop> {
        if self.pending.is_empty() { Ok(()) } else { self.emit_all_pending() }
    }

    #[cold]
    fn emit_all_pending(&mut self) -> Result<(), Stop> {
        while let Some((mut draft, note)) = self.pending.first() {
            self.outlet.mark_note(note, true);
            if let Err(stop) = self.append_at(self.clock.now(), &mut draft) {
                self.outlet.mark_note(note, false);
                return Err(stop);
            }
            if self.pending.remove_first(&mut self.outlet) {
                self.tally.gap_told();
            }
        }
        Ok(())
    }

    fn append_at(&mut self, now: Timestamp, draft: &mut Draft) -> Result<u64, Stop> {
        self.outlet.prepare_store(now);
        let (ts, seq) = (self.next_ts(now), self.next_seq);
        let text = self.formatted.format(ts);
        draft.stamp(text, seq);
        let lines = draft.line();
        self.outlet.append(Run {
            lines,
            first_ts: text,
            last_ts: text,
            first_seq: seq,
            next_seq: seq + 1,
        })?;
        self.next_seq = seq + 1;
        self.last_ts = Some(ts);
        self.schedule.appended(now);
        self.tally.appended(lines.len(), seq + 1);
        Ok(seq)
    }

    /// Returns the time of the next record. While a clock that was set back a little is behind
    /// the last record, records have the time of that one; after a larger step they have the
    /// clock's time.
    fn next_ts(&self, now: Timestamp) -> Timestamp {
        match self.last_ts {
            Some(last) if now < last && last.unix_nanos() - now.unix_nanos() <= SMALL_STEP => last,
            _ => now,
        }
    }
}

impl Formatted {
    fn format(&mut self, ts: Timestamp) -> &TsText {
        let second = ts.unix_seconds();
        if self.second == Some(second) {
            self.text.set_nanos(ts);
        } else {
            *self = Formatted { second: Some(second), text: TsText::of(ts) };
        }
        &self.text
    }
}

/// Returns the event type as it was before it was escaped for the line.
pub(super) fn unescaped(event: &str) -> String {
    serde_json::from_str(&format!("\"{event}\"")).unwrap_or_else(|_| event.to_owned())
}
