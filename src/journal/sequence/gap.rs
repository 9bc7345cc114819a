//! The gap: the events that were refused since the last `log.gap`.

use crate::record::{Outcome, Record, Timestamp, Value, prefix};

/// The length to which event types are cut, in bytes.
const LONGEST: usize = 128;

/// How many event types are named at most.
const NAMED: usize = 32;

/// Counts refused events.
#[derive(Debug, Default)]
pub(in crate::journal) struct Gap {
    count: u64,
    times: Option<(Timestamp, Timestamp)>,
    events: Vec<String>,
}

impl Gap {
    pub(in crate::journal) fn count(&self) -> u64 {
        self.count
    }

    /// Counts an event that was refused at `ts`.
    pub(in crate::journal) fn add(&mut self, ts: Timestamp, event: &str) {
        self.count += 1;
        self.spans(ts, ts);
        self.names(event);
    }

    /// Adds what a `log.gap` counts that was not appended.
    pub(in crate::journal) fn add_record(&mut self, record: &Record) {
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

    /// Adds the events that another one counts.
    pub(in crate::journal) fn merge(&mut self, other: Gap) {
        self.count += other.count;
        if let Some((first, last)) = other.times {
            self.spans(first, last);
        }
        other.events.iter().for_each(|event| self.names(event));
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

    /// Returns the line of a `log.gap` of at most so many bytes: with fewer event types, if
    /// necessary.
    pub(in crate::journal) fn line_within(
        &self,
        bytes: usize,
        line: impl Fn(&Record) -> String,
    ) -> Option<String> {
        let mut short = Gap { events: self.events.clone(), ..*self };
        loop {
            let line = line(&short.record()?);
            if line.len() <= bytes {
                return Some(line);
            }
            short.events.pop()?;
        }
    }

    /// Returns the `log.gap`; `None` if no event was refused.
    pub(in crate::journal) fn record(&self) -> Option<Record> {
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
