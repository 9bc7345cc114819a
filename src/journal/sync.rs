//! The atomics, locks and parking that keep a journal's threads in step.
//!
//! The model checker (`tests/fixtures/model`) replaces this file by its own, and runs the code of the
//! intake's ring and of [`Progress`](super::progress::Progress) as it is.

pub(super) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
pub(super) use std::sync::{Condvar, Mutex, MutexGuard, OnceLock};
pub(super) use std::thread::{Thread, park, park_timeout};
