//! How full the disk is, and the reserve that is given up when it is full, so that the log can
//! say so.

use crate::journal::control_queue::ControlQueue;
use crate::journal::disk_level::{DiskLevel, RESERVE};
use crate::journal::settings::LiveSettings;
use crate::journal::storage::Directory;
use crate::record::Record;
use crate::report::{Level, Reports};
use std::io;
use std::sync::Arc;

/// Who looks after the disk.
#[derive(Debug)]
pub(in crate::journal) struct Space {
    directory: Arc<dyn Directory>,
    reports: Arc<Reports>,
    settings: Arc<LiveSettings>,
    control_queue: Arc<ControlQueue>,
    level: DiskLevel,
    has_reserve: bool,
}

impl Space {
    pub(in crate::journal) fn new(
        directory: Arc<dyn Directory>,
        reports: Arc<Reports>,
        settings: Arc<LiveSettings>,
        control_queue: Arc<ControlQueue>,
    ) -> Space {
        Space { directory, reports, settings, control_queue, level: DiskLevel::Fine, has_reserve: false }
    }

    /// Looks how much is left.
    pub(in crate::journal) fn look(&mut self) {
        // Where it is not known, or not now.
        let Ok(Some(free)) = self.directory.free_space() else {
            return;
        };
        let (low, critical) = (self.settings.load().disk_low_bytes, self.settings.load().disk_critical_bytes);
        self.is_at(DiskLevel::with(free, low, critical, self.level), free);
        if !self.has_reserve && self.level < DiskLevel::Full && free >= 4 * RESERVE {
            self.has_reserve = self.directory.reserve(RESERVE).is_ok();
        }
    }

    /// Something could not be written. If the disk is full, the reserve is given up, and the
    /// log says so with what that has freed.
    pub(in crate::journal) fn failed(&mut self, error: &io::Error) {
        use io::ErrorKind::{QuotaExceeded, StorageFull};
        if self.level == DiskLevel::Full || !matches!(error.kind(), StorageFull | QuotaExceeded) {
            return;
        }
        let free = self.directory.free_space().ok().flatten().unwrap_or(0);
        if self.directory.reserve(0).is_ok() {
            self.has_reserve = false;
        }
        self.is_at(DiskLevel::Full, free);
    }

    fn is_at(&mut self, level: DiskLevel, free: u64) {
        let before = std::mem::replace(&mut self.level, level);
        self.control_queue.set_disk_level(level);
        if level <= before {
            return;
        }
        let path = self.directory.path().display();
        let (severity, state) = match level {
            DiskLevel::Full => (Level::Error, "is full"),
            _ => (Level::Warn, "is about to be full"),
        };
        self.reports.post(severity, || {
            format!("the disk of the audit log in {path} {state}: it has {free} bytes left")
        });
        self.control_queue
            .push(Record::new("log.disk_low").resource("free_bytes", free).resource("level", level.name()));
    }
}
