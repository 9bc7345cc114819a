//! Which record says something.

use super::super::super::pass::control::Control;
use crate::record::Timestamp;
use serde::Serialize;

/// A record of the log about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Said {
    /// Its event type.
    pub event: String,
    /// Its time.
    pub ts: Timestamp,
    /// Its number.
    pub seq: Option<u64>,
}

impl Said {
    pub(in crate::read::evidence) fn of(control: &Control) -> Said {
        Said { event: control.event.to_string(), ts: control.ts, seq: control.seq }
    }
}
