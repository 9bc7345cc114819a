//! From anything [`Serialize`] to a [`Value`].
//!
//! Differs from `serde_json::to_value`: keys keep their order, NaN and the infinities become
//! strings instead of `null`, integers beyond 64 bits become strings instead of errors, bytes
//! become base64, and the depth is limited.

use super::json::{Object, Value};
use super::serialize_error::SerializeError;
use crate::record::schema::{CHANGES, MAX_SERIALIZED_DEPTH, VIOLATIONS};
use crate::unwind::caught;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{self, Serialize};
use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Returns `value` as JSON, and what is wrong with changes in it, which are recorded all the same.
///
/// # Errors
///
/// An error of the value's own `Serialize`, a key that is neither a string, a number, a
/// boolean nor a character, or more than 256 levels of nesting: such a value may have no end. A
/// record may have fewer levels ([`MAX_DEPTH`](crate::record::MAX_DEPTH)), which is for the caller
/// to check.
pub(crate) fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<(Value, Vec<String>), SerializeError> {
    let flaws = RefCell::default();
    let value = value.serialize(ToValue { levels: MAX_SERIALIZED_DEPTH, flaws: &flaws, failed: None })?;
    Ok((value, flaws.into_inner()))
}

/// Returns one of two compared values as JSON, and which of its members could not be serialized, with the
/// reason. In place of these is `null`.
///
/// # Errors
///
/// As [`to_value`], for what is not about one member.
pub(in crate::record) fn to_compared<T: Serialize + ?Sized>(
    value: &T,
) -> Result<(Value, Vec<(String, String)>), SerializeError> {
    /// An object for all members, and one for each.
    const AROUND: usize = 2;
    let (flaws, failed) = (RefCell::default(), RefCell::default());
    let levels = MAX_SERIALIZED_DEPTH - AROUND;
    let value = value.serialize(ToValue { levels, flaws: &flaws, failed: Some(&failed) })?;
    Ok((value, failed.into_inner()))
}

#[derive(Clone, Copy)]
struct ToValue<'a> {
    /// How many more levels of arrays and objects are allowed.
    levels: usize,
    /// What is wrong with changes in the value.
    flaws: &'a RefCell<Vec<String>>,
    /// The members that could not be serialized, and the reasons; `None` if that is an error.
    failed: Option<&'a RefCell<Vec<(String, String)>>>,
}

impl<'a> ToValue<'a> {
    fn inner(self) -> Result<ToValue<'a>, SerializeError> {
        match self.levels.checked_sub(1) {
            Some(levels) => Ok(ToValue { levels, failed: None, ..self }),
            None => Err(SerializeError(format!("it nests deeper than {MAX_SERIALIZED_DEPTH} levels"))),
        }
    }

    fn list(self, len: Option<usize>) -> Result<List<'a>, SerializeError> {
        Ok(List {
            items: Vec::with_capacity(len.unwrap_or(0).min(1024)),
            inner: self.inner()?,
            variant: None,
        })
    }

    fn entries(self) -> Result<Entries<'a>, SerializeError> {
        Ok(Entries {
            entries: Vec::new(),
            places: HashMap::new(),
            key: None,
            inner: self.inner()?,
            failed: self.failed,
            variant: None,
        })
    }
}

fn tagged(variant: Option<&'static str>, value: Value) -> Value {
    match variant {
        Some(name) => Value::Object(Object::from_iter([(name, value)])),
        None => value,
    }
}

impl<'a> ser::Serializer for ToValue<'a> {
    type Ok = Value;
    type Error = SerializeError;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Entries<'a>;
    type SerializeStructVariant = Entries<'a>;

    fn serialize_bool(self, value: bool) -> Result<Value, SerializeError> {
        Ok(Value::Bool(value))
    }

    fn serialize_i8(self, value: i8) -> Result<Value, SerializeError> {
        Ok(Value::from(value))
    }

    fn serialize_i16(self, value: i16) -> Result<Value, SerializeError> {
        Ok(Value::from(value))
    }

    fn serialize_i32(self, value: i32) -> Result<Value, SerializeError> {
        Ok(Value::from(value))
    }

    fn serialize_i64(self, value: i64) -> Result<Value, SerializeError> {
        Ok(Value::from(value))
    }

    fn serialize_i128(self, value: i128) -> Result<Value, SerializeError> {
        Ok(Value::from(value))
    }

    fn serialize_u8(self, value: u8) -> Result<Value, SerializeError> {
        Ok(Value::from(value))
    }

    fn serialize_u16(self, value: u16) -> Result<Value, SerializeError> {
        Ok(Value::from(value))
    }

    fn serialize_u32(self, value: u32) -> Result<Value, SerializeError> {
        Ok(Value::from(value))
    }

    fn serialize_u64(self, value: u64) -> Result<Value, SerializeError> {
        Ok(Value::Unsigned(value))
    }

    fn serialize_u128(self, value: u128) -> Result<Value, SerializeError> {
        Ok(Value::from(value))
    }

    fn serialize_f32(self, value: f32) -> Result<Value, SerializeError> {
        Ok(Value::from(value))
    }

    fn serialize_f64(self, value: f64) -> Result<Value, SerializeError> {
        Ok(Value::from(value))
    }

    fn serialize_char(self, value: char) -> Result<Value, SerializeError> {
        Ok(Value::String(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Result<Value, SerializeError> {
        Ok(Value::String(value.to_owned()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Value, SerializeError> {
        Ok(Value::String(STANDARD.encode(value)))
    }

    fn serialize_none(self) -> Result<Value, SerializeError> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, SerializeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, SerializeError> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, SerializeError> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value, SerializeError> {
        Ok(Value::String(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value, SerializeError> {
        let mut value = value.serialize(self)?;
        if name == CHANGES
            && let Value::Object(changes) = &mut value
            && let Some(Value::Array(flaws)) = changes.remove(VIOLATIONS)
        {
            let texts = flaws.into_iter().filter_map(|flaw| flaw.as_str().map(str::to_owned));
            self.flaws.borrow_mut().extend(texts);
        }
        Ok(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, SerializeError> {
        Ok(tagged(Some(variant), value.serialize(self.inner()?)?))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<List<'a>, SerializeError> {
        self.list(len)
    }

    fn serialize_tuple(self, len: usize) -> Result<List<'a>, SerializeError> {
        self.list(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<List<'a>, SerializeError> {
        self.list(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<List<'a>, SerializeError> {
        Ok(List { variant: Some(variant), ..self.inner()?.list(Some(len))? })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries<'a>, SerializeError> {
        self.entries()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries<'a>, SerializeError> {
        self.entries()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Entries<'a>, SerializeError> {
        Ok(Entries { variant: Some(variant), failed: None, ..self.inner()?.entries()? })
    }
}

struct List<'a> {
    items: Vec<Value>,
    inner: ToValue<'a>,
    variant: Option<&'static str>,
}

impl List<'_> {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.items.push(value.serialize(self.inner)?);
        Ok(())
    }

    fn done(self) -> Result<Value, SerializeError> {
        Ok(tagged(self.variant, Value::Array(self.items)))
    }
}

macro_rules! list {
    ($($of:ident $push:ident)*) => { $(
        impl ser::$of for List<'_> {
            type Ok = Value;
            type Error = SerializeError;

            fn $push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
                self.push(value)
            }

            fn end(self) -> Result<Value, SerializeError> {
                self.done()
            }
        }
    )* };
}

list! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

struct Entries<'a> {
    entries: Vec<(String, Value)>,
    /// The index of each key in `entries`.
    places: HashMap<String, usize>,
    key: Option<String>,
    inner: ToValue<'a>,
    /// As in [`ToValue`], for the members of this object.
    failed: Option<&'a RefCell<Vec<(String, String)>>>,
    variant: Option<&'static str>,
}

impl Entries<'_> {
    /// Serializes the value of a member.
    fn member<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<Value, SerializeError> {
        let Some(failed) = self.failed else {
            return value.serialize(self.inner);
        };
        let reason = match caught(|| value.serialize(self.inner)) {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => error.to_string(),
            Err(panic) => format!("it panicked: {panic}"),
        };
        failed.borrow_mut().push((key.to_owned(), reason));
        Ok(Value::Null)
    }

    fn insert(&mut self, key: String, value: Value) {
        match self.places.entry(key) {
            Entry::Occupied(place) => self.entries[*place.get()].1 = value,
            Entry::Vacant(place) => {
                self.entries.push((place.key().clone(), value));
                place.insert(self.entries.len() - 1);
            }
        }
    }

    fn done(self) -> Result<Value, SerializeError> {
        Ok(tagged(self.variant, Value::Object(Object::of_distinct(self.entries))))
    }
}

impl ser::SerializeMap for Entries<'_> {
    type Ok = Value;
    type Error = SerializeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), SerializeError> {
        self.key = Some(match key.serialize(self.inner)? {
            Value::String(text) => text,
            value @ (Value::Bool(_) | Value::Negative(_) | Value::Unsigned(_) | Value::Float(_)) => {
                value.to_string()
            }
            Value::Null | Value::Array(_) | Value::Object(_) => {
                return Err(SerializeError("a key is neither a string, a number nor a boolean".to_owned()));
            }
        });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        let key = self.key.take().unwrap_or_default();
        let value = self.member(&key, value)?;
        self.insert(key, value);
        Ok(())
    }

    fn end(self) -> Result<Value, SerializeError> {
        self.done()
    }
}

macro_rules! fields {
    ($($of:ident)*) => { $(
        impl ser::$of for Entries<'_> {
            type Ok = Value;
            type Error = SerializeError;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), SerializeError> {
                let value = self.member(key, value)?;
                self.insert(key.to_owned(), value);
                Ok(())
            }

            fn end(self) -> Result<Value, SerializeError> {
                self.done()
            }
        }
    )* };
}

fields! { SerializeStruct SerializeStructVariant }
