//! When the sequencer looks around: not at every record, for that costs, but within a
//! quarter of a second of the first one after something has happened.

use crate::record::Timestamp;
use std::time::Duration;

/// How long nobody looks, and how many records at the most.
const AGAIN: Duration = Duration::from_millis(250);
const RECORDS: u32 = 256;

/// How long the space on the disk is not asked for.
const SPACE_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Watch {
    /// What the clock showed last.
    seen: Timestamp,
    due: Timestamp,
    space_due: Timestamp,
    /// How many records since the last look.
    appended: u32,
}

impl Watch {
    pub(super) fn new(now: Timestamp) -> Watch {
        Watch { seen: now, due: now, space_due: now, appended: 0 }
    }

    #[inline]
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        now < self.seen || now >= self.due
    }

    /// Whether so much was appended that the open file is to be looked at, whatever the
    /// time.
    #[inline]
    pub(super) fn is_much_appended(&self) -> bool {
        self.appended >= RECORDS
    }

    /// The open file was looked at.
    pub(super) fn looked_at_file(&mut self) {
        self.appended = 0;
    }

    #[inline]
    pub(super) fn appended(&mut self, now: Timestamp) {
        self.seen = now;
        self.appended += 1;
    }

    /// What the clock showed last.
    pub(super) fn seen(&self) -> Timestamp {
        self.seen
    }

    pub(super) fn looked(&mut self, now: Timestamp) {
        (self.seen, self.due, self.appended) = (now, now.saturating_add(AGAIN), 0);
    }

    pub(super) fn is_due_for_space(&mut self, now: Timestamp) -> bool {
        let is_due = now < self.seen || now >= self.space_due;
        if is_due {
            self.space_due = now.saturating_add(SPACE_AGAIN);
        }
        is_due
    }
}
