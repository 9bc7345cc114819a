//! The state of one follower, and how it moves on.

use super::alarm::{Alarm, AlarmAfter};
use super::backoff::Backoff;
use super::control::{Control, Order};
use super::cursor::Cursor;
use super::cursors::{Cursors, file_name};
use super::feed::{Feed, HeldLines, Limits, OnMissing};
use super::last_attempt::LastAttempts;
use super::rejected::Rejections;
use crate::journal::Subscription;
use crate::mirror::{Batch, Delivered, Failure, Line, Mirror};
use crate::record::{Record, Timestamp, prefix};
use crate::report::Level;
use crate::unwind::caught;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The limits of a batch: a number of records, and a number of bytes, which only a single record may
/// exceed.
pub(super) const LIMITS: Limits = Limits { records: 1024, bytes: 1024 * 1024 };

/// How often the cursor is saved while records are delivered.
pub(super) const SAVE_EVERY: Duration = Duration::from_millis(100);

/// The longest error in the runtime log, in bytes.
const LONGEST_ERROR: usize = 512;

/// A follower: the records that it has read, its mirror, and its cursor.
pub(super) struct Follower {
    pub(super) name: String,
    pub(super) journal_id: String,
    pub(super) mirror: Box<dyn Mirror>,
    pub(super) control: Arc<Control>,
    pub(super) cursors: Arc<Cursors>,
    pub(super) alarm_after: Arc<AlarmAfter>,
    pub(super) cursor: Cursor,
    pub(super) feed: Feed,
    pub(super) held: HeldLines,
    /// The largest number of records in a batch.
    pub(super) limit: usize,
    /// The number of batches delivered since `limit` was changed.
    pub(super) calm: u32,
    pub(super) rejections: Rejections,
    pub(super) backoff: Backoff,
    /// The time of the next attempt, after a failed one.
    pub(super) retry_at: Option<Instant>,
    /// The time when the last attempt began.
    attempted: Option<Instant>,
    pub(super) last_attempts: LastAttempts,
    pub(super) alarm: Alarm,
    /// Whether the runtime log has a warning about the failure.
    pub(super) is_warned: bool,
    /// Whether the cursor has changed since it was saved.
    pub(super) is_unsaved: bool,
    /// Whether the saved cursor may be lost with the power.
    is_unsynced: bool,
    /// The time when the cursor was saved.
    pub(super) saved: Option<Instant>,
}

impl Follower {
    #[allow(clippy::too_many_arguments, reason = "called in one place")]
    pub(super) fn new(
        name: &str,
        journal_id: &str,
        mirror: Box<dyn Mirror>,
        control: Arc<Control>,
        cursors: Arc<Cursors>,
        alarm_after: Arc<AlarmAfter>,
        cursor: Cursor,
        now: Timestamp,
    ) -> Follower {
        control.update(|status| status.is_alarmed = cursor.is_alarmed);
        Follower {
            name: name.to_owned(),
            journal_id: journal_id.to_owned(),
            mirror,
            control,
            cursors,
            alarm_after,
            cursor,
            feed: Feed::new(cursor.next_seq, cursor.position, OnMissing::PassOver),
            held: HeldLines::default(),
            limit: LIMITS.records,
            calm: 0,
            rejections: Rejections::default(),
            backoff: Backoff::new(),
            retry_at: None,
            attempted: None,
            last_attempts: LastAttempts::default(),
            alarm: Alarm::new(cursor.failing_since, cursor.is_alarmed, now),
            is_warned: false,
            is_unsaved: false,
            is_unsynced: false,
            saved: None,
        }
    }

    /// Hands a batch of the lines that were read to the mirror: the next ones, or the one behind those
    /// that the receiver has rejected.
    pub(super) fn deliver(&mut self) -> Result<Delivered, Failure> {
        self.attempted = Some(Instant::now());
        let (skipped, count) = match self.rejections.skipped() {
            0 => (0, self.limit),
            skipped => (skipped, 1),
        };
        let lines = self
            .held
            .lines()
            .skip(skipped)
            .take(count)
            .map(|line| Line::new(&self.journal_id, line.seq, line.ts, self.held.text(line)))
            .collect::<Vec<_>>();
        Follower::hand_over(&mut self.mirror, &Batch::new(&self.journal_id, &lines))
    }

    pub(super) fn hand_over(mirror: &mut Box<dyn Mirror>, batch: &Batch<'_>) -> Result<Delivered, Failure> {
        caught(|| mirror.deliver(batch).map_err(Failure::of))
            .unwrap_or_else(|message| Err(Failure::panicked(&message)))
    }

    /// Moves the cursor behind the first `count` lines.
    pub(super) fn advance(&mut self, journal: &Subscription, count: usize) {
        if let Some(last) = self.held.drop_first(count) {
            self.cursor.position = Some((last.file, last.end_offset));
            self.cursor.next_seq = last.seq + 1;
        }
        self.backoff.reset();
        self.last_attempts.delivered();
        let (next_seq, next_ts) = (self.cursor.next_seq, self.held.lines().next().map(|line| line.ts));
        self.control.update(|status| {
            status.next_seq = next_seq;
            status.next_ts = next_ts;
        });
        self.is_unsaved = true;
        if self.saved.is_none_or(|saved| saved.elapsed() >= SAVE_EVERY) {
            self.save(journal);
        }
    }

    /// Saves the cursor if it has changed. It survives the death of the process; after a loss of
    /// power it may be an older one, or unreadable, and more records are delivered twice.
    pub(super) fn save(&mut self, journal: &Subscription) {
        if self.is_unsaved {
            self.write(journal, false);
        }
    }

    /// Saves the cursor so that it survives a loss of power: when the log is closed.
    pub(super) fn save_synced(&mut self, journal: &Subscription) {
        if self.is_unsaved || self.is_unsynced {
            self.write(journal, true);
        }
    }

    fn write(&mut self, journal: &Subscription, is_synced: bool) {
        self.saved = Some(Instant::now());
        let file = file_name(&self.name);
        let saved = self
            .cursor
            .encode(&self.journal_id)
            .and_then(|contents| journal.write_cursor(&file, &contents, is_synced));
        match saved {
            Ok(()) => {
                (self.is_unsaved, self.is_unsynced) = (false, !is_synced);
                self.cursors.saved(&self.name, self.cursor);
            }
            Err(error) => {
                journal.reports().post(Level::Warn, || {
                    let name = &self.name;
                    format!("could not save the cursor of the mirror `{name}`: {error}; it is saved again with the next batch, and after a crash more records are delivered twice")
                });
            }
        }
    }

    /// Schedules the next attempt after a failed one. While the log is closed, there may be none that
    /// is waited for.
    pub(super) fn retry_later(
        &mut self,
        journal: &Subscription,
        order: Order,
        error: String,
        demanded: Option<Duration>,
    ) {
        if !std::mem::replace(&mut self.is_warned, true) {
            let (name, error) = (&self.name, prefix(&error, LONGEST_ERROR));
            journal.reports().post(Level::Warn, || {
                format!("the mirror `{name}` could not deliver records and retries: {error}")
            });
        }
        self.note_failure(journal, error);
        let pause = self.backoff.wait(demanded);
        let now = Instant::now();
        self.retry_at = Some(now + pause);
        let took = self.attempted.take().map_or(Duration::ZERO, |attempted| now - attempted);
        let has_another = self.last_attempts.failed(took, pause);
        match order {
            Order::Drain { is_patient, .. } if !(is_patient && has_another) => {
                self.save_synced(journal);
                self.control.drained(order);
            }
            _ => self.save(journal),
        }
    }

    /// Notes a failed attempt in the status, in the alarm, and in the cursor, from which the next
    /// process learns of it.
    pub(super) fn note_failure(&mut self, journal: &Subscription, error: String) {
        let now = journal.now();
        self.alarm.failed(now, error.clone());
        let since = self.alarm.since();
        if self.cursor.failing_since != since {
            self.cursor.failing_since = since;
            self.is_unsaved = true;
        }
        self.control.update(|status| {
            status.last_error = Some((now, error));
            status.failing_since = since;
        });
    }

    /// Learns of a failure that the watch has recorded.
    pub(super) fn learn_of_hang(&mut self) {
        if let Some(hang) = self.control.take_hang() {
            self.alarm.is_raised(hang.since, hang.error);
            (self.cursor.failing_since, self.cursor.is_alarmed) = (self.alarm.since(), true);
            self.is_unsaved = true;
        }
    }

    /// Records `log.mirror_failed`, unless the watch has done so.
    pub(super) fn raise_alarm(&mut self, journal: &Subscription, record: Record) {
        if !self.control.claims_alarm() {
            return;
        }
        let name = &self.name;
        journal.reports().post(Level::Error, || {
            let error = record.resource.get("error").map(ToString::to_string).unwrap_or_default();
            format!(
                "the mirror `{name}` has delivered no records since {}: {error}",
                record.resource["since"]
            )
        });
        journal.emit(record);
        self.cursor.is_alarmed = self.alarm.is_reported();
        self.is_unsaved = true;
        self.save(journal);
    }
}
