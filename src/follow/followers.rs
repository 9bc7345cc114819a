//! All followers of a journal.

use super::alarm::{AlarmAfter, Watch};
use super::control::{Control, Order, Status};
use super::cursors::Cursors;
use super::follower::Follower;
use super::stats::MirrorStats;
use super::thread::SpareThread;
use crate::error::{DeadLetterError, Undelivered};
use crate::journal::Journal;
use crate::lock::lock;
use crate::mirror::Mirror;
use crate::record::Timestamp;
use crate::report::Level;
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The longest time for a mirror that is removed to finish its current batch.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// The time that a mirror has for that, if the time for closing the log is over.
const GRACE: Duration = Duration::from_millis(100);

/// The settings of a mirror by their names, for comparing and for messages. Secrets are replaced by
/// marks that differ if the secrets do.
pub(crate) type MadeOf = BTreeMap<&'static str, String>;

/// The followers of a journal.
pub(crate) struct Followers {
    cursors: Arc<Cursors>,
    alarm_after: Arc<AlarmAfter>,
    /// Whether threads have a low priority; `None` if the system decides.
    low_priority: Option<bool>,
    running: Arc<Mutex<Vec<Running>>>,
    /// In a forked child, which has none of their threads.
    is_forgotten: bool,
    /// Started with the first follower.
    watch: Mutex<Option<Watch>>,
    /// When the log was to be closed.
    closing: Mutex<Option<Instant>>,
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
    pub(crate) fn new(cursors: Arc<Cursors>, alarm_after: Duration, low_priority: Option<bool>) -> Followers {
        let alarm_after = Arc::new(AlarmAfter::new(alarm_after));
        Followers {
            cursors,
            alarm_after,
            low_priority,
            running: Arc::default(),
            is_forgotten: false,
            watch: Mutex::default(),
            closing: Mutex::default(),
        }
    }

    /// Returns an empty set of followers.
    pub(crate) fn none() -> Followers {
        Followers::new(Arc::default(), Duration::MAX, None)
    }

    fn running(&self) -> MutexGuard<'_, Vec<Running>> {
        lock(&self.running)
    }

    pub(crate) fn alarm_after(&self) -> Duration {
        self.alarm_after.get()
    }

    pub(crate) fn set_alarm_after(&self, time: Duration) {
        self.alarm_after.set(time);
        if let Some(watch) = &*lock(&self.watch) {
            watch.look();
        }
    }

    /// Starts the thread of a follower that is to begin, and the watch if this is the first one.
    pub(crate) fn spare_thread(&self, name: &str) -> io::Result<SpareThread> {
        let mut watch = lock(&self.watch);
        if watch.is_none() {
            *watch = Some(Watch::start(Arc::clone(&self.alarm_after))?);
        }
        drop(watch);
        SpareThread::start(name, self.low_priority)
    }

    /// Begins a follower for a mirror, in this thread. It replaces the one of the same name, and
    /// continues at its cursor.
    pub(crate) fn begin(
        &self,
        thread: SpareThread,
        journal: &Journal,
        name: &str,
        made_of: MadeOf,
        mirror: Box<dyn Mirror>,
    ) {
        let before = self.leave(name).unwrap_or_default();
        let subscription = journal.subscribe();
        let now = subscription.now();
        let cursor = self.cursors.follow(name);
        let id = subscription.id().to_owned();
        let control = Arc::new(Control::new(subscription, cursor.next_seq, before));
        let follower = Follower::new(
            name,
            &id,
            mirror,
            Arc::clone(&control),
            Arc::clone(&self.cursors),
            Arc::clone(&self.alarm_after),
            cursor,
            now,
        );
        let thread = thread.run(follower);
        if let Some(watch) = &*lock(&self.watch) {
            watch.add(name, &control);
        }
        self.running().push(Running { name: name.to_owned(), made_of, control, thread });
    }

    /// Returns the settings of the mirror of this name, if there is one.
    pub(crate) fn made_of(&self, name: &str) -> Option<MadeOf> {
        self.running().iter().find(|running| running.name == name).map(|running| running.made_of.clone())
    }

    /// Stops the follower of this name. Its cursor is kept for a later mirror of the same name, but no
    /// day file is kept for it.
    pub(crate) fn end(&self, journal: &Journal, name: &str) {
        if let Some(status) = self.leave(name) {
            let subscription = journal.subscribe();
            let behind = subscription.next_seq().saturating_sub(status.next_seq);
            if behind > 0 {
                subscription.reports().post(Level::Warn, || {
                    format!("the mirror `{name}` was removed before the last {behind} records were delivered")
                });
            }
        }
    }

    /// Stops the follower of this name, and returns its status, if there is one.
    fn leave(&self, name: &str) -> Option<Status> {
        let mut running = self.running();
        let at = running.iter().position(|running| running.name == name)?;
        let follower = running.remove(at);
        drop(running);
        let control = Arc::clone(&follower.control);
        if let Some(watch) = &*lock(&self.watch) {
            watch.remove(&control);
        }
        control.give(Order::End);
        follower.wait_ended(Instant::now() + LAST_WAIT);
        self.cursors.leave(name);
        Some(control.status())
    }

    /// Stops all followers. A thread that does not end in time is abandoned, and does not touch the
    /// journal any more. If the log was closed, the time for that is not exceeded: a mirror that hung
    /// then hangs now.
    fn end_all(&mut self) {
        drop(self.watch.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        // Not in a forked child: the thread that holds the lock may not exist there.
        let running = if self.is_forgotten { Vec::new() } else { std::mem::take(&mut *self.running()) };
        running.iter().for_each(|follower| follower.control.give(Order::End));
        let now = Instant::now();
        let closing = self.closing.get_mut().unwrap_or_else(PoisonError::into_inner);
        let deadline = closing.map_or(now + LAST_WAIT, |end| end.clamp(now + GRACE, now + LAST_WAIT));
        for follower in running {
            follower.wait_ended(deadline);
        }
    }

    /// Forgets all followers, in a forked child, which does not have their threads.
    pub(crate) fn forget(&mut self) {
        self.is_forgotten = true;
        // Never dropped: these threads are not the child's.
        std::mem::forget(Arc::clone(&self.running));
        let watch = self.watch.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::forget(watch.take());
    }

    /// Delivers the records before number `upto` until the deadline, and returns the mirrors with
    /// records left. Unless it is patient, a follower gives up at the first failed attempt; else as
    /// `last_attempt` says.
    pub(crate) fn drain(&self, upto: u64, deadline: Instant, is_patient: bool) -> Vec<Undelivered> {
        *lock(&self.closing) = Some(deadline);
        let controls = |running: &Running| (running.name.clone(), Arc::clone(&running.control));
        let controls = self.running().iter().map(controls).collect::<Vec<_>>();
        for (_, control) in &controls {
            control.give(Order::Drain { upto, is_patient });
        }
        let mut left = Vec::new();
        for (mirror, control) in controls {
            control.wait_drained(deadline);
            let status = control.status();
            let records = upto.saturating_sub(status.next_seq);
            if records > 0 {
                let error = status.failing_since.and(status.last_error).map(|(_, error)| error);
                left.push(Undelivered { mirror, records, from_seq: status.next_seq, error });
            }
        }
        left
    }

    pub(super) fn control_of(&self, name: &str) -> Option<Arc<Control>> {
        self.running().iter().find(|it| it.name == name).map(|it| Arc::clone(&it.control))
    }

    /// Delivers the dead letters of a mirror, and returns their number.
    pub(crate) fn deliver_letters(&self, name: &str, timeout: Duration) -> Result<u64, DeadLetterError> {
        let mirror = name.to_owned();
        let Some(control) = self.control_of(name) else {
            return Err(DeadLetterError::NoMirror { mirror });
        };
        let (letters, is_done) = control.deliver_letters(Instant::now() + timeout);
        match (letters.error, is_done) {
            (None, true) => Ok(letters.delivered),
            (None, false) => Err(DeadLetterError::TimedOut { mirror, delivered: letters.delivered }),
            (Some(error), _) => {
                let (delivered, left) = (letters.delivered, letters.left);
                Err(DeadLetterError::Undelivered { mirror, delivered, left, error })
            }
        }
    }

    /// Returns what shows the figures about each mirror.
    pub(crate) fn figures(&self) -> Figures {
        Figures(Arc::clone(&self.running))
    }
}

/// The figures about each mirror, for who has no access to the followers.
pub(crate) struct Figures(Arc<Mutex<Vec<Running>>>);

impl Figures {
    /// `next_seq` is the number of the next record of the log.
    pub(crate) fn stats(&self, now: Timestamp, next_seq: u64) -> Vec<MirrorStats> {
        let running = lock(&self.0);
        running.iter().map(|it| MirrorStats::new(&it.name, it.control.status(), next_seq, now)).collect()
    }
}

impl Running {
    fn wait_ended(self, deadline: Instant) {
        if self.control.wait_ended(deadline) {
            // The panic hook has reported a panic of the thread.
            self.thread.join().unwrap_or(());
        }
    }
}

/// Stops the followers, which keep the journal open.
impl Drop for Followers {
    fn drop(&mut self) {
        self.end_all();
    }
}
