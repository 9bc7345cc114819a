//! Followers: threads that read the synced records in order, each with a durable cursor, and
//! hand them on.
//!
//! It promises: each record that is on disk is handed to each follower's mirror, in order, until
//! that has acknowledged it; then, and not before, the cursor moves on. What is handed on comes
//! from the day files, so that a follower that is a week behind costs no memory. What a mirror
//! does with it is the mirror's business.

mod alarm;
mod backoff;
mod control;
mod cursor;
mod delivery;
mod follower;
mod lines;
mod priority;
mod settle;
mod stats;

pub(crate) use cursor::Cursors;
pub use delivery::{Batch, Delivered, DeliveryError, Line, Mirror, OnRejected, Refusal};
pub use stats::{MirrorError, MirrorStats};

use crate::error::Undelivered;
use crate::journal::Journal;
use crate::report::Level;
use control::{Control, Order, Standing};
use follower::Follower;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a mirror that is taken away may take for what it is about.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// After which time without a delivery the log tells of it.
#[derive(Debug)]
pub(crate) struct AlarmAfter(AtomicU64);

impl AlarmAfter {
    fn get(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn set(&self, time: Duration) {
        self.0.store(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// What a mirror was made of, by setting: to be compared, and to be told. There are no secrets in
/// it, only what tells them from one another.
pub(crate) type MadeOf = BTreeMap<&'static str, String>;

/// The followers of a journal.
pub(crate) struct Followers {
    cursors: Arc<Cursors>,
    alarm_after: Arc<AlarmAfter>,
    running: Mutex<Vec<Running>>,
}

struct Running {
    name: String,
    made_of: MadeOf,
    control: Arc<Control>,
    thread: JoinHandle<()>,
}

impl fmt::Debug for Followers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.running().iter().map(|running| running.name.clone()).collect::<Vec<_>>();
        f.debug_tuple("Followers").field(&names).finish()
    }
}

impl Followers {
    pub(crate) fn new(cursors: Arc<Cursors>, alarm_after: Duration) -> Followers {
        let after = AlarmAfter(AtomicU64::default());
        after.set(alarm_after);
        Followers { cursors, alarm_after: Arc::new(after), running: Mutex::default() }
    }

    /// Nobody follows.
    pub(crate) fn none() -> Followers {
        Followers::new(Arc::default(), Duration::MAX)
    }

    fn running(&self) -> MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn alarm_after(&self) -> Duration {
        self.alarm_after.get()
    }

    pub(crate) fn set_alarm_after(&self, time: Duration) {
        self.alarm_after.set(time);
    }

    /// Has a mirror follow, in the place of the one of that name, if there is one, from where that
    /// has come to.
    pub(crate) fn begin(
        &self,
        journal: &Journal,
        name: &str,
        made_of: MadeOf,
        mirror: Box<dyn Mirror>,
    ) -> io::Result<()> {
        let before = self.leave(name).unwrap_or_default();
        let tap = journal.tap();
        let now = tap.now();
        let cursor = self.cursors.follow(name);
        let id = tap.id().to_owned();
        let control = Arc::new(Control::new(tap, cursor.next_seq, before));
        let begun = Follower::begin(
            name,
            &id,
            mirror,
            Arc::clone(&control),
            Arc::clone(&self.cursors),
            Arc::clone(&self.alarm_after),
            cursor,
            now,
        );
        let thread = begun?;
        self.running().push(Running { name: name.to_owned(), made_of, control, thread });
        Ok(())
    }

    /// What the mirror of that name was made of, if there is one.
    pub(crate) fn made_of(&self, name: &str) -> Option<MadeOf> {
        self.running().iter().find(|running| running.name == name).map(|running| running.made_of.clone())
    }

    /// Has the mirror of that name follow no longer. Its cursor stays, for one of that name that
    /// may come later; but no day file is kept for it.
    pub(crate) fn end(&self, journal: &Journal, name: &str) {
        if let Some(standing) = self.leave(name) {
            let tap = journal.tap();
            let behind = tap.next_seq().saturating_sub(standing.next_seq);
            if behind > 0 {
                tap.reports().post(Level::Warn, || {
                    format!("the mirror `{name}` was taken away, and has not got the last {behind} records")
                });
            }
        }
    }

    /// Gives how it stood, if there was one.
    fn leave(&self, name: &str) -> Option<Standing> {
        let mut running = self.running();
        let at = running.iter().position(|running| running.name == name)?;
        let follower = running.remove(at);
        drop(running);
        let control = Arc::clone(&follower.control);
        control.give(Order::End);
        follower.await_end(Instant::now() + LAST_WAIT);
        self.cursors.leave(name);
        Some(control.standing())
    }

    /// Ends all of them. Who does not come to an end in time is left alone, and leaves the
    /// journal alone.
    fn end_all(&mut self) {
        let running = std::mem::take(self.running_alone());
        running.iter().for_each(|follower| follower.control.give(Order::End));
        let deadline = Instant::now() + LAST_WAIT;
        for follower in running {
            follower.await_end(deadline);
        }
    }

    /// In a process that was forked off, there are none.
    pub(crate) fn forget(&mut self) {
        std::mem::take(self.running_alone()).into_iter().for_each(std::mem::forget);
    }

    /// Without the lock: whoever has held it may not be in this process.
    fn running_alone(&mut self) -> &mut Vec<Running> {
        self.running.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delivers the records before this number, as far as that can be done until then. One that
    /// is not patient gives up when it fails.
    pub(crate) fn drain(&self, upto: u64, deadline: Instant, is_patient: bool) -> Vec<Undelivered> {
        let controls = |running: &Running| (running.name.clone(), Arc::clone(&running.control));
        let controls = self.running().iter().map(controls).collect::<Vec<_>>();
        for (_, control) in &controls {
            control.give(Order::Drain { upto, is_patient });
        }
        let mut left = Vec::new();
        for (mirror, control) in controls {
            control.wait_drained(deadline);
            let standing = control.standing();
            let records = upto.saturating_sub(standing.next_seq);
            if records > 0 {
                let error = standing.failing_since.and(standing.last_error).map(|(_, error)| error);
                left.push(Undelivered { mirror, records, from_seq: standing.next_seq, error });
            }
        }
        left
    }

    /// How each stands, when the next record of the log will have this number.
    pub(crate) fn stats(&self, journal: &Journal, next_seq: u64) -> Vec<MirrorStats> {
        let now = journal.tap().now();
        let running = self.running();
        running.iter().map(|it| MirrorStats::new(&it.name, it.control.standing(), next_seq, now)).collect()
    }
}

impl Running {
    fn await_end(self, deadline: Instant) {
        if self.control.wait_ended(deadline) {
            // A panic there has been told of by the hook.
            self.thread.join().unwrap_or(());
        }
    }
}

/// They leave the journal, so that it can end.
impl Drop for Followers {
    fn drop(&mut self) {
        self.end_all();
    }
}
