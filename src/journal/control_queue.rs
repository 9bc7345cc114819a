//! What there is to say of the day files, on its way from those who write them to the one
//! who gives numbers.

use crate::journal::disk_level::DiskLevel;
use crate::record::Record;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

#[derive(Debug, Default)]
pub(super) struct News {
    any: AtomicBool,
    records: Mutex<Vec<Record>>,
    has_begun: AtomicBool,
    disk_level: AtomicU8,
}

impl News {
    pub(super) fn tell(&self, record: Record) {
        self.records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
        self.any.store(true, Ordering::Release);
    }

    #[inline]
    pub(super) fn any(&self) -> bool {
        self.any.load(Ordering::Relaxed)
    }

    /// What was told since this was asked last.
    pub(super) fn take(&self) -> Vec<Record> {
        if !self.any.swap(false, Ordering::Acquire) {
            return Vec::new();
        }
        std::mem::take(&mut *self.records.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How full the disk is.
    pub(super) fn disk_level(&self) -> DiskLevel {
        DiskLevel::of_number(self.disk_level.load(Ordering::Relaxed))
    }

    pub(super) fn disk_is(&self, level: DiskLevel) {
        self.disk_level.store(level as u8, Ordering::Relaxed);
    }

    /// A file has begun.
    pub(super) fn begun(&self) {
        self.has_begun.store(true, Ordering::Relaxed);
    }

    /// Whether a file has begun since this was asked last: others may have become too old.
    #[inline]
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed) && self.has_begun.swap(false, Ordering::Relaxed)
    }
}
