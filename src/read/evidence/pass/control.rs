//! What a log says about itself.

use crate::read::stats::{Parts, Place};
use crate::record::{Timestamp, VIOLATIONS};
use serde_json::{Map, Value};

/// A longer record is not kept, in bytes.
const LONGEST: usize = 64 << 10;

/// A record `log.*`.
#[derive(Clone, Debug)]
pub(in crate::read::evidence) struct Control {
    pub(in crate::read::evidence) event: Box<str>,
    pub(in crate::read::evidence) ts: Timestamp,
    pub(in crate::read::evidence) seq: Option<u64>,
    /// The time of the record before it.
    pub(in crate::read::evidence) before: Option<Timestamp>,
    resource: Map<String, Value>,
}

/// Records of these types come in great numbers, and are only counted.
const MANY: [&str; 2] = ["log.heartbeat", "log.checkpoint"];

impl Control {
    /// Reads a record; `None` if it is not the log's own, or one of those that are only counted.
    pub(super) fn read(place: Place, parts: &Parts<'_>) -> Option<Control> {
        let Parts { event, resource, .. } = parts;
        if !event.starts_with("log.") || MANY.contains(&&**event) {
            return None;
        }
        // A record of the log is no longer; a forged one may be, and says nothing then.
        let resource = resource.filter(|resource| resource.len() <= LONGEST).unwrap_or(b"{}");
        let resource = serde_json::from_slice::<Map<String, Value>>(resource).unwrap_or_default();
        // One with violations is an event of the application's that has this name.
        let is_own = !resource.contains_key(VIOLATIONS);
        is_own.then(|| Control {
            event: (&**event).into(),
            ts: place.ts,
            seq: place.seq,
            before: None,
            resource,
        })
    }

    pub(super) fn before(&mut self, before: Option<Timestamp>) {
        self.before = self.before.or(before);
    }

    pub(in crate::read::evidence) fn is(&self, event: &str) -> bool {
        &*self.event == event
    }

    pub(in crate::read::evidence) fn get(&self, key: &str) -> Option<&Value> {
        self.resource.get(key)
    }

    pub(in crate::read::evidence) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    pub(in crate::read::evidence) fn number(&self, key: &str) -> Option<u64> {
        self.get(key)?.as_u64()
    }

    pub(in crate::read::evidence) fn time(&self, key: &str) -> Option<Timestamp> {
        self.text(key)?.parse().ok()
    }
}
