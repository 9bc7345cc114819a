//! How full the disk is, and the reserve that is given up when it is full, so that the log can
//! say so.

use crate::journal::Live;
use crate::journal::control_queue::News;
use crate::journal::disk_level::{DiskLevel, RESERVE};
use crate::journal::intake::{Mapped, Producer};
use crate::journal::storage::Directory;
use crate::record::Record;
use crate::record::Timestamp;
use crate::report::{Level, Reports};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Who looks after the disk.
#[derive(Debug)]
pub(in crate::journal) struct Space {
    directory: Arc<dyn Directory>,
    reports: Arc<Reports>,
    live: Arc<Live>,
    news: Arc<News>,
    level: DiskLevel,
    has_reserve: bool,
}

impl Space {
    pub(in crate::journal) fn new(
        directory: Arc<dyn Directory>,
        reports: Arc<Reports>,
        live: Arc<Live>,
        news: Arc<News>,
    ) -> Space {
        Space { directory, reports, live, news, level: DiskLevel::Fine, has_reserve: false }
    }

    /// Looks how much is left.
    pub(in crate::journal) fn look(&mut self) {
        // Where it is not known, or not now.
        let Ok(Some(free)) = self.directory.free_space() else {
            return;
        };
        let (low, critical) = (self.live.disk_low_bytes(), self.live.disk_critical_bytes());
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
        self.news.disk_is(level);
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
        self.news
            .tell(Record::new("log.disk_low").resource("free_bytes", free).resource("level", level.name()));
    }
}

/// Looks, before something is stored in an intake, whether there is space enough for its mapping
/// to be safe.
#[derive(Debug)]
pub(in crate::journal) struct StoreGuard {
    directory: Arc<dyn Directory>,
    reports: Arc<Reports>,
    live: Arc<Live>,
    /// When it is looked again.
    due: Option<Timestamp>,
    had_space: bool,
}

impl StoreGuard {
    /// How long it is not looked.
    const AGAIN: Duration = Duration::from_millis(10);

    pub(in crate::journal) fn new(
        directory: Arc<dyn Directory>,
        reports: Arc<Reports>,
        live: Arc<Live>,
    ) -> StoreGuard {
        StoreGuard { directory, reports, live, due: None, had_space: true }
    }

    /// Whether it is to be looked at that time.
    #[inline]
    pub(in crate::journal) fn is_due(&self, now: Timestamp) -> bool {
        self.due.is_none_or(|due| now >= due || due > now.saturating_add(Self::AGAIN))
    }

    /// Nobody may append meanwhile.
    #[cold]
    pub(in crate::journal) fn look(&mut self, now: Timestamp, intake: &mut Producer<Mapped>) {
        self.due = Some(now.saturating_add(Self::AGAIN));
        let least = self.live.disk_critical_bytes().max(intake.memory().len());
        let mark = if self.had_space { least } else { least.saturating_add(least / 4) };
        // Where it is not known, there is.
        let free = self.directory.free_space().ok().flatten();
        let has_space = free.is_none_or(|free| free >= mark);
        if has_space == intake.memory().is_by_calls() {
            intake.memory().has_space(has_space);
        }
        if let Some(free) = free
            && std::mem::replace(&mut self.had_space, has_space)
            && !has_space
        {
            // What was refused is to be noted on a full disk, too.
            intake.write_notes_again().unwrap_or(());
            let path = self.directory.path().display();
            self.reports.post(Level::Warn, || {
                format!("the disk of the audit log in {path} has {free} bytes left: until there are more, events cost system calls")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intake_is_written_by_calls_while_there_is_little_space() {
        use crate::journal::intake::{CAPACITIES, create};
        use crate::journal::storage::{Mapping, system::mapping_of};
        use crate::journal::tests::files::MemoryDirectory;
        use crate::journal::tests::settings;
        let file = tempfile::tempfile().unwrap();
        if mapping_of(&file).unwrap() == Mapping::Unsafe {
            return;
        }
        let capacity = *CAPACITIES.start();
        let mapped = Mapped::new(file, Mapping::SafeWithSpace, capacity).unwrap();
        let (mut intake, _consumer) = create(mapped, capacity, [0; 16], 0).unwrap();
        let directory = MemoryDirectory::default();
        let settings = crate::journal::Settings { disk_critical_bytes: 1 << 20, ..settings() };
        let live = Arc::new(Live::new(settings));
        let mut guard = StoreGuard::new(Arc::new(directory.clone()), Reports::new(), live);
        let mut now = "2026-05-28T00:00:00.000000000Z".parse::<Timestamp>().unwrap();
        for (room, is_by_calls) in [
            (Some(2 << 20), false),
            (Some((1 << 20) - 1), true),
            (Some(1 << 20), true),
            (Some((1 << 20) + (1 << 18)), false),
            (Some(0), true),
            (None, false),
        ] {
            directory.files().room = room;
            assert!(guard.is_due(now));
            guard.look(now, &mut intake);
            assert_eq!(intake.memory().is_by_calls(), is_by_calls, "{room:?}");
            assert!(!guard.is_due(now), "not again at once");
            now = now.saturating_add(StoreGuard::AGAIN);
        }
        // A clock that is set back does not keep it from looking.
        assert!(guard.is_due("2020-01-01T00:00:00.000000000Z".parse().unwrap()));
    }
}
