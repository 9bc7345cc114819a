//! When the clocks, the files and the disk are checked: not at every record, which would cost too
//! much, but at the first record that comes a quarter of a second after the last check.

use crate::record::Timestamp;
use std::time::Duration;

/// The time between two checks.
const INTERVAL: Duration = Duration::from_millis(250);

/// The time between two checks of the free space.
const SPACE_INTERVAL: Duration = Duration::from_secs(1);

/// Says when a check is due.
#[derive(Debug)]
pub(in crate::journal) struct Schedule {
    /// The last time that the clock has shown.
    seen: Timestamp,
    due: Timestamp,
    space_due: Timestamp,
}

impl Schedule {
    pub(in crate::journal) fn new(now: Timestamp) -> Schedule {
        Schedule { seen: now, due: now, space_due: now }
    }

    /// Returns whether a check is due, as it is when the clock goes back.
    #[inline]
    pub(in crate::journal) fn is_due(&self, now: Timestamp) -> bool {
        now < self.seen || now >= self.due
    }

    /// Remembers that a record was appended at that time.
    #[inline]
    pub(in crate::journal) fn appended(&mut self, now: Timestamp) {
        self.seen = now;
    }

    /// Returns the last time that the clock has shown.
    pub(in crate::journal) fn seen(&self) -> Timestamp {
        self.seen
    }

    /// Remembers that all was checked at that time.
    pub(in crate::journal) fn checked(&mut self, now: Timestamp) {
        (self.seen, self.due) = (now, now.saturating_add(INTERVAL));
    }

    /// Returns whether a check of the free space is due, which the caller then makes.
    pub(in crate::journal) fn is_due_for_space(&mut self, now: Timestamp) -> bool {
        let is_due = now < self.seen || now >= self.space_due;
        if is_due {
            self.space_due = now.saturating_add(SPACE_INTERVAL);
        }
        is_due
    }
}
