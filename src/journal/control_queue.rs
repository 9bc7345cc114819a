//! Control records on their way from the threads that see a cause to the sequencer, which numbers
//! them.

use crate::journal::disk_level::DiskLevel;
use crate::lock::lock;
use crate::record::Record;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// A queue of control records, with what else the sequencer and the pruner must know of the day
/// files.
#[derive(Debug, Default)]
pub(super) struct ControlQueue {
    has_records: AtomicBool,
    records: Mutex<Vec<Record>>,
    has_new_file: AtomicBool,
    disk_level: AtomicU8,
}

impl ControlQueue {
    /// Adds a control record.
    pub(super) fn push(&self, record: Record) {
        lock(&self.records).push(record);
        self.has_records.store(true, Ordering::Release);
    }

    /// Returns whether there are control records.
    #[inline]
    pub(super) fn has_records(&self) -> bool {
        self.has_records.load(Ordering::Relaxed)
    }

    /// Removes and returns all control records.
    pub(super) fn take(&self) -> Vec<Record> {
        if !self.has_records.swap(false, Ordering::Acquire) {
            return Vec::new();
        }
        std::mem::take(&mut *lock(&self.records))
    }

    /// Returns how full the disk is.
    pub(super) fn disk_level(&self) -> DiskLevel {
        DiskLevel::of_number(self.disk_level.load(Ordering::Relaxed))
    }

    pub(super) fn set_disk_level(&self, level: DiskLevel) {
        self.disk_level.store(level as u8, Ordering::Relaxed);
    }

    /// Takes note that a day file has begun.
    pub(super) fn file_begun(&self) {
        self.has_new_file.store(true, Ordering::Relaxed);
    }

    /// Returns whether a day file has begun since the last call: others may have expired.
    #[inline]
    pub(super) fn take_new_file(&self) -> bool {
        self.has_new_file.load(Ordering::Relaxed) && self.has_new_file.swap(false, Ordering::Relaxed)
    }
}
