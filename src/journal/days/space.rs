//! How full the disk is, and the reserve, which is given up on a full disk so that the log can
//! record it.

use crate::journal::control_queue::ControlQueue;
use crate::journal::disk_level::{DiskLevel, RESERVE};
use crate::journal::settings::LiveSettings;
use crate::journal::storage::Directory;
use crate::record::Record;
use crate::report::{Level, Reports};
use std::io;
use std::sync::Arc;

/// Watches the free space of the disk.
#[derive(Debug)]
pub(super) struct Space {
    directory: Arc<dyn Directory>,
    reports: Arc<Reports>,
    settings: Arc<LiveSettings>,
    control_queue: Arc<ControlQueue>,
    level: DiskLevel,
    has_reserve: bool,
}

impl Space {
    pub(super) fn new(
        directory: Arc<dyn Directory>,
        reports: Arc<Reports>,
        settings: Arc<LiveSettings>,
        control_queue: Arc<ControlQueue>,
    ) -> Space {
        Space { directory, reports, settings, control_queue, level: DiskLevel::Fine, has_reserve: false }
    }

    /// Checks the free space, if the system tells, and allocates the reserve if it is missing.
    pub(super) fn check(&mut self) {
        let Ok(Some(free)) = self.directory.free_space() else {
            return;
        };
        let (low, critical) = {
            let settings = self.settings.load();
            (settings.disk_low_bytes, settings.disk_critical_bytes)
        };
        self.set_level(DiskLevel::with(free, low, critical, self.level), free);
        if !self.has_reserve && self.level < DiskLevel::Full && free >= 4 * RESERVE {
            self.has_reserve = self.directory.reserve(RESERVE).is_ok();
        }
    }

    /// Releases the reserve if something could not be written because the disk is full. The space
    /// that this frees is enough to record it.
    pub(super) fn failed(&mut self, error: &io::Error) {
        use io::ErrorKind::{QuotaExceeded, StorageFull};
        if self.level == DiskLevel::Full || !matches!(error.kind(), StorageFull | QuotaExceeded) {
            return;
        }
        let free = self.directory.free_space().ok().flatten().unwrap_or(0);
        if self.directory.reserve(0).is_ok() {
            self.has_reserve = false;
        }
        self.set_level(DiskLevel::Full, free);
    }

    fn set_level(&mut self, level: DiskLevel, free: u64) {
        let before = std::mem::replace(&mut self.level, level);
        self.control_queue.set_disk_level(level);
        if level <= before {
            return;
        }
        let path = self.directory.path().display();
        let (severity, state) = match level {
            DiskLevel::Full => (Level::Error, "is full"),
            _ => (Level::Warn, "is almost full"),
        };
        self.reports.post(severity, || format!("the disk of {path} {state}: {free} bytes left"));
        self.control_queue
            .push(Record::new("log.disk_low").resource("free_bytes", free).resource("level", level.name()));
    }
}
