//! What keeps the threads of a journal in step. The model checker puts its own in this place
//! (`tests/fixtures/model`), and runs the very code of the intake's ring and of the progress.

pub(super) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
pub(super) use std::sync::{Condvar, Mutex, MutexGuard, OnceLock};
pub(super) use std::thread::{Thread, park, park_timeout};
