//! The attributes of a log record, written while the line is parsed. Decoding a `Record` first would
//! cost several times as much as everything else (`wire` has the figures).

use super::any_value::{Entries, KEY, MAX_DEPTH, STRING, Text, VALUE, unsigned};
use super::wire::{begin, bytes, bytes_len, end, field, varint};
use crate::record::{ActorKey, Outcome, SCHEMA_VERSION};
use serde::de::{self, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// `LogRecord.attributes`
const ATTRIBUTE: u8 = field(6);
/// The other parts of a log record that come from the line.
#[derive(Debug, Default)]
pub(super) struct Rest {
    pub(super) event: String,
    pub(super) outcome: Outcome,
    /// The trace id, if it has the W3C form.
    pub(super) trace_id: Option<[u8; 16]>,
    /// Whether the line has keys that a later version of this crate has added.
    pub(super) has_newer_keys: bool,
}

/// Appends the attributes of a line.
pub(super) fn of_line(line: &str, out: &mut Vec<u8>, rest: &mut Rest) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(line);
    deserializer.deserialize_map(WholeRecord { out, rest })?;
    deserializer.end()
}

/// Appends a string attribute.
pub(super) fn text(out: &mut Vec<u8>, key: [&str; 2], value: &str) {
    let key_len = key[0].len() + key[1].len();
    let any_len = bytes_len(value.len());
    varint(out, ATTRIBUTE, (bytes_len(key_len) + bytes_len(any_len)) as u64);
    varint(out, KEY, key_len as u64);
    out.extend_from_slice(key[0].as_bytes());
    out.extend_from_slice(key[1].as_bytes());
    varint(out, VALUE, any_len as u64);
    bytes(out, STRING, value.as_bytes());
}

/// Appends an integer attribute.
pub(super) fn integer(out: &mut Vec<u8>, key: &str, value: u64) {
    let begun = begin(out, ATTRIBUTE);
    bytes(out, KEY, key.as_bytes());
    let any = begin(out, VALUE);
    unsigned(out, value);
    end(out, any);
    end(out, begun);
}

/// Parses a W3C trace id.
fn trace_id(text: &str) -> Option<[u8; 16]> {
    let is_one = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = is_one.then(|| u128::from_str_radix(text, 16).ok()).flatten()?;
    (id != 0).then(|| id.to_be_bytes())
}

struct WholeRecord<'a> {
    out: &'a mut Vec<u8>,
    rest: &'a mut Rest,
}

impl<'de> Visitor<'de> for WholeRecord<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let WholeRecord { out, rest } = self;
        let (mut has_event, mut has_outcome) = (false, false);
        while let Some(key) = map.next_key_seed(TopKey)? {
            match key {
                Top::Version => map.next_value_seed(Text(|version: &str| {
                    text(out, ["_schema_version", ""], version);
                    (version == SCHEMA_VERSION).then_some(()).ok_or("another schema version")
                }))?,
                Top::Event => {
                    has_event = true;
                    map.next_value_seed(Text(|event: &str| {
                        text(out, ["event", ""], event);
                        rest.event.clear();
                        rest.event.push_str(event);
                        Ok(())
                    }))?;
                }
                Top::Actor => {
                    let has_newer_keys = &mut rest.has_newer_keys;
                    map.next_value_seed(Actor { out, has_newer_keys })?;
                }
                Top::Resource => map.next_value_seed(Entries {
                    out,
                    tag: ATTRIBUTE,
                    prefix: "resource.",
                    levels: MAX_DEPTH,
                })?,
                Top::Outcome => {
                    has_outcome = true;
                    map.next_value_seed(Text(|name: &str| {
                        text(out, ["outcome", ""], name);
                        text(out, ["event.outcome", ""], name);
                        rest.outcome = Outcome::from_name(name).ok_or("another outcome")?;
                        Ok(())
                    }))?;
                }
                Top::TraceId => map.next_value_seed(Text(|id: &str| {
                    text(out, ["trace_id", ""], id);
                    rest.trace_id = trace_id(id);
                    Ok(())
                }))?,
                Top::Stamp => {
                    map.next_value::<IgnoredAny>()?;
                }
                Top::Newer => {
                    map.next_value::<IgnoredAny>()?;
                    rest.has_newer_keys = true;
                }
            }
        }
        if has_event && has_outcome { Ok(()) } else { Err(A::Error::custom("a key is missing")) }
    }
}

#[derive(Clone, Copy)]
enum Top {
    Version,
    Event,
    Actor,
    Resource,
    Outcome,
    TraceId,
    /// `ts` and `seq`, which are known from the line.
    Stamp,
    /// A key that a later version of this crate has added.
    Newer,
}

struct TopKey;

impl<'de> DeserializeSeed<'de> for TopKey {
    type Value = Top;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Top, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for TopKey {
    type Value = Top;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Top, E> {
        Ok(match key {
            "_schema_version" => Top::Version,
            "ts" | "seq" => Top::Stamp,
            "event" => Top::Event,
            "actor" => Top::Actor,
            "resource" => Top::Resource,
            "outcome" => Top::Outcome,
            "trace_id" => Top::TraceId,
            _ => Top::Newer,
        })
    }
}

/// The actor, whose values are all strings.
struct Actor<'a> {
    out: &'a mut Vec<u8>,
    has_newer_keys: &'a mut bool,
}

impl<'de> DeserializeSeed<'de> for Actor<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Actor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an actor, which is a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut key, mut has_user) = (None, false);
        while map
            .next_key_seed(Text(|name: &str| {
                key = ActorKey::of_name(name);
                Ok(())
            }))?
            .is_some()
        {
            let Some(key) = key.take() else {
                // Added by a later version: it is in `log.record.original`.
                map.next_value::<IgnoredAny>()?;
                *self.has_newer_keys = true;
                continue;
            };
            map.next_value_seed(Text(|value: &str| {
                text(self.out, [key.field(), ""], value);
                // The names of the semantic conventions.
                let conventional = match key {
                    ActorKey::UserSid => {
                        has_user = true;
                        "user.id"
                    }
                    ActorKey::UserId if !has_user => "user.id",
                    ActorKey::SessionId => "session.id",
                    ActorKey::Address => "client.address",
                    ActorKey::UserAgent => "user_agent.original",
                    ActorKey::UserId | ActorKey::Kind | ActorKey::Tenant => return Ok(()),
                };
                text(self.out, [conventional, ""], value);
                Ok(())
            }))?;
        }
        Ok(())
    }
}
