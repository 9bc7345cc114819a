//! Line to record, strictly.
//!
//! What is accepted is what this crate writes, byte for byte: after a line has
//! been understood it is written again, and must come out the same. An auditor
//! can so rely on one spelling, and a hand that edits a line needs a steady one.

use super::encode;
use super::timestamp::Timestamp;
use super::value::{Object, Value};
use super::{Actor, MAX_DEPTH, Outcome, Record, SCHEMA_VERSION};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;
use std::io::{self, BufRead};

/// A line is not a record of this schema.
#[derive(Debug, thiserror::Error)]
#[error("line {line}, byte {byte}: {reason}")]
#[non_exhaustive]
pub struct DecodeError {
    /// Which line, counted from 1.
    pub line: u64,
    /// Where in the line, counted from 1.
    pub byte: usize,
    reason: String,
    source: Option<io::Error>,
}

impl DecodeError {
    fn new(byte: usize, reason: impl Into<String>) -> DecodeError {
        DecodeError { line: 1, byte, reason: reason.into(), source: None }
    }

    pub(crate) fn too_long(line: u64, bytes: usize) -> DecodeError {
        DecodeError::new(bytes, "the line is longer than any record").in_line(line)
    }

    pub(crate) fn in_line(self, line: u64) -> DecodeError {
        DecodeError { line, ..self }
    }

    /// What is wrong there.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

/// Reads records from anything that can be read by lines.
///
/// ```
/// # fn main() -> Result<(), tracing_audit::record::DecodeError> {
/// # let file: &[u8] = b"";
/// for record in tracing_audit::record::Lines::new(file) {
///     println!("{}", record?.event);
/// }
/// # Ok(())
/// # }
/// ```
///
/// After a line that is no record it goes on with the next one; a last line
/// without its `\n` is an error; after an error of the reader it ends.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    line: u64,
    buffer: Vec<u8>,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    /// Reads from `reader`.
    pub fn new(reader: R) -> Lines<R> {
        Lines { reader, line: 0, buffer: Vec::new(), ended: false }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Record, DecodeError>;

    fn next(&mut self) -> Option<Result<Record, DecodeError>> {
        if self.ended {
            return None;
        }
        self.line += 1;
        self.buffer.clear();
        let result = match self.reader.read_until(b'\n', &mut self.buffer) {
            Ok(0) => {
                self.ended = true;
                return None;
            }
            Ok(_) => match self.buffer.strip_suffix(b"\n") {
                Some(line) => record(line),
                None => Err(DecodeError::new(self.buffer.len(), "the line does not end: it is torn")),
            },
            Err(error) => {
                self.ended = true;
                Err(DecodeError {
                    source: Some(error),
                    ..DecodeError::new(self.buffer.len() + 1, "could not be read")
                })
            }
        };
        Some(result.map_err(|error| error.in_line(self.line)))
    }
}

pub(super) fn record(line: &[u8]) -> Result<Record, DecodeError> {
    if let Some(at) = line.iter().position(|byte| *byte == b'\n') {
        return Err(DecodeError::new(at + 1, "a line ends here, and the text goes on"));
    }
    let record: Record = parse(line)?;
    let again = encode::to_line(&record);
    if again.as_bytes() != line {
        let at = again.bytes().zip(line).take_while(|(ours, theirs)| ours == *theirs).count();
        return Err(DecodeError::new(at + 1, "this is not how a record is spelled"));
    }
    Ok(record)
}

fn parse<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(line).map_err(|error| {
        let text = error.to_string();
        // serde_json ends its messages in " at line 1 column 7"; ours says it first.
        let reason = text.split(" at line ").next().unwrap_or(&text).to_owned();
        DecodeError::new(error.column().max(1), reason)
    })
}

/// The keys, in their order.
const KEYS: [&str; 8] = ["_schema_version", "ts", "event", "actor", "resource", "outcome", "trace_id", "seq"];

impl<'de> Deserialize<'de> for Record {
    /// As strict as [`Record::from_line`] but for the spelling.
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
        // How many of `KEYS` may no longer come.
        let mut passed = 0;
        while let Some(at) = map.next_key_seed(Key)? {
            if at < passed {
                let key = KEYS[at];
                return Err(de::Error::custom(format_args!("the key `{key}` stands twice or too late")));
            }
            skipped(passed, at)?;
            passed = at + 1;
            match KEYS[at] {
                "_schema_version" => map.next_value_seed(Version)?,
                "ts" => record.ts = Some(map.next_value_seed(Time)?),
                "event" => record.event = map.next_value_seed(Text("event"))?,
                "actor" => record.actor = map.next_value()?,
                "resource" => record.resource = map.next_value_seed(Resource)?,
                "outcome" => record.outcome = map.next_value()?,
                "trace_id" => record.trace_id = Some(map.next_value_seed(Text("trace_id"))?),
                _ => record.seq = Some(map.next_value()?),
            }
        }
        skipped(passed, KEYS.len())?;
        Ok(record)
    }
}

/// Refuses a record that lacks one of `KEYS[from..to]` which it must have.
fn skipped<E: de::Error>(from: usize, to: usize) -> Result<(), E> {
    match KEYS[from..to].iter().find(|key| !matches!(**key, "resource" | "trace_id")) {
        Some(key) => Err(E::custom(format_args!("the key `{key}` is missing"))),
        None => Ok(()),
    }
}

/// One of `KEYS`, as its place there.
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
        place.ok_or_else(|| E::custom(format_args!("`{key}` is no key of a record")))
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

/// A string that is parsed.
struct Time;

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
            return Err(de::Error::custom("`resource` is empty: it would have been left out"));
        }
        for (key, value) in object.iter() {
            if *value == Value::Null {
                return Err(de::Error::custom(format_args!(
                    "`resource.{key}` is null: it would have been left out"
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
        while let Some(key) = map.next_key::<String>()? {
            let (place, name) = match key.as_str() {
                "user_sid" if actor.session_id.is_none() => (&mut actor.user_sid, "user_sid"),
                "session_id" => (&mut actor.session_id, "session_id"),
                "user_sid" => return Err(de::Error::custom("the key `user_sid` stands too late")),
                _ => return Err(de::Error::custom(format_args!("`{key}` is no key of an actor"))),
            };
            if place.replace(map.next_value_seed(Text(name))?).is_some() {
                return Err(de::Error::custom(format_args!("the key `{key}` stands twice")));
            }
        }
        Ok(actor)
    }
}

/// What the journal needs of a line to go on after it: read with patience, since a
/// later version of this crate may have written it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) ts: Timestamp,
    pub(crate) seq: u64,
}

impl Stamp {
    /// The stamp of a line that is a JSON object with `ts` and `seq`.
    pub(crate) fn of(line: &[u8]) -> Result<Stamp, DecodeError> {
        parse(line)
    }

    /// The same, of a line that begins and ends as this crate writes it without a look at what
    /// is in between.
    pub(crate) fn at_the_ends(line: &[u8]) -> Result<Stamp, DecodeError> {
        Stamp::at_its_ends(line).map_or_else(|| Stamp::of(line), Ok)
    }

    fn at_its_ends(line: &[u8]) -> Option<Stamp> {
        const BEGIN: &[u8] = br#"{"_schema_version":"1","ts":""#;
        const SEQ: &[u8] = br#","seq":"#;
        let ts = line.strip_prefix(BEGIN)?.get(..Timestamp::LEN)?;
        let body = line.strip_suffix(b"}")?;
        let digits = body.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let (body, seq) = body.split_at(body.len() - digits);
        body.ends_with(SEQ).then_some(())?;
        let text = |bytes| std::str::from_utf8(bytes).ok();
        Some(Stamp { ts: text(ts)?.parse().ok()?, seq: text(seq)?.parse().ok()? })
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Stamp, D::Error> {
        deserializer.deserialize_map(AnyRecord)
    }
}

struct AnyRecord;

impl<'de> Visitor<'de> for AnyRecord {
    type Value = Stamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Stamp, A::Error> {
        let (mut ts, mut seq) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "ts" => ts = Some(map.next_value_seed(Time)?),
                "seq" => seq = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let ts = ts.ok_or_else(|| de::Error::missing_field("ts"))?;
        let seq = seq.ok_or_else(|| de::Error::missing_field("seq"))?;
        Ok(Stamp { ts, seq })
    }
}
