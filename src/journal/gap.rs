//! What could not be recorded, until the journal can say so.

use crate::record::{Outcome, Record, Timestamp, prefix};

/// How much of an event type is named, in bytes.
const LONGEST: usize = 128;

/// How many event types are named.
const NAMED: usize = 32;

#[derive(Debug, Default)]
pub(crate) struct Gap {
    count: u64,
    times: Option<(Timestamp, Timestamp)>,
    events: Vec<String>,
}

impl Gap {
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Counts a record that was refused at `ts`.
    pub(crate) fn add(&mut self, ts: Timestamp, event: &str) {
        self.count += 1;
        let (first, last) = self.times.get_or_insert((ts, ts));
        (*first, *last) = (ts.min(*first), ts.max(*last));
        let event = prefix(event, LONGEST);
        if self.events.len() < NAMED && !self.events.iter().any(|named| named == event) {
            self.events.push(event.to_owned());
        }
    }

    /// `log.gap`, if there is one.
    pub(crate) fn record(&self) -> Option<Record> {
        let (first, last) = self.times?;
        let record = Record::new("log.gap")
            .resource("count", self.count)
            .resource("first_ts", first.to_string())
            .resource("last_ts", last.to_string())
            .resource("events", &self.events)
            .outcome(Outcome::Failure);
        Some(record)
    }
}
