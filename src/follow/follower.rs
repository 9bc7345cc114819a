//! A follower: the thread that reads the synced records in order, hands them to its mirror, and
//! writes down how far it has come.
//!
//! It holds no lock while the mirror delivers, and none that a writer of the log needs while it
//! reads. When all is delivered it sleeps until more has come to disk.

use super::alarm::Alarm;
use super::backoff::Backoff;
use super::control::{Control, Order};
use super::cursor::{Cursor, Cursors, file_name};
use super::delivery::{Batch, Delivered, DeliveryError, Line, Mirror};
use super::lines::{Held, Limits, Reader};
use super::{AlarmAfter, priority};
use crate::journal::Tap;
use crate::record::Timestamp;
use crate::report::Level;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How much is delivered at once: so many records, and so many bytes of lines, but one record
/// at least.
pub(super) const LIMITS: Limits = Limits { records: 1024, bytes: 1024 * 1024 };

/// How often the cursor is written down while there is more to deliver.
pub(super) const SAVE_EVERY: Duration = Duration::from_millis(100);

/// How long it waits for what it expects in a file and is not there.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// How long it sleeps when all is delivered.
const IDLE: Duration = Duration::from_secs(3600);

pub(super) struct Follower {
    pub(super) name: String,
    pub(super) journal: String,
    pub(super) mirror: Box<dyn Mirror>,
    pub(super) control: Arc<Control>,
    pub(super) cursors: Arc<Cursors>,
    pub(super) alarm_after: Arc<AlarmAfter>,
    pub(super) cursor: Cursor,
    pub(super) reader: Reader,
    pub(super) held: Held,
    /// How many records are sent at once, at the most.
    pub(super) limit: usize,
    /// How many batches were delivered since less is sent at once.
    pub(super) calm: u32,
    pub(super) backoff: Backoff,
    /// When the next attempt is made, after one that has failed.
    pub(super) retry_at: Option<Instant>,
    pub(super) alarm: Alarm,
    /// Whether the runtime log knows that it fails.
    pub(super) is_warned: bool,
    /// Whether the cursor is behind what was delivered, and when it was written last.
    pub(super) is_unsaved: bool,
    pub(super) saved: Option<Instant>,
}

impl Follower {
    /// Begins the thread.
    #[allow(clippy::too_many_arguments, reason = "called in one place")]
    pub(super) fn begin(
        name: &str,
        journal: &str,
        mirror: Box<dyn Mirror>,
        control: Arc<Control>,
        cursors: Arc<Cursors>,
        alarm_after: Arc<AlarmAfter>,
        cursor: Cursor,
        now: Timestamp,
    ) -> std::io::Result<JoinHandle<()>> {
        let mut follower = Follower {
            name: name.to_owned(),
            journal: journal.to_owned(),
            mirror,
            control,
            cursors,
            alarm_after,
            cursor,
            reader: Reader::new(cursor.next_seq, cursor.place),
            held: Held::default(),
            limit: LIMITS.records,
            calm: 0,
            backoff: Backoff::new(),
            retry_at: None,
            alarm: Alarm::new(cursor.failing_since, cursor.is_alarmed, now),
            is_warned: false,
            is_unsaved: false,
            saved: None,
        };
        std::thread::Builder::new().name(format!("audit-{name}")).spawn(move || {
            priority::lower();
            follower.control.begins(std::thread::current());
            let control = Arc::clone(&follower.control);
            let _ends = EndsOnDrop(&control);
            follower.run();
        })
    }

    fn run(&mut self) {
        loop {
            let order = self.control.order();
            if order == Order::End {
                self.with_tap(Follower::save);
                return;
            }
            let Some(next) = self.with_tap(|follower, tap| follower.prepare(tap, order)) else {
                return;
            };
            match next {
                Next::Deliver => {
                    let result = self.deliver();
                    if self.with_tap(|follower, tap| follower.settle(tap, order, result)).is_none() {
                        return;
                    }
                }
                Next::Again => {}
                Next::Wait(time) => std::thread::park_timeout(time),
            }
        }
    }

    fn with_tap<T>(&mut self, step: impl FnOnce(&mut Follower, &Tap) -> T) -> Option<T> {
        let control = Arc::clone(&self.control);
        control.with_tap(|tap| {
            let done = step(self, tap);
            tap.deliver_reports();
            done
        })
    }

    /// Finds out what to do next.
    fn prepare(&mut self, tap: &Tap, order: Order) -> Next {
        // What is to be delivered now is tried now.
        let is_fresh = self.control.take_fresh() && matches!(order, Order::Drain { .. });
        // Once the log is closed, it is for the next start to tell.
        if order == Order::Follow
            && let Some(record) = self.alarm.tell(&self.name, self.alarm_after.get(), self.cursor.next_seq)
        {
            self.tell_failed(tap, record);
        }
        if let Order::Drain { upto, .. } = order
            && self.cursor.next_seq >= upto
        {
            // What has come since is not waited for: more may come for ever.
            self.save(tap);
            self.control.is_drained(order);
            return Next::Again;
        }
        if let Some(retry_at) = self.retry_at {
            let now = Instant::now();
            if now < retry_at && !is_fresh {
                return Next::Wait(self.until_alarm(retry_at - now));
            }
            if is_fresh {
                self.backoff.reset();
            }
            self.retry_at = None;
        }
        let upto = tap.synced();
        if self.held.is_empty()
            && let Err(error) = self.reader.read(tap, upto, LIMITS, &mut self.held)
        {
            let path = tap.path().display();
            self.failed(tap, order, format!("the day files in {path} can't be read: {error}"), None);
            return Next::Again;
        }
        let next_ts = self.held.lines().next().map(|line| line.ts);
        self.control.stands(|standing| standing.next_ts = next_ts);
        if !self.held.is_empty() {
            return Next::Deliver;
        }
        self.save(tap);
        let is_behind = self.reader.next_seq() < upto;
        match order {
            Order::Drain { .. } if !is_behind => {
                self.control.is_drained(order);
                Next::Again
            }
            _ if is_behind => Next::Wait(LOOK_AGAIN),
            _ if self.is_unsaved => Next::Wait(SAVE_EVERY),
            _ => Next::Wait(self.until_alarm(IDLE)),
        }
    }

    /// At most that long, and not longer than until an alarm is due.
    fn until_alarm(&self, time: Duration) -> Duration {
        self.alarm.due(self.alarm_after.get()).map_or(time, |due| due.min(time))
    }

    /// Has the mirror deliver what is held, as much as is sent at once.
    fn deliver(&mut self) -> Result<Delivered, DeliveryError> {
        let lines = self
            .held
            .lines()
            .take(self.limit)
            .map(|line| Line::new(&self.journal, line.seq, line.ts, self.held.text(line)))
            .collect::<Vec<_>>();
        let batch = Batch::new(&self.journal, &lines);
        let mirror = &mut self.mirror;
        std::panic::catch_unwind(AssertUnwindSafe(|| mirror.deliver(&batch)))
            .unwrap_or_else(|_| Err(DeliveryError::unavailable("the mirror has panicked")))
    }

    /// Writes down how far it has come, unless that is known already.
    pub(super) fn save(&mut self, tap: &Tap) {
        if !self.is_unsaved {
            return;
        }
        self.saved = Some(Instant::now());
        let file = file_name(&self.name);
        let written =
            self.cursor.spell(&self.journal).and_then(|contents| tap.write_cursor(&file, &contents));
        match written {
            Ok(()) => {
                self.is_unsaved = false;
                self.cursors.came_to(&self.name, self.cursor);
            }
            // It is written again with the next batch. After a crash, more is delivered again.
            Err(error) => {
                tap.reports().post(Level::Warn, || {
                    format!("how far the mirror `{}` has come can't be written down: {error}", self.name)
                });
            }
        }
    }
}

/// What a follower does next.
enum Next {
    Deliver,
    /// To look again what there is to do.
    Again,
    Wait(Duration),
}

/// Says that the thread has ended, if by a panic, too.
struct EndsOnDrop<'a>(&'a Control);

impl Drop for EndsOnDrop<'_> {
    fn drop(&mut self) {
        self.0.ends();
    }
}
