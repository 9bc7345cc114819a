//! The thread of a follower: reads the synced records in order, has them delivered, and saves the
//! cursor.
//!
//! It holds no lock while the mirror delivers, and no lock that a writer of the log needs while it
//! reads. When all records are delivered it sleeps until more come to disk.

use super::control::{Control, Order};
use super::feed::{Feed, HeldLines, Limits, OnMissing};
use super::follower::{Follower, LIMITS, SAVE_EVERY};
use super::priority;
use crate::journal::Subscription;
use crate::report::mark_mirror_thread;
use crate::unwind::caught;
use std::io;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The pause before the day files are searched again for a record that was not found.
const SEARCH_AGAIN: Duration = Duration::from_millis(250);

/// The longest sleep when all records are delivered.
const IDLE: Duration = Duration::from_secs(3600);

/// A thread that waits for its follower, so that nothing is changed yet if there can't be one. It
/// ends if it is dropped.
pub(crate) struct SpareThread {
    follower: mpsc::Sender<Follower>,
    thread: JoinHandle<()>,
}

impl SpareThread {
    /// Starts a thread for a follower of this name. It has a low priority if that is wanted.
    pub(super) fn start(name: &str, low_priority: Option<bool>) -> io::Result<SpareThread> {
        let (follower, is_given) = mpsc::channel::<Follower>();
        let run = move || {
            let Ok(mut follower) = is_given.recv() else {
                return;
            };
            priority::lower(low_priority);
            // Until the mirror is dropped: that closes its connections.
            let _mark = mark_mirror_thread();
            follower.control.thread_begins(std::thread::current());
            let control = Arc::clone(&follower.control);
            let _ends = EndsOnDrop(&control);
            follower.run();
            // Before others learn that the thread has ended: dropping a mirror may take long, or panic.
            caught(|| drop(follower)).unwrap_or(());
        };
        let thread = std::thread::Builder::new().name(format!("audit-{name}")).spawn(run)?;
        Ok(SpareThread { follower, thread })
    }

    /// Runs the follower.
    pub(super) fn run(self, follower: Follower) -> JoinHandle<()> {
        // The thread waits for it.
        self.follower.send(follower).unwrap_or(());
        self.thread
    }
}

/// What a follower does next.
enum Next {
    Deliver,
    DeliverLetters,
    /// To decide again.
    Again,
    Wait(Duration),
}

impl Follower {
    fn run(&mut self) {
        loop {
            match caught(|| self.turn()) {
                Ok(Some(pause)) if pause.is_zero() => {}
                Ok(Some(pause)) => {
                    self.control.sleeps();
                    std::thread::park_timeout(pause);
                }
                Ok(None) => return,
                Err(message) => self.start_again(&message),
            }
        }
    }

    /// Takes one turn, and returns the pause before the next one, or `None` if the thread ends.
    fn turn(&mut self) -> Option<Duration> {
        let order = self.control.begin_turn();
        if order == Order::End {
            self.with_journal(Follower::save_synced);
            return None;
        }
        match self.with_journal(|follower, journal| follower.prepare(journal, order))? {
            Next::Deliver => {
                let answer = self.deliver();
                self.with_journal(|follower, journal| follower.apply(journal, order, answer))?;
                Some(Duration::ZERO)
            }
            Next::DeliverLetters => {
                self.deliver_letters();
                Some(Duration::ZERO)
            }
            Next::Again => Some(Duration::ZERO),
            Next::Wait(time) => Some(time),
        }
    }

    /// Begins again at the cursor, after a pause: a turn panicked, which is a defect of this crate.
    #[cold]
    fn start_again(&mut self, message: &str) {
        self.held = HeldLines::default();
        self.rejections.take_reasons();
        self.feed = Feed::new(self.cursor.next_seq, self.cursor.position, OnMissing::PassOver);
        let text = format!("the follower panicked: {message}");
        let retry = || {
            let order = self.control.order();
            self.with_journal(|follower, journal| follower.retry_later(journal, order, text, None));
        };
        if caught(retry).is_err() {
            std::thread::park_timeout(SEARCH_AGAIN);
        }
    }

    pub(super) fn with_journal<T>(
        &mut self,
        step: impl FnOnce(&mut Follower, &Subscription) -> T,
    ) -> Option<T> {
        let control = Arc::clone(&self.control);
        control.with_journal(|journal| {
            let done = step(self, journal);
            journal.deliver_reports();
            done
        })
    }

    /// Decides what to do next, and reads records.
    fn prepare(&mut self, journal: &Subscription, order: Order) -> Next {
        self.learn_of_hang();
        if let Some(from_seq) = self.control.replay() {
            self.replay(journal, from_seq);
        }
        // An order to drain ends a pause.
        let is_new = self.control.take_new() && matches!(order, Order::Drain { .. });
        if is_new {
            self.last_attempts.begin();
        }
        // Once the log is closing, the alarm is left to the next start.
        if order == Order::Follow
            && let Some(record) =
                self.alarm.take_report(&self.name, self.alarm_after.get(), self.cursor.next_seq)
        {
            self.raise_alarm(journal, record);
        }
        if let Order::Drain { upto, .. } = order
            && self.cursor.next_seq >= upto
        {
            // Records that came since the order are not waited for: there may always be more.
            self.save_synced(journal);
            self.control.drained(order);
            return Next::Again;
        }
        if order == Order::Follow && self.control.take_letters_request() {
            return Next::DeliverLetters;
        }
        if let Some(retry_at) = self.retry_at {
            let now = Instant::now();
            if now < retry_at && !is_new {
                return Next::Wait(self.until_alarm(retry_at - now));
            }
            if is_new {
                self.backoff.reset();
            }
            self.retry_at = None;
        }
        let upto = journal.synced();
        let skipped = self.rejections.skipped();
        let limits = if skipped == 0 { LIMITS } else { Limits { records: skipped + 1, bytes: usize::MAX } };
        if self.held.lines().len() <= skipped
            && let Err(error) = self.feed.read(journal, upto, &mut self.held.within(limits))
        {
            let path = journal.path().display();
            let text = format!("could not read the day files in {path}: {error}");
            self.retry_later(journal, order, text, None);
            return Next::Again;
        }
        let next_ts = self.held.lines().next().map(|line| line.ts);
        self.control.update(|status| status.next_ts = next_ts);
        if self.held.lines().len() > skipped {
            return Next::Deliver;
        }
        if skipped > 0 {
            self.keep_without_evidence(journal, order);
            return Next::Again;
        }
        self.save(journal);
        let is_behind = self.feed.next_seq() < upto;
        match order {
            Order::Drain { .. } if !is_behind => {
                self.save_synced(journal);
                self.control.drained(order);
                Next::Again
            }
            _ if is_behind => Next::Wait(SEARCH_AGAIN),
            _ if self.is_unsaved => Next::Wait(SAVE_EVERY),
            _ => Next::Wait(self.until_alarm(IDLE)),
        }
    }

    /// Returns `time`, or the time until an alarm is due if that is shorter.
    fn until_alarm(&self, time: Duration) -> Duration {
        self.alarm.due(self.alarm_after.get()).map_or(time, |due| due.min(time))
    }
}

/// Reports that the thread has ended, also after a panic.
struct EndsOnDrop<'a>(&'a Control);

impl Drop for EndsOnDrop<'_> {
    fn drop(&mut self) {
        self.0.thread_ends();
    }
}
