//! How far a journal has come on its way to the disk, and those who wait for it.

use crate::journal::sync::{
    AtomicBool, AtomicU64, Condvar, Mutex, MutexGuard, OnceLock, Ordering, Thread, fence, park, park_timeout,
};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// How far a journal has come. Receipts refer to it, so that it is never freed: as many are
/// left as journals are opened, of some hundred bytes each.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Records before this number are in a day file.
    committed: AtomicU64,
    /// Records before this number are on disk.
    synced: AtomicU64,
    state: Mutex<State>,
    /// Hears when anything in here changes.
    changed: Condvar,
    /// The thread that takes from the intake, and whether it is to be woken.
    committer: OnceLock<Thread>,
    committer_rests: AtomicBool,
    /// Whether it can't write just now.
    committer_is_stuck: AtomicBool,
    /// Whether the thread that syncs is to be woken by what is written.
    syncer_rests: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// Somebody waits until all before this number is on disk.
    wanted: u64,
    /// The last sync that failed.
    failure: Option<SyncFailure>,
    /// What waits for a number.
    wakers: Vec<(u64, Waker)>,
    /// Nothing more comes.
    is_over: bool,
    /// Counts the times that space was freed.
    freed: u64,
    /// Those who follow what comes to disk, each by a number.
    followers: Vec<(u64, Thread)>,
    followers_ever: u64,
}

/// A sync that failed.
#[derive(Clone, Debug)]
pub(crate) struct SyncFailure {
    /// The day file.
    pub(crate) path: PathBuf,
    pub(crate) source: Arc<io::Error>,
    /// Records before this number are concerned, from those on that were on disk.
    pub(crate) before: u64,
}

/// Why a record is not known to be on disk.
#[derive(Clone, Debug)]
pub(crate) enum Unsynced {
    /// It is not there yet.
    NotYet,
    Failed(SyncFailure),
}

/// When so much time has passed; some time, at least, that nobody lives to see.
pub(super) fn after(time: Duration) -> Instant {
    const FOR_EVER: Duration = Duration::from_secs(1 << 30);
    Instant::now() + time.min(FOR_EVER)
}

impl Unsynced {
    pub(super) fn into_io_error(self) -> io::Error {
        match self {
            Unsynced::NotYet => io::ErrorKind::TimedOut.into(),
            Unsynced::Failed(failure) => io::Error::new(failure.source.kind(), failure.source),
        }
    }
}

impl Progress {
    /// Records before `committed` are in day files, those before `synced` on disk.
    pub(crate) fn new(committed: u64, synced: u64) -> &'static Progress {
        Box::leak(Box::new(Progress {
            committed: AtomicU64::new(committed),
            synced: AtomicU64::new(synced),
            state: Mutex::default(),
            changed: Condvar::new(),
            committer: OnceLock::new(),
            committer_rests: AtomicBool::new(false),
            committer_is_stuck: AtomicBool::new(false),
            syncer_rests: AtomicBool::new(false),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn committed(&self) -> u64 {
        self.committed.load(Ordering::Acquire)
    }

    pub(crate) fn synced(&self) -> u64 {
        self.synced.load(Ordering::Acquire)
    }

    // ---- From the callers to the committer ----

    /// This thread takes from the intake.
    pub(super) fn commits(&self, thread: Thread) {
        self.committer.get_or_init(|| thread);
    }

    /// A line was published in the intake.
    #[inline]
    pub(super) fn published(&self) {
        // The line is published before it is looked whether the committer rests; there, it is
        // the other way round: one of the two sees what the other has done.
        fence(Ordering::SeqCst);
        if self.committer_rests.load(Ordering::Relaxed) {
            self.wake_committer();
        }
    }

    #[cold]
    pub(super) fn wake_committer(&self) {
        // Who ends its rest sees who it is, too: else it would not be woken, nor by anybody later.
        let ends = self.committer_rests.compare_exchange(true, false, Ordering::Acquire, Ordering::Relaxed);
        if ends.is_ok()
            && let Some(thread) = self.committer.get()
        {
            thread.unpark();
        }
    }

    /// Wakes it from a nap, too.
    fn rouse_committer(&self) {
        // One that has not begun yet, and so is not woken, sees what was published before.
        fence(Ordering::SeqCst);
        if let Some(thread) = self.committer.get() {
            thread.unpark();
        }
    }

    /// Lets the committer rest until it is woken, or that long, unless there is something to
    /// do.
    pub(super) fn rest(&self, at_most: Option<Duration>, is_idle: impl FnOnce() -> bool) {
        self.committer_rests.store(true, Ordering::Release);
        fence(Ordering::SeqCst);
        if is_idle() && !self.is_over() {
            match at_most {
                Some(time) => park_timeout(time),
                None => park(),
            }
        }
        self.committer_rests.store(false, Ordering::Relaxed);
    }

    // ---- From who writes to who waits, and to who syncs ----

    /// Records before this number are in a day file now.
    pub(super) fn came_to(&self, next_seq: u64) {
        self.committed.store(next_seq, Ordering::Release);
        fence(Ordering::SeqCst);
        if self.syncer_rests.load(Ordering::Relaxed) {
            let _state = self.state();
            self.changed.notify_all();
        }
    }

    /// There is room in the intake again, or the committer has found out something.
    pub(super) fn freed(&self) {
        self.state().freed += 1;
        self.changed.notify_all();
    }

    /// How often space was freed so far.
    pub(super) fn freed_count(&self) -> u64 {
        self.state().freed
    }

    /// Waits until space was freed more often than that; says whether it was in time.
    pub(super) fn wait_for_room(&self, count: u64, deadline: Instant) -> bool {
        self.wait_until(deadline, |state| (state.freed != count).then_some(())).is_some()
    }

    /// Waits until records before this number are in day files, unless that can't be done just
    /// now; says whether they are.
    pub(super) fn wait_committed(&self, seq: u64, deadline: Instant) -> bool {
        if self.committed() < seq {
            self.rouse_committer();
            let is_stuck = || self.committer_is_stuck.load(Ordering::Relaxed);
            let done = |_: &State| (self.committed() >= seq || is_stuck()).then_some(());
            self.wait_until(deadline, done);
        }
        self.committed() >= seq
    }

    /// The committer can't write just now, or it can again.
    pub(super) fn set_stuck(&self, is_stuck: bool) {
        self.committer_is_stuck.store(is_stuck, Ordering::Relaxed);
        let _state = self.state();
        self.changed.notify_all();
    }

    fn wait_until<T>(&self, deadline: Instant, mut is_there: impl FnMut(&State) -> Option<T>) -> Option<T> {
        let mut state = self.state();
        loop {
            if let Some(found) = is_there(&state) {
                return Some(found);
            }
            let left = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
            (state, _) = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    // ---- The disk ----

    /// Records before this number are on disk.
    pub(super) fn came_to_disk(&self, seq: u64) {
        let mut state = self.state();
        self.synced.fetch_max(seq, Ordering::Release);
        state.followers.iter().for_each(|(_, thread)| thread.unpark());
        if state.failure.as_ref().is_some_and(|failure| failure.before <= seq) {
            state.failure = None;
        }
        self.wake(state, seq);
    }

    /// Records before `failure.before` could not be brought to disk.
    pub(super) fn failed(&self, failure: SyncFailure) {
        let mut state = self.state();
        let seq = failure.before;
        state.failure = Some(failure);
        self.wake(state, seq);
    }

    /// Wakes those who wait for records before this number.
    fn wake(&self, mut state: MutexGuard<'_, State>, seq: u64) {
        let (ready, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut state.wakers).into_iter().partition(|(at, _)| *at < seq);
        state.wakers = others;
        drop(state);
        self.changed.notify_all();
        for (_, waker) in ready {
            waker.wake();
        }
    }

    /// This thread is unparked each time that more has come to disk. Gives its number.
    pub(super) fn is_followed_by(&self, thread: Thread) -> u64 {
        let mut state = self.state();
        let number = state.followers_ever;
        state.followers_ever += 1;
        state.followers.push((number, thread));
        number
    }

    /// The thread of this number follows no longer.
    pub(super) fn is_left_by(&self, number: u64) {
        self.state().followers.retain(|(follower, _)| *follower != number);
    }

    fn outcome(&self, state: &State, seq: u64) -> Option<Result<(), Unsynced>> {
        if seq < self.synced() {
            return Some(Ok(()));
        }
        if let Some(failure) = state.failure.as_ref().filter(|failure| seq < failure.before) {
            return Some(Err(Unsynced::Failed(failure.clone())));
        }
        state.is_over.then_some(Err(Unsynced::NotYet))
    }

    /// Waits until this record is on disk.
    pub(crate) fn wait_synced(&self, seq: u64, timeout: Duration) -> Result<(), Unsynced> {
        if seq < self.synced() {
            return Ok(());
        }
        self.want(seq);
        self.wait_until(after(timeout), |state| self.outcome(state, seq)).unwrap_or(Err(Unsynced::NotYet))
    }

    /// The same, for a task.
    pub(crate) fn poll_synced(&self, seq: u64, context: &mut Context<'_>) -> Poll<Result<(), Unsynced>> {
        if seq < self.synced() {
            return Poll::Ready(Ok(()));
        }
        {
            let mut state = self.state();
            if let Some(outcome) = self.outcome(&state, seq) {
                return Poll::Ready(outcome);
            }
            match state.wakers.iter_mut().find(|(at, waker)| *at == seq && waker.will_wake(context.waker())) {
                Some(_) => {}
                None => state.wakers.push((seq, context.waker().clone())),
            }
        }
        self.want(seq);
        Poll::Pending
    }

    /// Has this record brought to disk now.
    fn want(&self, seq: u64) {
        let mut state = self.state();
        state.wanted = state.wanted.max(seq + 1);
        drop(state);
        self.changed.notify_all();
        self.rouse_committer();
    }

    /// Whether somebody waits for what is not on disk.
    pub(super) fn is_wanted(&self) -> bool {
        let state = self.state();
        self.wants(&state)
    }

    fn wants(&self, state: &State) -> bool {
        let done = state.failure.as_ref().map_or(0, |failure| failure.before).max(self.synced());
        state.wanted > done
    }

    /// Waits until it is time to sync: `interval` after there is something to, or when
    /// somebody wants it. Says whether that is so; else, it is over.
    pub(super) fn wait_for_sync(&self, interval: impl Fn() -> Duration) -> bool {
        let mut state = self.state();
        let mut due = None;
        loop {
            if state.is_over {
                return false;
            }
            let is_behind = self.synced() < self.committed();
            // What is not in a day file yet can't be synced.
            if is_behind && self.wants(&state) {
                return true;
            }
            if is_behind {
                let due = *due.get_or_insert_with(|| after(interval()));
                let Some(left) = due.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
                else {
                    return true;
                };
                self.syncer_rests.store(self.wants(&state), Ordering::Relaxed);
                (state, _) = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
            } else {
                self.syncer_rests.store(true, Ordering::Relaxed);
                fence(Ordering::SeqCst);
                if self.synced() == self.committed() {
                    state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
            }
            self.syncer_rests.store(false, Ordering::Relaxed);
        }
    }

    // ---- The end ----

    pub(super) fn end(&self) {
        let mut state = self.state();
        state.is_over = true;
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.changed.notify_all();
        for (_, waker) in wakers {
            waker.wake();
        }
        self.rouse_committer();
    }

    /// Waits that long, or until it is over.
    pub(super) fn wait_to_the_end(&self, time: Duration) {
        self.wait_until(after(time), |state| state.is_over.then_some(()));
    }

    pub(super) fn is_over(&self) -> bool {
        self.state().is_over
    }
}
