//! What a journal has done since it was opened, to be read without its lock, which a disk may hold up.

use crate::error::AppendError;
use crate::journal::intake::{Fill, Mapped};
use crate::journal::sequence::gap::Gap;
use crate::lock::lock;
use crate::record::Timestamp;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a journal has done since it was opened, and the events that were refused while the lock was held.
#[derive(Debug, Default)]
pub(in crate::journal) struct Tally {
    recorded: AtomicU64,
    refused: AtomicU64,
    bytes: AtomicU64,
    gaps: AtomicU64,
    /// The number of the next record.
    next_seq: AtomicU64,
    is_pruning_suspended: AtomicBool,
    last_error: Mutex<Option<(Timestamp, AppendError)>>,
    /// `None` without an intake.
    fill: Mutex<Option<Fill<Mapped>>>,
    /// Whether `outside` counts events.
    has_outside: AtomicBool,
    /// The events that were refused by callers that did not get the lock.
    outside: Mutex<Gap>,
}

impl Tally {
    /// Counts a record. One thread at a time does.
    #[inline]
    pub(super) fn appended(&self, bytes: usize, next_seq: u64) {
        add(&self.bytes, bytes as u64);
        self.next_seq.store(next_seq, Ordering::Release);
    }

    /// Counts an event of a caller that was appended. One thread at a time does.
    #[inline]
    pub(super) fn recorded(&self) {
        add(&self.recorded, 1);
    }

    /// Counts a `log.gap`. One thread at a time does.
    pub(super) fn gap_told(&self) {
        add(&self.gaps, 1);
    }

    /// Counts an event of a caller that could not be appended.
    pub(super) fn refused(&self, now: Timestamp, error: &AppendError) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        *lock(&self.last_error) = Some((now, error.clone()));
    }

    /// Adds an event to those that the next thread with the lock adds to the gap.
    pub(super) fn refused_outside(&self, now: Timestamp, event: &str) {
        lock(&self.outside).add(now, event);
        self.has_outside.store(true, Ordering::Release);
    }

    /// Returns whether events were refused by callers that did not get the lock.
    #[inline]
    pub(super) fn has_outside(&self) -> bool {
        self.has_outside.load(Ordering::Relaxed)
    }

    /// Takes the events that were refused by callers that did not get the lock.
    pub(super) fn take_outside(&self) -> Gap {
        self.has_outside.store(false, Ordering::Relaxed);
        std::mem::take(&mut *lock(&self.outside))
    }

    /// Has the number of the next record.
    pub(super) fn begin(&self, next_seq: u64) {
        self.next_seq.store(next_seq, Ordering::Release);
    }

    /// Lines go through this intake, or through none, from now on.
    pub(super) fn set_intake(&self, fill: Option<Fill<Mapped>>) {
        *lock(&self.fill) = fill;
    }

    pub(super) fn set_pruning_suspended(&self, is_suspended: bool) {
        self.is_pruning_suspended.store(is_suspended, Ordering::Relaxed);
    }

    pub(in crate::journal) fn next_seq(&self) -> u64 {
        self.next_seq.load(Ordering::Acquire)
    }

    pub(in crate::journal) fn counts(&self) -> Counts {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts {
            recorded: load(&self.recorded),
            refused: load(&self.refused),
            bytes: load(&self.bytes),
            gaps: load(&self.gaps),
            last_error: lock(&self.last_error).clone(),
        }
    }

    pub(in crate::journal) fn is_pruning_suspended(&self) -> bool {
        self.is_pruning_suspended.load(Ordering::Relaxed)
    }

    /// Returns how many bytes the intake contains; `None` without an intake.
    pub(in crate::journal) fn intake_fill(&self) -> Option<u64> {
        lock(&self.fill).as_ref().map(Fill::bytes)
    }
}

/// Adds to a counter that no other thread changes at the same time, which is cheaper than an atomic addition.
#[inline]
fn add(count: &AtomicU64, more: u64) {
    count.store(count.load(Ordering::Relaxed) + more, Ordering::Relaxed);
}

/// What a journal has counted since it was opened.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    pub(crate) recorded: u64,
    pub(crate) refused: u64,
    pub(crate) bytes: u64,
    pub(crate) gaps: u64,
    pub(crate) last_error: Option<(Timestamp, AppendError)>,
}
