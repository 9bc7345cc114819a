//! `.state/mark.json`: what the day files themselves can't say once they are gone, or
//! once the clock was set.
//!
//! ```json
//! {"version":1,"next_seq":42,"file":"audit-2026-05-28.log","kept_from":0,
//!  "wall":"2026-05-28T09:30:00.123456789Z","monotonic_ns":5021000000000,
//!  "boot":"24c9fcd6-68eb-4877-9fb3-ccc06cbf8087","pruning_suspended":null}
//! ```
//!
//! It is written when the journal is opened and closed, when a file begins, when
//! the clock was set, and every ten seconds in which there are events. It may be behind
//! the day files, never ahead of what was appended to them: where it says more than
//! they do, they have lost something.

use super::directory::Directory;
use super::layout::MARK;
use super::timeline::Reading;
use crate::record::Timestamp;
use serde::{Deserialize, Serialize};
use std::io;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    version: u32,
    /// The number that the next record was to have.
    pub(super) next_seq: u64,
    /// The file that was appended to.
    pub(super) file: Option<String>,
    /// Records before this number were pruned.
    pub(super) kept_from: u64,
    wall: String,
    monotonic_ns: Option<u64>,
    boot: Option<String>,
    /// Why nothing is pruned.
    pub(super) pruning_suspended: Option<String>,
}

impl Mark {
    pub(super) fn new(next_seq: u64, kept_from: u64, now: Reading, boot: Option<&str>) -> Mark {
        Mark {
            version: 1,
            next_seq,
            file: None,
            kept_from,
            wall: now.wall.to_string(),
            monotonic_ns: now.monotonic.and_then(|since| u64::try_from(since.as_nanos()).ok()),
            boot: boot.map(str::to_owned),
            pruning_suspended: None,
        }
    }

    /// The last one, if there is one.
    pub(super) fn read(directory: &dyn Directory) -> io::Result<Option<Mark>> {
        let Some(text) = directory.read_state(MARK)? else {
            return Ok(None);
        };
        let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
        let mark = serde_json::from_slice::<Mark>(&text).map_err(|error| invalid(error.to_string()))?;
        if mark.version != 1 {
            return Err(invalid(format!("version {} is not 1, the one that is known here", mark.version)));
        }
        mark.wall.parse::<Timestamp>().map_err(|error| invalid(error.to_string()))?;
        Ok(Some(mark))
    }

    pub(super) fn write(&self, directory: &dyn Directory) -> io::Result<()> {
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        directory.write_state(MARK, &text)
    }

    /// Both clocks as they were, if the monotonic one has gone on since.
    pub(super) fn same_boot(&self, boot: Option<&str>, now: Reading) -> Option<Reading> {
        let (before, wall) = (self.boot.as_deref()?, self.wall.parse().ok()?);
        let monotonic = Duration::from_nanos(self.monotonic_ns?);
        (boot == Some(before) && now.monotonic >= Some(monotonic))
            .then_some(Reading { wall, monotonic: Some(monotonic) })
    }
}
