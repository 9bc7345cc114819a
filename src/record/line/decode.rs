//! Line to record, strictly.
//!
//! A line is accepted if this crate would have written it, byte for byte: a decoded record is
//! encoded again and compared with the line. So each record has one spelling, on which an
//! auditor can rely, and an edit by hand is noticed unless it keeps to that spelling.

use super::encode;
use crate::error::debug_for_people;
use crate::record::actor::{Actor, ActorKey, check};
use crate::record::outcome::Outcome;
use crate::record::record::Record;
use crate::record::schema::{MAX_DEPTH, SCHEMA_VERSION};
use crate::record::ts::timestamp::Timestamp;
use crate::record::value::json::{Object, Value};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use std::fmt;
use std::io;

/// The error of decoding a line that is not a record of this schema.
///
/// `{:?}`, which a `main` that returns the error prints, is the message with its causes; `{:#?}`
/// has the fields.
#[derive(thiserror::Error)]
#[error("line {line}, byte {byte}: {reason}")]
#[non_exhaustive]
pub struct DecodeError {
    /// The number of the line, counted from 1.
    pub line: u64,
    /// The place in the line, in bytes counted from 1.
    pub byte: usize,
    kind: DecodeErrorKind,
    reason: String,
    source: Option<io::Error>,
}

debug_for_people!(struct DecodeError { line, byte, kind, reason, source });

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The line is a record with a key that a later version of this crate has added:
    /// [`Record::from_newer_line`] decodes the rest.
    NewerKey,
    /// The line is not a record of this schema version.
    Malformed,
    /// The line could not be read.
    Unreadable,
}

impl DecodeError {
    pub(super) fn new(byte: usize, reason: impl Into<String>) -> DecodeError {
        DecodeError { line: 1, byte, kind: DecodeErrorKind::Malformed, reason: reason.into(), source: None }
    }

    /// Turns this error into that of a key which a later version has added.
    pub(super) fn newer_key(self, key: &str) -> DecodeError {
        let reason = format!("`{key}` is not known: a later version has added it");
        DecodeError { kind: DecodeErrorKind::NewerKey, reason, ..self }
    }

    /// The error of a reader that failed before the line's byte `byte`.
    pub(super) fn unreadable(byte: usize, source: io::Error) -> DecodeError {
        let kind = DecodeErrorKind::Unreadable;
        DecodeError { kind, source: Some(source), ..DecodeError::new(byte, "could not be read") }
    }

    pub(crate) fn too_long(line: u64, bytes: usize) -> DecodeError {
        DecodeError::new(bytes, "the line is longer than any record").in_line(line)
    }

    /// Returns the error with another reason.
    pub(crate) fn because(self, reason: String) -> DecodeError {
        DecodeError { reason, ..self }
    }

    pub(crate) fn in_line(self, line: u64) -> DecodeError {
        DecodeError { line, ..self }
    }

    /// Returns what kind of fault it is.
    #[must_use]
    pub fn kind(&self) -> DecodeErrorKind {
        self.kind
    }

    /// Returns what is wrong with the line, without the place.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// Decodes a line with the keys that are known here.
pub(super) fn strict(line: &[u8]) -> Result<Record, DecodeError> {
    if let Some(at) = line.iter().position(|byte| *byte == b'\n') {
        return Err(DecodeError::new(at + 1, "there is text after the end of the line"));
    }
    let record: Record = parse(line)?;
    let again = encode::to_line(&record);
    if again.as_bytes() != line {
        let at = again.bytes().zip(line).take_while(|(ours, theirs)| ours == *theirs).count();
        return Err(DecodeError::new(at + 1, "a record is not spelled like this"));
    }
    Ok(record)
}

pub(super) fn parse<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(line).map_err(|error| {
        let text = error.to_string();
        // serde_json ends its messages in " at line 1 column 7"; `DecodeError` begins with it.
        let reason = text.split(" at line ").next().unwrap_or(&text).to_owned();
        DecodeError::new(error.column().max(1), reason)
    })
}

/// The keys of a record, in order.
pub(super) const KEYS: [&str; 8] =
    ["_schema_version", "ts", "event", "actor", "resource", "outcome", "trace_id", "seq"];

impl<'de> Deserialize<'de> for Record {
    /// Decodes a record as strictly as [`Record::from_line`], except for the spelling.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Record, D::Error> {
        deserializer.deserialize_map(WholeRecord)
    }
}

struct WholeRecord;

impl<'de> Visitor<'de> for WholeRecord {
    type Value = Record;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let mut record = Record::new("");
        // How many of `KEYS` are no longer allowed.
        let mut passed = 0;
        while let Some(at) = map.next_key_seed(Key)? {
            if at < passed {
                let key = KEYS[at];
                return Err(de::Error::custom(format_args!("the key `{key}` is repeated or too late")));
            }
            skipped(passed, at)?;
            passed = at + 1;
            match KEYS[at] {
                "_schema_version" => map.next_value_seed(Version)?,
                "ts" => record.ts = Some(map.next_value_seed(Time)?),
                "event" => record.event = map.next_value_seed(Text("event"))?,
                "actor" => record.actor = map.next_value()?,
                "resource" => record.resource = map.next_value_seed(Resource)?,
                "outcome" => record = record.outcome(map.next_value()?),
                "trace_id" => record.trace_id = Some(map.next_value_seed(Text("trace_id"))?),
                _ => record.seq = Some(map.next_value()?),
            }
        }
        skipped(passed, KEYS.len())?;
        Ok(record)
    }
}

/// Refuses a record without one of the required keys among `KEYS[from..to]`.
fn skipped<E: de::Error>(from: usize, to: usize) -> Result<(), E> {
    match KEYS[from..to].iter().find(|key| !matches!(**key, "resource" | "trace_id")) {
        Some(key) => Err(E::custom(format_args!("the key `{key}` is missing"))),
        None => Ok(()),
    }
}

/// One of `KEYS`, as its index.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Key {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<usize, E> {
        let place = KEYS.iter().position(|name| *name == key);
        place.ok_or_else(|| E::custom(format_args!("`{key}` is not a key of a record")))
    }
}

struct Version;

impl<'de> DeserializeSeed<'de> for Version {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Version {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, version: &str) -> Result<(), E> {
        if version == SCHEMA_VERSION {
            return Ok(());
        }
        Err(E::custom(format_args!(
            "schema version `{version}` is not `{SCHEMA_VERSION}`, the one this reader knows"
        )))
    }
}

/// A string that must not be empty.
struct Text(&'static str);

impl<'de> DeserializeSeed<'de> for Text {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Err(de::Error::custom(format_args!("`{}` is empty", self.0)));
        }
        Ok(text)
    }
}

/// A timestamp.
pub(super) struct Time;

impl<'de> DeserializeSeed<'de> for Time {
    type Value = Timestamp;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

struct Resource;

impl<'de> DeserializeSeed<'de> for Resource {
    type Value = Object;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Object, D::Error> {
        let object = Object::deserialize(deserializer)?;
        if object.is_empty() {
            return Err(de::Error::custom("`resource` is empty: an empty resource is left out"));
        }
        for (key, value) in &object {
            if *value == Value::Null {
                return Err(de::Error::custom(format_args!(
                    "`resource.{key}` is null: a null value is left out"
                )));
            }
            if !value.fits_depth(MAX_DEPTH) {
                return Err(de::Error::custom(format_args!(
                    "`resource.{key}` nests deeper than {MAX_DEPTH} levels"
                )));
            }
        }
        Ok(object)
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Outcome, D::Error> {
        let name = String::deserialize(deserializer)?;
        Outcome::from_name(&name).ok_or_else(|| {
            de::Error::custom(format_args!("the outcome `{name}` is neither `success` nor `failure`"))
        })
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Actor, D::Error> {
        deserializer.deserialize_map(WholeActor)
    }
}

struct WholeActor;

impl<'de> Visitor<'de> for WholeActor {
    type Value = Actor;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an actor, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Actor, A::Error> {
        let mut actor = Actor::default();
        let mut passed = 0;
        while let Some(name) = map.next_key::<String>()? {
            let Some(key) = ActorKey::of_name(&name) else {
                return Err(de::Error::custom(format_args!("`{name}` is not a key of an actor")));
            };
            if key.index() < passed {
                return Err(de::Error::custom(format_args!("the key `{name}` is repeated or too late")));
            }
            passed = key.index() + 1;
            let text = map.next_value_seed(Text(key.name()))?;
            if check(key, &text).text.as_deref() != Some(&text) {
                return Err(de::Error::custom(format_args!("`{text}` is not recorded as `{}`", key.field())));
            }
            actor.set(key, Some(text));
        }
        Ok(actor)
    }
}
