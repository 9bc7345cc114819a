//! `.state/mark.json`: what the day files themselves can't say once they are gone, or
//! once the clock was set.
//!
//! ```json
//! {"version":1,"next_seq":42,"file":"audit-2026-05-28.log","kept_from":0,
//!  "wall":"2026-05-28T09:30:00.123456789Z","monotonic_ns":5021000000000,
//!  "boot":"24c9fcd6-68eb-4877-9fb3-ccc06cbf8087","pruning_suspended":null}
//! ```
//!
//! It is written when the journal is opened and closed, when a file begins, and when the
//! clock was set. It may be behind the day files, never ahead of what was appended to
//! them: where it says more than they do, they have lost something.

use crate::journal::clock::{Clock, Reading};
use crate::journal::storage::Directory;
use crate::journal::storage::layout::{CHECKPOINT, DayFileName};
use crate::journal::storage::state_file::{self, Version, invalid};
use crate::record::Timestamp;
use crate::report::{Level, Reports};
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a journal remembers, while it is open.
#[derive(Debug)]
pub(in crate::journal) struct Bookmark {
    directory: Arc<dyn Directory>,
    reports: Arc<Reports>,
    clock: Arc<dyn Clock>,
    boot: Option<String>,
    standing: Mutex<Standing>,
}

/// Where the journal stands.
#[derive(Clone, Debug, Default)]
pub(in crate::journal) struct Standing {
    pub(in crate::journal) next_seq: u64,
    /// The file with the last record.
    pub(in crate::journal) newest: Option<DayFileName>,
    /// Records before this number were pruned.
    pub(in crate::journal) kept_from: u64,
    /// Why nothing is pruned.
    pub(in crate::journal) pruning_suspended: Option<String>,
    /// The file that could not be synced last.
    pub(in crate::journal) poisoned: Option<String>,
}

impl Bookmark {
    pub(in crate::journal) fn new(
        directory: Arc<dyn Directory>,
        reports: Arc<Reports>,
        clock: Arc<dyn Clock>,
        standing: Standing,
    ) -> Bookmark {
        let boot = clock.boot_id();
        Bookmark { directory, reports, clock, boot, standing: Mutex::new(standing) }
    }

    /// A file has begun.
    pub(in crate::journal) fn begun(&self, name: DayFileName, next_seq: u64) {
        let mut standing = self.standing();
        (standing.newest, standing.next_seq) = (Some(name), next_seq);
        drop(standing);
        self.write();
    }

    /// Records before this number are gone. It is written with what comes next.
    pub(in crate::journal) fn pruned_before(&self, seq: u64) {
        let mut standing = self.standing();
        standing.kept_from = standing.kept_from.max(seq);
    }

    /// Nothing is pruned, for this reason, or something is again.
    pub(in crate::journal) fn suspended(&self, why: Option<&str>) {
        self.standing().pruning_suspended = why.map(str::to_owned);
        self.write();
    }

    /// This file could not be synced: nothing more is appended to it, after a restart either.
    pub(in crate::journal) fn poisoned(&self, name: DayFileName) {
        self.standing().poisoned = Some(name.to_string());
        self.write();
    }

    /// The records before this number are written.
    pub(in crate::journal) fn came_to(&self, next_seq: u64) {
        let mut standing = self.standing();
        standing.next_seq = standing.next_seq.max(next_seq);
        drop(standing);
        self.write();
    }

    pub(in crate::journal) fn newest(&self) -> Option<DayFileName> {
        self.standing().newest
    }

    pub(in crate::journal) fn kept_from(&self) -> u64 {
        self.standing().kept_from
    }

    /// Writes it down, with what the clocks show.
    pub(in crate::journal) fn write(&self) {
        let standing = self.standing().clone();
        let now = Reading::of(&*self.clock);
        let mark = Mark {
            version: Version,
            next_seq: standing.next_seq,
            file: standing.newest.map(|name| name.to_string()),
            kept_from: standing.kept_from,
            wall: now.wall.to_string(),
            monotonic_ns: now.monotonic.and_then(|since| u64::try_from(since.as_nanos()).ok()),
            boot: self.boot.clone(),
            pruning_suspended: standing.pruning_suspended,
            poisoned: standing.poisoned,
        };
        if let Err(error) = mark.write(&*self.directory) {
            let path = self.directory.path();
            self.reports.post(Level::Warn, || {
                format!("could not remember where the audit log in {} stands: {error}", path.display())
            });
        }
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct Mark {
    version: Version,
    /// The number that the next record was to have.
    pub(in crate::journal) next_seq: u64,
    /// The file that was appended to.
    pub(in crate::journal) file: Option<String>,
    /// Records before this number were pruned.
    pub(in crate::journal) kept_from: u64,
    wall: String,
    monotonic_ns: Option<u64>,
    boot: Option<String>,
    /// Why nothing is pruned.
    pub(in crate::journal) pruning_suspended: Option<String>,
    /// The file that could not be synced last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::journal) poisoned: Option<String>,
}

impl Mark {
    /// The last one, if there is one.
    pub(in crate::journal) fn read(directory: &dyn Directory) -> io::Result<Option<Mark>> {
        let Some(text) = directory.read_state(CHECKPOINT)? else {
            return Ok(None);
        };
        let mark = state_file::parse::<Mark>(&text)?;
        mark.wall.parse::<Timestamp>().map_err(|error| invalid(error.to_string()))?;
        Ok(Some(mark))
    }

    fn write(&self, directory: &dyn Directory) -> io::Result<()> {
        directory.write_state(CHECKPOINT, &state_file::to_text(self)?)
    }

    /// Both clocks as they were, if the monotonic one has gone on since.
    pub(in crate::journal) fn same_boot(&self, boot: Option<&str>, now: Reading) -> Option<Reading> {
        let (before, wall) = (self.boot.as_deref()?, self.wall.parse().ok()?);
        let monotonic = Duration::from_nanos(self.monotonic_ns?);
        (boot == Some(before) && now.monotonic >= Some(monotonic))
            .then_some(Reading { wall, monotonic: Some(monotonic) })
    }
}
