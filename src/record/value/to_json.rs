//! Values as JSON text.

use super::convert::non_finite;
use super::json::{Object, Value};
use crate::record::text::escape::push_string;
use std::fmt;

/// Appends the JSON text of `value`.
pub(crate) fn push_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(value) => push_bool(out, *value),
        Value::Negative(value) => out.extend_from_slice(itoa::Buffer::new().format(*value).as_bytes()),
        Value::Unsigned(value) => out.extend_from_slice(itoa::Buffer::new().format(*value).as_bytes()),
        Value::Float(value) => push_f64(out, *value),
        Value::String(text) => push_string(out, text),
        Value::Array(list) => {
            out.push(b'[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                push_value(out, item);
            }
            out.push(b']');
        }
        Value::Object(object) => push_object(out, object),
    }
}

/// Appends the JSON text of `object`.
pub(crate) fn push_object(out: &mut Vec<u8>, object: &Object) {
    out.push(b'{');
    for (index, (key, value)) in object.0.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_string(out, key);
        out.push(b':');
        push_value(out, value);
    }
    out.push(b'}');
}

/// Appends `true` or `false`.
pub(crate) fn push_bool(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

/// Appends the shortest decimal that reads back as `value`, or the string for a number that
/// is not finite.
pub(crate) fn push_f64(out: &mut Vec<u8>, value: f64) {
    if !value.is_finite() {
        push_string(out, non_finite(value));
        return;
    }
    // Writing a finite number into memory can't fail.
    if serde_json::to_writer(&mut *out, &value).is_err() {
        debug_assert!(false, "{value} could not be written");
    }
}

/// Displays the value's JSON text.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        push_value(&mut out, self);
        f.write_str(std::str::from_utf8(&out).map_err(|_| fmt::Error)?)
    }
}

/// Displays the object's JSON text.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = Vec::new();
        push_object(&mut out, self);
        f.write_str(std::str::from_utf8(&out).map_err(|_| fmt::Error)?)
    }
}
