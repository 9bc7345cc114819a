//! How far a journal's records are on their way to the disk, and the threads and tasks that wait for
//! them.

use crate::journal::not_synced::{NotSynced, SyncFailure, deadline_after};
use crate::journal::sync::{
    AtomicBool, AtomicU64, Condvar, Mutex, MutexGuard, OnceLock, Ordering, Thread, fence, park, park_timeout,
};
use crate::unwind::caught;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// How far a journal's records are on their way to the disk.
///
/// Receipts refer to it, so it is never freed: each opening of a journal leaves some hundred bytes.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Records before this number are in a day file.
    committed: AtomicU64,
    /// Records before this number are on disk.
    synced: AtomicU64,
    /// Whether records were lost before they could reach a day file.
    has_lost: AtomicBool,
    state: Mutex<State>,
    /// Notified when any of this changes.
    changed: Condvar,
    /// The committer's thread, and whether a new line must wake it.
    committer: OnceLock<Thread>,
    committer_rests: AtomicBool,
    /// Whether the committer can't write at present.
    committer_is_stuck: AtomicBool,
    /// Whether a commit must wake the syncer's thread.
    syncer_rests: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// A caller waits until records before this number are on disk.
    wanted: u64,
    /// The last sync that failed.
    failure: Option<SyncFailure>,
    /// How many have failed.
    failures: u64,
    /// Whether what it has left is not on disk yet.
    is_unsynced: bool,
    /// Records that were lost before they could reach a day file.
    lost: Vec<(Range<u64>, SyncFailure)>,
    /// Tasks that wait, each for the record of a number.
    wakers: Vec<(u64, Waker)>,
    /// The syncer's thread has something to do besides a sync.
    is_syncer_called: bool,
    /// The journal is closed: no more records come.
    is_over: bool,
    /// How often space was freed in the intake.
    freed: u64,
    /// The followers' threads, each with an id.
    followers: Vec<(u64, Thread)>,
    next_follower_id: u64,
}

impl Progress {
    /// Begins with records before `committed` in day files, and those before `synced` on disk.
    pub(crate) fn new(committed: u64, synced: u64) -> &'static Progress {
        Box::leak(Box::new(Progress {
            committed: AtomicU64::new(committed),
            synced: AtomicU64::new(synced),
            has_lost: AtomicBool::new(false),
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

    /// Returns the number before which records are in day files.
    pub(crate) fn committed(&self) -> u64 {
        self.committed.load(Ordering::Acquire)
    }

    /// Returns the number before which records are on disk.
    pub(crate) fn synced(&self) -> u64 {
        self.synced.load(Ordering::Acquire)
    }

    /// Takes note of the committer's thread.
    pub(super) fn set_committer(&self, thread: Thread) {
        self.committer.get_or_init(|| thread);
    }

    /// Takes note that a line was published in the intake.
    #[inline]
    pub(super) fn published(&self) {
        // The line is stored before `committer_rests` is loaded; the committer does both the other
        // way round. One of the two sees the other's store.
        fence(Ordering::SeqCst);
        if self.committer_rests.load(Ordering::Relaxed) {
            self.wake_committer();
        }
    }

    #[cold]
    pub(super) fn wake_committer(&self) {
        // The thread that ends the rest must see `committer`, too: no other thread will wake it.
        let ends = self.committer_rests.compare_exchange(true, false, Ordering::Acquire, Ordering::Relaxed);
        if ends.is_ok()
            && let Some(thread) = self.committer.get()
        {
            thread.unpark();
        }
    }

    /// Wakes the committer even from a nap. One that has not begun yet sees what was published before.
    pub(super) fn rouse_committer(&self) {
        fence(Ordering::SeqCst);
        if let Some(thread) = self.committer.get() {
            thread.unpark();
        }
    }

    /// Parks the committer until it is woken, at most for `at_most`, unless there are lines.
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

    /// Takes note that records before this number are in day files.
    pub(super) fn committed_to(&self, next_seq: u64) {
        self.committed.store(next_seq, Ordering::Release);
        fence(Ordering::SeqCst);
        if self.syncer_rests.load(Ordering::Relaxed) {
            let _state = self.state();
            self.changed.notify_all();
        }
    }

    /// Takes note that the intake has room again, or that the committer's state has changed.
    pub(super) fn freed(&self) {
        self.state().freed += 1;
        self.changed.notify_all();
    }

    /// Returns how often space was freed so far.
    pub(super) fn freed_count(&self) -> u64 {
        self.state().freed
    }

    /// Waits until space was freed more often than `count` times; returns whether it was in time.
    pub(super) fn wait_for_room(&self, count: u64, deadline: Instant) -> bool {
        self.wait_until(deadline, |state| (state.freed != count).then_some(())).is_some()
    }

    /// Waits until records before this number are in day files, unless the committer can't write at
    /// present; returns whether they are.
    pub(super) fn wait_committed(&self, seq: u64, deadline: Instant) -> bool {
        if self.committed() < seq {
            self.rouse_committer();
            let is_stuck = || self.committer_is_stuck.load(Ordering::Relaxed);
            let done = |_: &State| (self.committed() >= seq || is_stuck()).then_some(());
            self.wait_until(deadline, done);
        }
        self.committed() >= seq
    }

    /// Takes note of whether the committer can't write at present.
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

    /// Takes note that records before this number are on disk.
    pub(super) fn synced_to(&self, seq: u64) {
        let mut state = self.state();
        self.synced.fetch_max(seq, Ordering::Release);
        state.followers.iter().for_each(|(_, thread)| thread.unpark());
        if state.failure.as_ref().is_some_and(|failure| failure.before <= seq) {
            state.failure = None;
        }
        self.wake(state, seq);
    }

    /// Takes note that records before `failure.before` could not be synced. Wakes foreign code, so
    /// no lock may be held.
    pub(super) fn failed(&self, failure: SyncFailure) {
        let mut state = self.state();
        let seq = failure.before;
        state.failure = Some(failure);
        state.failures += 1;
        state.is_unsynced = true;
        self.wake(state, seq);
    }

    /// Takes note that all that a failed sync had left is on disk.
    pub(super) fn recovered(&self) {
        let mut state = self.state();
        (state.is_unsynced, state.failure) = (false, None);
    }

    /// Takes note that records were lost before they could reach a day file. What waits for them gets an
    /// error, now and later.
    pub(super) fn lost(&self, seqs: Range<u64>, path: &Path, reason: &str) {
        let source = Arc::new(io::Error::new(io::ErrorKind::InvalidData, reason));
        let failure = SyncFailure { path: path.to_owned(), source, before: seqs.end };
        let end = seqs.end;
        let mut state = self.state();
        state.lost.push((seqs, failure));
        self.has_lost.store(true, Ordering::Release);
        self.wake(state, end);
    }

    /// Returns whether a record is on disk.
    fn is_synced(&self, seq: u64) -> bool {
        seq < self.synced() && !self.has_lost.load(Ordering::Acquire)
    }

    /// Wakes the threads and tasks that wait for records before this number.
    fn wake(&self, mut state: MutexGuard<'_, State>, seq: u64) {
        let (ready, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut state.wakers).into_iter().partition(|(at, _)| *at < seq);
        state.wakers = others;
        drop(state);
        self.changed.notify_all();
        wake_all(ready);
    }

    /// Has a follower's thread unparked each time that more records are on disk. Returns its id.
    pub(super) fn add_follower(&self, thread: Thread) -> u64 {
        let mut state = self.state();
        let number = state.next_follower_id;
        state.next_follower_id += 1;
        state.followers.push((number, thread));
        number
    }

    /// Removes the follower with this id.
    pub(super) fn remove_follower(&self, number: u64) {
        self.state().followers.retain(|(follower, _)| *follower != number);
    }

    fn outcome(&self, state: &State, seq: u64) -> Option<Result<(), NotSynced>> {
        if let Some((_, failure)) = state.lost.iter().find(|(seqs, _)| seqs.contains(&seq)) {
            return Some(Err(NotSynced::Failed(failure.clone())));
        }
        if seq < self.synced() {
            return Some(Ok(()));
        }
        if let Some(failure) = state.failure.as_ref().filter(|failure| seq < failure.before) {
            return Some(Err(NotSynced::Failed(failure.clone())));
        }
        state.is_over.then_some(Err(NotSynced::NotYet))
    }

    /// Waits until a record is on disk.
    pub(crate) fn wait_synced(&self, seq: u64, timeout: Duration) -> Result<(), NotSynced> {
        self.wait_for_outcome(seq, timeout, |state| self.outcome(state, seq))
    }

    /// Waits until a record is on disk. While a failed sync has left others behind, that is its
    /// outcome, too.
    pub(crate) fn wait_synced_or_failed(&self, seq: u64, timeout: Duration) -> Result<(), NotSynced> {
        self.wait_for_outcome(seq, timeout, |state| {
            let failure = state.failure.clone().filter(|_| state.is_unsynced);
            self.outcome(state, seq).or_else(|| failure.map(|failure| Err(NotSynced::Failed(failure))))
        })
    }

    /// Waits until a record is on disk, or a sync fails from now on: a failed one is tried again.
    pub(super) fn wait_synced_anew(&self, seq: u64, timeout: Duration) -> Result<(), NotSynced> {
        let before = self.state().failures;
        self.wait_for_outcome(seq, timeout, |state| match self.outcome(state, seq) {
            Some(Err(NotSynced::Failed(_))) if state.is_unsynced && state.failures == before => None,
            outcome => outcome,
        })
    }

    fn wait_for_outcome(
        &self,
        seq: u64,
        timeout: Duration,
        outcome: impl Fn(&State) -> Option<Result<(), NotSynced>>,
    ) -> Result<(), NotSynced> {
        if self.is_synced(seq) {
            return Ok(());
        }
        self.want(seq);
        self.wait_until(deadline_after(timeout), outcome).unwrap_or(Err(NotSynced::NotYet))
    }

    /// Polls whether a record is on disk.
    pub(crate) fn poll_synced(&self, seq: u64, context: &mut Context<'_>) -> Poll<Result<(), NotSynced>> {
        if self.is_synced(seq) {
            return Poll::Ready(Ok(()));
        }
        // Foreign code: it is cloned, and dropped, outside of the lock.
        let waker = context.waker().clone();
        {
            let mut state = self.state();
            if let Some(outcome) = self.outcome(&state, seq) {
                return Poll::Ready(outcome);
            }
            if !state.wakers.iter().any(|(at, known)| *at == seq && known.will_wake(&waker)) {
                state.wakers.push((seq, waker));
            }
        }
        self.want(seq);
        Poll::Pending
    }

    /// Asks the syncer to sync a record now.
    fn want(&self, seq: u64) {
        {
            let mut state = self.state();
            state.wanted = state.wanted.max(seq + 1);
        }
        self.changed.notify_all();
        self.rouse_committer();
    }

    /// Returns whether a caller waits for a record that is not on disk.
    pub(super) fn is_sync_wanted(&self) -> bool {
        self.wants(&self.state())
    }

    fn wants(&self, state: &State) -> bool {
        let done = state.failure.as_ref().map_or(0, |failure| failure.before).max(self.synced());
        state.wanted > done
    }

    /// Has [`wait_for_sync`](Progress::wait_for_sync) return at once.
    pub(super) fn call_syncer(&self) {
        self.state().is_syncer_called = true;
        self.changed.notify_all();
    }

    /// Waits until it is time to sync: `interval` after a commit, or at once if a caller waits. Returns
    /// false when the journal is closed.
    pub(super) fn wait_for_sync(&self, interval: impl Fn() -> Duration) -> bool {
        let mut state = self.state();
        let mut due = None;
        loop {
            if state.is_over {
                return false;
            }
            if std::mem::take(&mut state.is_syncer_called) {
                return true;
            }
            let is_behind = self.synced() < self.committed();
            // A record that is not in a day file yet can't be synced.
            if is_behind && (state.is_unsynced || self.wants(&state)) {
                return true;
            }
            if is_behind {
                let due = *due.get_or_insert_with(|| deadline_after(interval()));
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

    /// Ends all waiting: the journal is closed.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.is_over = true;
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.changed.notify_all();
        wake_all(wakers);
        self.rouse_committer();
    }

    /// Waits for `time`, or until the journal is closed.
    pub(super) fn wait_until_over(&self, time: Duration) {
        self.wait_until(deadline_after(time), |state| state.is_over.then_some(()));
    }

    /// Returns whether the journal is closed.
    pub(super) fn is_over(&self) -> bool {
        self.state().is_over
    }
}

/// Wakes tasks. A waker is foreign code: if one panics, the others are woken all the same, and the
/// thread that syncs goes on.
fn wake_all(wakers: Vec<(u64, Waker)>) {
    for (_, waker) in wakers {
        caught(|| waker.wake()).unwrap_or(());
    }
}
