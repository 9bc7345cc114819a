//! From which day retention counts in a journal that is not open, or that another process has open.

use crate::journal::clock::{Clock as _, Reading, SystemClock};
use crate::journal::sequence::timeline::{Past, Timeline};
use crate::journal::state::checkpoint::SavedCheckpoint;
use crate::record::Timestamp;
use std::io;

/// What a journal knows of the time, without being opened.
#[derive(Clone, Debug)]
pub(crate) struct Today {
    /// The time from which retention counts.
    pub(crate) time: Timestamp,
    /// What the system's clock shows.
    pub(crate) clock: Timestamp,
    /// Why nothing is pruned.
    pub(crate) suspended: Option<String>,
}

impl Today {
    /// `checkpoint` is what `.state/mark.json` contains, `last` the time of the last record.
    ///
    /// # Errors
    ///
    /// The checkpoint can't be.
    pub(crate) fn of(checkpoint: Option<&[u8]>, last: Option<Timestamp>) -> io::Result<Today> {
        let saved = checkpoint.map(SavedCheckpoint::parse).transpose()?;
        let now = Reading::of(&SystemClock);
        let mut past = Past { last, ..Past::default() };
        if let Some(saved) = &saved {
            past.same_boot = saved.same_boot(SystemClock.boot_id().as_deref(), now);
            past.suspended.clone_from(&saved.pruning_suspended);
        }
        let (timeline, _) = Timeline::begin(past, now);
        let suspended = timeline.suspended().map(str::to_owned);
        Ok(Today { time: timeline.time_for_retention(now), clock: now.wall, suspended })
    }
}
