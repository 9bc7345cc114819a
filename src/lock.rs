//! Locks that outlive a panic.
//!
//! The values behind this crate's mutexes are complete at every instant, so a panic of a
//! thread that held a lock leaves nothing half-done. Poisoning is therefore ignored.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Locks `mutex`, poisoned or not.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until `is_done`, and returns whether that was before the deadline. `changed` is notified of changes.
pub(crate) fn wait_until<T>(
    mutex: &Mutex<T>,
    changed: &Condvar,
    deadline: Instant,
    is_done: impl Fn(&T) -> bool,
) -> bool {
    let mut guard = lock(mutex);
    while !is_done(&guard) {
        let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
        else {
            return false;
        };
        (guard, _) = changed.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner);
    }
    true
}
