//! Locks that outlive a panic.
//!
//! The values behind this crate's mutexes are complete at every instant, so a panic of a
//! thread that held a lock leaves nothing half-done. Poisoning is therefore ignored.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks `mutex`, poisoned or not.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
