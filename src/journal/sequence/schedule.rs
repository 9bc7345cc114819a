//! When the sequencer looks around: not at every record, for that costs, but within a
//! quarter of a second of the first one after something has happened.

use crate::record::Timestamp;
use std::time::Duration;

/// How long nobody looks.
const AGAIN: Duration = Duration::from_millis(250);

/// How long the space on the disk is not asked for.
const SPACE_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(in crate::journal) struct Watch {
    /// What the clock showed last.
    seen: Timestamp,
    due: Timestamp,
    space_due: Timestamp,
}

impl Watch {
    pub(in crate::journal) fn new(now: Timestamp) -> Watch {
        Watch { seen: now, due: now, space_due: now }
    }

    #[inline]
    pub(in crate::journal) fn is_due(&self, now: Timestamp) -> bool {
        now < self.seen || now >= self.due
    }

    #[inline]
    pub(in crate::journal) fn appended(&mut self, now: Timestamp) {
        self.seen = now;
    }

    /// What the clock showed last.
    pub(in crate::journal) fn seen(&self) -> Timestamp {
        self.seen
    }

    pub(in crate::journal) fn looked(&mut self, now: Timestamp) {
        (self.seen, self.due) = (now, now.saturating_add(AGAIN));
    }

    pub(in crate::journal) fn is_due_for_space(&mut self, now: Timestamp) -> bool {
        let is_due = now < self.seen || now >= self.space_due;
        if is_due {
            self.space_due = now.saturating_add(SPACE_AGAIN);
        }
        is_due
    }
}
