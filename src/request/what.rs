//! What is asked.

use crate::journal::state_file::{self, Version};
use crate::record::{Actor, ActorKey, Object, Outcome, Record};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;

/// A request: one line of JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    version: Version,
    pub(crate) what: What,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum What {
    /// To append an event.
    Append(Event),
    /// To remove old day files.
    Prune {
        /// The clock is right: pruning goes on that a step of it has suspended.
        trust_clock: bool,
        /// Only day files that are older than so many days.
        older_than: Option<u32>,
        /// Also day files that differ from their seals.
        even_changed: bool,
    },
    /// To deliver the records from this number on to a mirror again.
    Replay { mirror: String, from_seq: u64 },
    /// To record that someone reads the records of another log.
    Read {
        /// The fields of `log.read`.
        resource: Object,
    },
}

/// An event that is to be appended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Event {
    pub(crate) event: String,
    /// The parts of the actor, by their names.
    #[serde(default)]
    pub(crate) actor: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) resource: Object,
    /// `success`, `failure`, or the default of the event type.
    #[serde(default)]
    pub(crate) outcome: Option<String>,
    #[serde(default)]
    pub(crate) trace_id: Option<String>,
}

impl Request {
    pub(crate) fn new(what: What) -> Request {
        Request { version: Version, what }
    }

    /// Returns the contents of the file.
    pub(super) fn encode(&self) -> io::Result<Vec<u8>> {
        state_file::to_text(self)
    }

    /// Parses the contents of the file.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidData`], with what is wrong.
    pub(crate) fn parse(text: &[u8]) -> io::Result<Request> {
        let request = state_file::parse::<Request>(text)?;
        if let What::Append(event) = &request.what {
            event.record().map_err(state_file::invalid)?;
        }
        Ok(request)
    }
}

impl What {
    /// Returns the name of what is asked, as `log.requested` has it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            What::Append(_) => "append",
            What::Prune { .. } => "prune",
            What::Replay { .. } => "mirror_replay",
            What::Read { .. } => "record_access",
        }
    }

    /// Returns the `log.requested` of this request.
    pub(crate) fn requested(&self, id: Option<&str>, uid: Option<u32>) -> Record {
        let record = Record::new("log.requested").resource("request", self.name());
        let record = record.resource("id", id).resource("uid", uid);
        match self {
            What::Append(event) => record.resource("event", &event.event),
            What::Prune { trust_clock, older_than, even_changed } => record
                .resource("trust_clock", trust_clock)
                .resource("older_than", older_than)
                .resource("even_changed", even_changed),
            What::Replay { mirror, from_seq } => {
                record.resource("mirror", mirror).resource("from_seq", from_seq)
            }
            What::Read { .. } => record,
        }
    }
}

impl Event {
    /// Returns the request for a record.
    pub(crate) fn of(record: &Record) -> Event {
        let parts = ActorKey::ALL.into_iter();
        let parts = parts.filter_map(|key| Some((key.name().to_owned(), record.actor.text(key)?.to_owned())));
        Event {
            event: record.event.clone(),
            actor: parts.collect(),
            resource: record.resource.clone(),
            outcome: record.says_its_outcome().then(|| record.outcome.to_string()),
            trace_id: record.trace_id.clone(),
        }
    }

    /// Returns the record.
    ///
    /// # Errors
    ///
    /// What is wrong.
    pub(crate) fn record(&self) -> Result<Record, String> {
        let mut actor = Actor::new();
        for (part, text) in &self.actor {
            let key = ActorKey::of_name(part).ok_or_else(|| format!("an actor has no `{part}`"))?;
            actor.set(key, Some(text.clone()));
        }
        let mut record = Record::new(&self.event).actor(actor);
        record.resource = self.resource.clone();
        record.trace_id.clone_from(&self.trace_id);
        match self.outcome.as_deref() {
            None => Ok(record),
            Some("success") => Ok(record.outcome(Outcome::Success)),
            Some("failure") => Ok(record.outcome(Outcome::Failure)),
            Some(other) => Err(format!("`{other}` is no outcome")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        let record = Record::new("a.b").user_sid("S-1").resource("n", 1).outcome(Outcome::Failure);
        Event::of(&record)
    }

    #[test]
    fn a_request_is_parsed_again_as_it_was_encoded() {
        let prune = |trust_clock| What::Prune { trust_clock, older_than: Some(400), even_changed: false };
        let replay = What::Replay { mirror: "otlp".to_owned(), from_seq: u64::MAX };
        let read = What::Read { resource: Object::from_iter([("n", 1)]) };
        for what in [What::Append(event()), prune(true), prune(false), replay, read] {
            let request = Request::new(what);
            assert_eq!(Request::parse(&request.encode().unwrap()).unwrap(), request);
        }
        assert_eq!(Event::of(&event().record().unwrap()), event());
    }

    #[test]
    fn whatever_is_not_exactly_a_request_is_an_error() {
        let whole = Request::new(What::Append(event())).encode().unwrap();
        for length in 0..whole.len() - 1 {
            assert!(Request::parse(&whole[..length]).is_err(), "{length}");
        }
        for text in [
            r#"{"version":2,"what":{"replay":{"mirror":"a","from_seq":1}}}"#,
            r#"{"version":1,"what":{"replay":{"mirror":"a","from_seq":-1}}}"#,
            r#"{"version":1,"what":{"replay":{"mirror":"a","from_seq":1,"more":1}}}"#,
            r#"{"version":1,"what":{"replay":{"mirror":"a"}}}"#,
            r#"{"version":1,"what":{"erase":{}}}"#,
            r#"{"version":1,"what":"prune"}"#,
            r#"{"version":1,"what":{"replay":{"mirror":"a","from_seq":1}},"more":1}"#,
            r#"{"version":1,"what":{"append":{"event":"a.b","actor":{"name":"x"}}}}"#,
            r#"{"version":1,"what":{"append":{"event":"a.b","outcome":"denied"}}}"#,
            r#"{"version":1,"what":{"append":{"event":"a.b","ts":"2026-05-28T00:00:00Z"}}}"#,
            r#"[]"#,
        ] {
            assert!(Request::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
