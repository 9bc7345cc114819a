//! Redacting values in place.

use crate::record::value::json::{Object, Value};

/// The keys of what `changes` says of a field.
pub(crate) const BEFORE: &str = "before";
pub(crate) const AFTER: &str = "after";

/// What stands in place of a redacted value.
pub(crate) const REDACTED_VALUE: &str = "[redacted]";

/// Redacts the members of objects in this value whose keys are secret, at any depth. `is_secret` is asked
/// for each key that has a value.
pub(crate) fn redact_value(value: &mut Value, is_secret: &mut dyn FnMut(&str) -> bool) {
    match value {
        Value::Array(_) | Value::Object(_) => walk(vec![value], is_secret),
        _ => {}
    }
}

/// Redacts the members of this object, and of objects in it, likewise.
pub(crate) fn redact_members(object: &mut Object, is_secret: &mut dyn FnMut(&str) -> bool) {
    let mut found = Vec::new();
    members(object, &mut found, is_secret);
    walk(found, is_secret);
}

/// Without a call for each level: the application may have built a value that nests more deeply than its
/// stack is.
fn walk(mut to_visit: Vec<&mut Value>, is_secret: &mut dyn FnMut(&str) -> bool) {
    while let Some(value) = to_visit.pop() {
        match value {
            Value::Array(list) => to_visit.extend(list.iter_mut().rev()),
            Value::Object(object) => members(object, &mut to_visit, is_secret),
            _ => {}
        }
    }
}

/// Redacts the value of a secret key. What `changes` says of a field stays an object with both sides, and a
/// `null` on one of them stays.
pub(crate) fn redact_one(value: &mut Value) {
    let redacted = || Value::String(REDACTED_VALUE.to_owned());
    match value {
        Value::Object(change) if change.iter().map(|(key, _)| key).eq([BEFORE, AFTER]) => {
            let sides = change.values_mut().map(|(_, side)| side);
            sides.filter(|side| **side != Value::Null).for_each(|side| *side = redacted());
        }
        _ => *value = redacted(),
    }
}

/// Redacts the members of one object, and adds the others to those that are still to be visited.
fn members<'a>(
    object: &'a mut Object,
    to_visit: &mut Vec<&'a mut Value>,
    is_secret: &mut dyn FnMut(&str) -> bool,
) {
    let first = to_visit.len();
    for (key, value) in object.values_mut() {
        match value {
            Value::Null => {}
            _ if is_secret(key) => redact_one(value),
            Value::Array(_) | Value::Object(_) => to_visit.push(value),
            _ => {}
        }
    }
    // The last one is visited first.
    to_visit[first..].reverse();
}

#[cfg(test)]
mod tests {
    use super::super::SecretKeys;
    use super::*;

    #[test]
    fn members_are_redacted_at_any_depth_and_asked_for_once() {
        let json = r#"{"a":[{"B":{"b":1}},{"c":[[{"b":null,"d":"b"}]]}],"b":[1,2],"e":{"b":false}}"#;
        let mut object: Object = serde_json::from_str(json).unwrap();
        let keys = SecretKeys::of(["b"]).unwrap();
        let mut asked = String::new();
        redact_members(&mut object, &mut |key| {
            asked.push_str(key);
            keys.has(key)
        });
        assert_eq!(
            object.to_string(),
            r#"{"a":[{"B":"[redacted]"},{"c":[[{"b":null,"d":"b"}]]}],"b":"[redacted]","e":{"b":"[redacted]"}}"#
        );
        assert_eq!(asked, "abeBcdb");
        let mut value = Value::from("text");
        redact_value(&mut value, &mut |_| true);
        assert_eq!(value, "text");
    }

    #[test]
    fn both_sides_of_a_change_are_redacted_and_a_null_stays() {
        let json = r#"{"changes":{"b":{"before":null,"after":{"x":1}},"c":{"before":"b","after":2}},"b":{"before":1}}"#;
        let mut object: Object = serde_json::from_str(json).unwrap();
        redact_members(&mut object, &mut |key| key == "b");
        assert_eq!(
            object.to_string(),
            r#"{"changes":{"b":{"before":null,"after":"[redacted]"},"c":{"before":"b","after":2}},"b":"[redacted]"}"#
        );
    }

    /// Guards against a call for each level, which would end the process.
    #[test]
    fn a_value_of_very_many_levels_is_redacted() {
        let mut value = Value::from("secret");
        for level in 0..200_000 {
            let key = if level == 0 { "b" } else { "a" };
            value = Value::Object(Object::of_distinct(vec![(key.to_owned(), value)]));
        }
        let mut redacted = 0;
        redact_value(&mut value, &mut |key| {
            redacted += usize::from(key == "b");
            key == "b"
        });
        assert_eq!(redacted, 1);
        std::mem::forget(value);
    }
}
