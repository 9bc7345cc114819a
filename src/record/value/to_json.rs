//! Values as JSON text.

use super::convert::non_finite;
use super::json::{Object, Value};
use crate::record::schema::MAX_DEPTH;
use crate::record::text::escape::push_string;
use std::fmt;
use std::slice;

/// Appends the JSON text of `value`.
pub(crate) fn push_value(out: &mut Vec<u8>, value: &Value) {
    push_nested(out, value, MAX_DEPTH);
}

/// Appends the JSON text of `object`.
pub(crate) fn push_object(out: &mut Vec<u8>, object: &Object) {
    push_members(out, object, MAX_DEPTH);
}

/// Appends the JSON text of a value; below so many levels without a call for each, since the
/// application may have built a value that nests more deeply than its stack is.
fn push_nested(out: &mut Vec<u8>, value: &Value, levels: usize) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(value) => push_bool(out, *value),
        Value::Negative(value) => out.extend_from_slice(itoa::Buffer::new().format(*value).as_bytes()),
        Value::Unsigned(value) => out.extend_from_slice(itoa::Buffer::new().format(*value).as_bytes()),
        Value::Float(value) => push_f64(out, *value),
        Value::String(text) => push_string(out, text),
        Value::Array(_) | Value::Object(_) if levels == 0 => push_deep(out, value),
        Value::Array(list) => {
            out.push(b'[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                push_nested(out, item, levels - 1);
            }
            out.push(b']');
        }
        Value::Object(object) => push_members(out, object, levels - 1),
    }
}

fn push_members(out: &mut Vec<u8>, object: &Object, levels: usize) {
    out.push(b'{');
    for (index, (key, value)) in object.entries.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_string(out, key);
        out.push(b':');
        push_nested(out, value, levels);
    }
    out.push(b'}');
}

/// An array or object whose end is still to be written.
enum Open<'a> {
    Array(slice::Iter<'a, Value>),
    Object(slice::Iter<'a, (String, Value)>),
}

#[cold]
fn push_deep(out: &mut Vec<u8>, value: &Value) {
    let mut open = Vec::new();
    let mut next = Some(value);
    loop {
        match next.take() {
            Some(Value::Array(list)) => {
                out.push(b'[');
                open.push(Open::Array(list.iter()));
            }
            Some(Value::Object(object)) => {
                out.push(b'{');
                open.push(Open::Object(object.entries.iter()));
            }
            Some(value) => push_nested(out, value, 0),
            None => {}
        }
        let (item, end) = match open.last_mut() {
            Some(Open::Array(items)) => (items.next().map(|value| (None, value)), b']'),
            Some(Open::Object(items)) => (items.next().map(|(key, value)| (Some(key), value)), b'}'),
            None => return,
        };
        match item {
            Some((key, value)) => {
                if !matches!(out.last(), Some(b'[' | b'{')) {
                    out.push(b',');
                }
                if let Some(key) = key {
                    push_string(out, key);
                    out.push(b':');
                }
                next = Some(value);
            }
            None => {
                out.push(end);
                open.pop();
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::forget;

    #[test]
    fn the_text_is_the_same_at_any_depth() {
        let json = r#"[[],{},[{}],{"a":[1,"[",null],"b":{"c":{"d":[[-1.5,true]]}}},"{"]"#;
        let value = serde_json::from_str::<Value>(json).unwrap();
        for levels in 0..8 {
            let mut out = Vec::new();
            push_nested(&mut out, &value, levels);
            assert_eq!(String::from_utf8(out).unwrap(), json, "{levels}");
        }
    }

    /// Guards against a call for each level.
    #[test]
    fn a_value_that_nests_more_deeply_than_the_stack_has_a_text() {
        let levels = 200_000;
        let deep = (0..levels).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        assert_eq!(deep.to_string().len(), 2 * levels + 4);
        // Dropping it takes a call for each level.
        forget(deep);
    }
}
