//! A follower: the thread that reads the synced records in order, hands them to its mirror, and
//! writes down how far it has come.
//!
//! It holds no lock while the mirror delivers, and none that a writer of the log needs while it
//! reads. When all is delivered it sleeps until more has come to disk.

use super::alarm::{Alarm, brief};
use super::backoff::Backoff;
use super::control::{Control, Order};
use super::cursor::{Cursor, Cursors, file_name};
use super::delivery::{Batch, Delivered, DeliveryError, Line, Mirror, OnRejected, Refusal};
use super::lines::{Held, Limits, Reader};
use super::{AlarmAfter, priority};
use crate::journal::{Chain, Tap};
use crate::record::Record;
use crate::report::Level;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How much is delivered at once: so many records, and so many bytes of lines, but one record
/// at least.
const LIMITS: Limits = Limits { records: 1024, bytes: 1024 * 1024 };

/// After how many batches that were delivered, when one was too large, twice as much is tried.
const GROW_AFTER: u32 = 16;

/// How often the cursor is written down while there is more to deliver.
const SAVE_EVERY: Duration = Duration::from_millis(100);

/// How long it waits for what it expects in a file and is not there.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// How long it sleeps when all is delivered.
const IDLE: Duration = Duration::from_secs(3600);

pub(super) struct Follower {
    name: String,
    journal: String,
    mirror: Box<dyn Mirror>,
    control: Arc<Control>,
    cursors: Arc<Cursors>,
    alarm_after: Arc<AlarmAfter>,
    cursor: Cursor,
    reader: Reader,
    held: Held,
    /// How many records are sent at once, at the most.
    limit: usize,
    /// How many batches were delivered since less is sent at once.
    calm: u32,
    backoff: Backoff,
    /// When the next attempt is made, after one that has failed.
    retry_at: Option<Instant>,
    alarm: Alarm,
    /// Whether the runtime log knows that it fails.
    is_warned: bool,
    /// Whether the cursor is behind what was delivered, and when it was written last.
    is_unsaved: bool,
    saved: Option<Instant>,
}

impl Follower {
    /// Begins the thread.
    pub(super) fn begin(
        name: &str,
        journal: &str,
        mirror: Box<dyn Mirror>,
        control: Arc<Control>,
        cursors: Arc<Cursors>,
        alarm_after: Arc<AlarmAfter>,
        cursor: Cursor,
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
            alarm: Alarm::new(cursor.failed_since),
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
        if let Some(record) = self.alarm.tell(&self.name, self.alarm_after.get(), self.cursor.next_seq) {
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

    /// What becomes of a single record; it is kept if the mirror can't say so.
    fn on_rejected(&self) -> OnRejected {
        std::panic::catch_unwind(AssertUnwindSafe(|| self.mirror.on_rejected())).unwrap_or_default()
    }

    /// Draws the consequences.
    fn settle(&mut self, tap: &Tap, order: Order, result: Result<Delivered, DeliveryError>) {
        let mut sent = self.limit.min(self.held.lines().len());
        if let Err(error) = &result
            && error.delivered() > 0
            && sent > 1
        {
            // At least one was not, by its own word.
            let delivered = error.delivered().min(sent - 1);
            self.control.stands(|standing| standing.delivered += delivered as u64);
            self.advance(tap, delivered);
            sent -= delivered;
        }
        match result {
            Ok(delivered) => {
                let Delivered { rejected, message } = delivered;
                if rejected > 0 {
                    tap.reports().post(Level::Warn, || {
                        let (name, message) = (&self.name, brief(&message));
                        format!("the mirror `{name}` has delivered {sent} records, of which the receiver has thrown away {rejected}: {message}")
                    });
                }
                self.control.stands(|standing| {
                    standing.delivered += sent as u64;
                    standing.rejected += rejected;
                });
                self.calm += 1;
                if self.calm >= GROW_AFTER {
                    self.calm = 0;
                    self.limit = (2 * self.limit).min(LIMITS.records);
                }
                self.advance(tap, sent);
            }
            Err(error) if error.refusal() == Refusal::Batch && sent > 1 => {
                (self.limit, self.calm) = (sent / 2, 0);
                self.note(tap, Chain(&error).to_string());
            }
            Err(error)
                if error.refusal() == Refusal::Batch && self.on_rejected() == OnRejected::DeadLetter =>
            {
                self.put_aside(tap, order, &error);
            }
            Err(error) => self.failed(tap, order, Chain(&error).to_string(), error.wanted_delay()),
        }
    }

    /// The first records are done with.
    fn advance(&mut self, tap: &Tap, count: usize) {
        let from_seq = self.cursor.next_seq;
        if let Some(last) = self.held.drop_first(count) {
            self.cursor.place = Some((last.file, last.end_offset));
            self.cursor.next_seq = last.seq + 1;
        }
        self.backoff.reset();
        self.is_warned = false;
        let behind = tap.next_seq().saturating_sub(from_seq);
        let restored = self.alarm.delivered(&self.name, tap.now(), from_seq, behind);
        let (next_seq, next_ts) = (self.cursor.next_seq, self.held.lines().next().map(|line| line.ts));
        self.control.stands(|standing| {
            standing.next_seq = next_seq;
            standing.next_ts = next_ts;
            standing.failing_since = None;
        });
        self.is_unsaved = true;
        if let Some(record) = restored {
            tap.tell(record);
            self.cursor.failed_since = None;
            self.saved = None;
        }
        if self.saved.is_none_or(|saved| saved.elapsed() >= SAVE_EVERY) {
            self.save(tap);
        }
    }

    /// Puts a record aside that the receiver does not take.
    fn put_aside(&mut self, tap: &Tap, order: Order, error: &DeliveryError) {
        let Some(line) = self.held.lines().next() else {
            return;
        };
        let why = Chain(error).to_string();
        let text = self.held.text(line);
        let kept_in = match tap.keep_dead_letter(line.ts, line.seq, text) {
            Ok(kept_in) => kept_in,
            Err(error) => {
                let seq = line.seq;
                let text = format!(
                    "the record {seq}, which the receiver does not take ({why}), can't be put aside: {error}"
                );
                return self.failed(tap, order, text, None);
            }
        };
        // The log's own records never bring about another one.
        let is_own = line_is_of_the_log(text);
        let record = Record::new("log.dead_letter")
            .resource("mirror", &self.name)
            .resource("record_seq", line.seq)
            .resource("kept_in", &kept_in)
            .resource("error", brief(&why))
            .outcome(crate::record::Outcome::Failure);
        let (name, seq) = (&self.name, line.seq);
        tap.reports().post(Level::Error, || {
            format!("the mirror `{name}` can't deliver the record {seq}, which is kept in {kept_in}: {why}")
        });
        if !is_own {
            tap.tell(record);
        }
        self.control.stands(|standing| standing.dead_letters += 1);
        self.advance(tap, 1);
        // What follows it may be to the receiver's liking.
        self.limit = LIMITS.records;
    }

    /// It is tried again later.
    fn failed(&mut self, tap: &Tap, order: Order, error: String, wanted: Option<Duration>) {
        if !std::mem::replace(&mut self.is_warned, true) {
            let (name, error) = (&self.name, brief(&error));
            tap.reports().post(Level::Warn, || {
                format!("the mirror `{name}` can't deliver just now, and goes on trying: {error}")
            });
        }
        self.note(tap, error);
        let wait = self.backoff.wait(wanted);
        self.retry_at = Some(Instant::now() + wait);
        self.save(tap);
        if matches!(order, Order::Drain { is_patient: false, .. }) {
            self.control.is_drained(order);
        }
    }

    fn note(&mut self, tap: &Tap, error: String) {
        let now = tap.now();
        self.alarm.failed(now, error.clone());
        let since = self.alarm.since();
        self.control.stands(|standing| {
            standing.last_error = Some((now, error));
            standing.failing_since = since;
        });
    }

    /// Nothing was delivered for so long that somebody has to know.
    fn tell_failed(&mut self, tap: &Tap, record: Record) {
        let name = &self.name;
        tap.reports().post(Level::Error, || {
            let error = record.resource.get("error").map(ToString::to_string).unwrap_or_default();
            format!("the mirror `{name}` has got no records since {}: {error}", record.resource["since"])
        });
        tap.tell(record);
        self.cursor.failed_since = self.alarm.told_since();
        self.is_unsaved = true;
        self.save(tap);
    }

    /// Writes down how far it has come, unless that is known already.
    fn save(&mut self, tap: &Tap) {
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

fn line_is_of_the_log(text: &str) -> bool {
    Record::from_line(text.as_bytes()).is_ok_and(|record| record.event.starts_with("log."))
}
