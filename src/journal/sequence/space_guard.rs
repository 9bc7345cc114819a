//! Whether the disk has enough free space for stores into a mapped intake to be safe.

use crate::journal::intake::{Mapped, Producer};
use crate::journal::settings::LiveSettings;
use crate::journal::storage::Directory;
use crate::record::Timestamp;
use crate::report::{Level, Reports};
use std::sync::Arc;
use std::time::Duration;

/// Checks the free space before stores into a mapped intake; while there is too little, the
/// intake is written by system calls, which can fail, instead of stores, which can't.
#[derive(Debug)]
pub(in crate::journal) struct SpaceGuard {
    directory: Arc<dyn Directory>,
    reports: Arc<Reports>,
    settings: Arc<LiveSettings>,
    /// The time of the next check.
    due: Option<Timestamp>,
    had_space: bool,
}

impl SpaceGuard {
    /// The time between two checks.
    const INTERVAL: Duration = Duration::from_millis(10);

    pub(in crate::journal) fn new(
        directory: Arc<dyn Directory>,
        reports: Arc<Reports>,
        settings: Arc<LiveSettings>,
    ) -> SpaceGuard {
        SpaceGuard { directory, reports, settings, due: None, had_space: true }
    }

    /// Returns whether a check is due at that time.
    #[inline]
    pub(in crate::journal) fn is_due(&self, now: Timestamp) -> bool {
        self.due.is_none_or(|due| now >= due || due > now.saturating_add(Self::INTERVAL))
    }

    /// Checks the free space. Only the thread that appends may call this.
    #[cold]
    pub(in crate::journal) fn check(&mut self, now: Timestamp, intake: &mut Producer<Mapped>) {
        self.due = Some(now.saturating_add(Self::INTERVAL));
        let least = self.settings.load().disk_critical_bytes.max(intake.memory().len());
        let mark = if self.had_space { least } else { least.saturating_add(least / 4) };
        // If the system doesn't tell, there is enough.
        let free = self.directory.free_space().ok().flatten();
        let has_space = free.is_none_or(|free| free >= mark);
        if has_space == intake.memory().is_by_calls() {
            intake.memory().has_space(has_space);
        }
        if let Some(free) = free
            && std::mem::replace(&mut self.had_space, has_space)
            && !has_space
        {
            // Refused events must be noted on a full disk, too.
            intake.write_notes_again().unwrap_or(());
            let path = self.directory.path().display();
            self.reports.post(Level::Warn, || {
                format!("the disk of {path} has {free} bytes left: until there are more, each event costs system calls")
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
        let settings = Arc::new(LiveSettings::from_pointee(settings));
        let mut guard = SpaceGuard::new(Arc::new(directory.clone()), Reports::new(), settings);
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
            guard.check(now, &mut intake);
            assert_eq!(intake.memory().is_by_calls(), is_by_calls, "{room:?}");
            assert!(!guard.is_due(now), "not again at once");
            now = now.saturating_add(SpaceGuard::INTERVAL);
        }
        // A clock that is set back does not keep it from looking.
        assert!(guard.is_due("2020-01-01T00:00:00.000000000Z".parse().unwrap()));
    }
}
