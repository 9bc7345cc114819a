//! How far witnesses have signed a log.

use crate::record::Timestamp;
use serde::Serialize;
use std::fmt;

/// What one of the witnesses has signed that were given to [`Verify::witness`](crate::read::Verify::witness).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WitnessFacts {
    /// The name of the witness.
    pub name: String,
    /// Its key, as it was given.
    pub key: String,
    /// How many checkpoints of this log it has signed, each counted once: those that were given as anchors, and those in the
    /// directory. One that the lines contradict does not count.
    pub checkpoints: u64,
    /// How many records the largest tree has among these.
    pub size: Option<u64>,
    /// When it has signed that one, in seconds since 1970, as it says itself.
    pub unix_time: Option<u64>,
}

/// `witness.example/w1 has signed 3 checkpoints; the newest is about 120 records, at 2026-05-28T09:30:00.000000000Z`
impl fmt::Display for WitnessFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has signed {} checkpoints", self.name.escape_debug(), self.checkpoints)?;
        if let (Some(size), Some(time)) = (self.size, self.unix_time) {
            let time = Timestamp::from_unix_nanos(i128::from(time) * 1_000_000_000);
            write!(f, "; the newest is about {size} records, at {time}")?;
        }
        Ok(())
    }
}
