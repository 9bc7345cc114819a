//! What could not be recorded, until the journal can say so.

use crate::record::{Outcome, Record, Timestamp, Value, prefix};

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

    /// Adds what is in a `log.gap` that was not told.
    pub(crate) fn add_record(&mut self, record: &Record) {
        let time = |key: &str| record.resource.get(key)?.as_str()?.parse::<Timestamp>().ok();
        let (Some(count), Some(first), Some(last)) =
            (record.resource.get("count").and_then(Value::as_u64), time("first_ts"), time("last_ts"))
        else {
            return;
        };
        let before = self.count;
        self.add(first, "");
        self.add(last, "");
        self.count = before + count;
        self.events.retain(|event| !event.is_empty());
        if let Some(Value::Array(events)) = record.resource.get("events") {
            let known = std::mem::take(&mut self.events);
            let told = events.iter().filter_map(Value::as_str).map(str::to_owned);
            self.events = told.chain(known).collect();
            self.events.dedup();
            self.events.truncate(NAMED);
        }
    }

    /// The line of a `log.gap` of so many bytes at the most: with fewer of the event types, if
    /// need be.
    pub(crate) fn line_within(&self, bytes: usize, line: impl Fn(&Record) -> String) -> Option<String> {
        let mut short = Gap { events: self.events.clone(), ..*self };
        loop {
            let line = line(&short.record()?);
            if line.len() <= bytes {
                return Some(line);
            }
            short.events.pop()?;
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
