//! The value of an attribute, `AnyValue`, written while its JSON is parsed.

use super::wire::{begin, bytes, end, field, fixed64, fixed64_field, varint, varint_field};
use crate::record::Value;
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// The depth to which arrays and objects may nest in an attribute. Each level is three levels of
/// protobuf, and most parsers reject more than a hundred.
pub(super) const MAX_DEPTH: usize = 24;

/// `KeyValue`
pub(super) const KEY: u8 = field(1);
pub(super) const VALUE: u8 = field(2);
/// `AnyValue`
pub(super) const STRING: u8 = field(1);
const BOOL: u8 = varint_field(2);
const INT: u8 = varint_field(3);
const DOUBLE: u8 = fixed64_field(4);
const ARRAY: u8 = field(5);
const LIST: u8 = field(6);
/// `ArrayValue.values`, `KeyValueList.values`
const ITEM: u8 = field(1);

/// Appends an integer; one that no `i64` holds as a string of digits.
pub(super) fn unsigned(out: &mut Vec<u8>, value: u64) {
    if i64::try_from(value).is_ok() {
        varint(out, INT, value);
    } else {
        bytes(out, STRING, value.to_string().as_bytes());
    }
}

/// A string, which is passed to a function.
pub(super) struct Text<F>(pub(super) F);

impl<'de, F: FnOnce(&str) -> Result<(), &'static str>> DeserializeSeed<'de> for Text<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<F: FnOnce(&str) -> Result<(), &'static str>> Visitor<'_> for Text<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.0(text).map_err(E::custom)
    }
}

/// The entries of an object, each as a `KeyValue` with this tag.
pub(super) struct Entries<'a> {
    pub(super) out: &'a mut Vec<u8>,
    pub(super) tag: u8,
    pub(super) prefix: &'static str,
    pub(super) levels: usize,
}

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Entries { out, tag, prefix, levels } = self;
        loop {
            let mut begun = 0;
            let key = map.next_key_seed(Text(|key: &str| {
                begun = begin(out, tag);
                varint(out, KEY, (prefix.len() + key.len()) as u64);
                out.extend_from_slice(prefix.as_bytes());
                out.extend_from_slice(key.as_bytes());
                Ok(())
            }))?;
            if key.is_none() {
                return Ok(());
            }
            let any = begin(out, VALUE);
            map.next_value_seed(Any { out, levels })?;
            end(out, any);
            end(out, begun);
        }
    }
}

/// A value, which may nest to this number of levels. `null` is an `AnyValue` without a value.
struct Any<'a> {
    out: &'a mut Vec<u8>,
    levels: usize,
}

impl<'de> DeserializeSeed<'de> for Any<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.levels > 0 {
            return deserializer.deserialize_any(self);
        }
        match Value::deserialize(deserializer)? {
            Value::Null => {}
            Value::Bool(value) => self.visit_bool::<D::Error>(value)?,
            Value::Negative(value) => self.visit_i64::<D::Error>(value)?,
            Value::Unsigned(value) => self.visit_u64::<D::Error>(value)?,
            Value::Float(value) => self.visit_f64::<D::Error>(value)?,
            Value::String(text) => self.visit_str::<D::Error>(&text)?,
            nested => self.visit_str::<D::Error>(&nested.to_string())?,
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for Any<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        varint(self.out, BOOL, value.into());
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        // Protobuf encodes a negative number in two's complement.
        varint(self.out, INT, value as u64);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        unsigned(self.out, value);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        fixed64(self.out, DOUBLE, value.to_bits());
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        bytes(self.out, STRING, text.as_bytes());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Any { out, levels } = self;
        let array = begin(out, ARRAY);
        loop {
            let before = out.len();
            let item = begin(out, ITEM);
            if seq.next_element_seed(Any { out, levels: levels - 1 })?.is_none() {
                out.truncate(before);
                break;
            }
            end(out, item);
        }
        end(out, array);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Any { out, levels } = self;
        let list = begin(out, LIST);
        Entries { out, tag: ITEM, prefix: "", levels: levels - 1 }.visit_map(map)?;
        end(out, list);
        Ok(())
    }
}
