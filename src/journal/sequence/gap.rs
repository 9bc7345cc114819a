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
        self.spans(ts, ts);
        self.names(event);
    }

    /// Adds what is in a `log.gap` that was not told.
    pub(crate) fn add_record(&mut self, record: &Record) {
        let resource = &record.resource;
        let time = |key: &str| resource.get(key)?.as_str()?.parse::<Timestamp>().ok();
        if let Some(count) = resource.get("count").and_then(Value::as_u64)
            && let Some((first, last)) = time("first_ts").zip(time("last_ts"))
        {
            self.count += count;
            self.spans(first, last);
            let events = resource.get("events").and_then(Value::as_array).unwrap_or_default();
            events.iter().filter_map(Value::as_str).for_each(|event| self.names(event));
        }
    }

    fn spans(&mut self, from: Timestamp, to: Timestamp) {
        let (first, last) = self.times.get_or_insert((from, to));
        (*first, *last) = (from.min(*first), to.max(*last));
    }

    fn names(&mut self, event: &str) {
        let event = prefix(event, LONGEST);
        if self.events.len() < NAMED && !self.events.iter().any(|named| named == event) {
            self.events.push(event.to_owned());
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
