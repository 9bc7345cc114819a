//! A JSON value, and an object of them.

use super::key_index::KeyIndex;
use std::fmt;
use std::ops::Index;

/// A JSON value.
///
/// Integers from `i64::MIN` to `u64::MAX` are integers. Others are strings of digits, since
/// JSON readers would round them. NaN and the infinities are the strings `NaN`, `Infinity`
/// and `-Infinity`.
///
/// ```
/// use tracing_audit::record::Value;
///
/// assert_eq!(Value::from(-1).to_string(), "-1");
/// assert_eq!(Value::from(vec![Some("a"), None]).to_string(), r#"["a",null]"#);
/// assert_eq!(Value::from(u128::MAX), "340282366920938463463374607431768211455");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`. A record has it only inside arrays and objects; a key of the resource whose value
    /// is `null` is left out.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer below zero.
    Negative(i64),
    /// An integer that is zero or more.
    Unsigned(u64),
    /// A finite number with a fraction or an exponent.
    Float(f64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Value>),
    /// An object.
    Object(Object),
}

impl Value {
    /// Returns the string, if the value is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the boolean, if the value is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the integer, if the value is one that fits into an `i64`.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Negative(value) => Some(*value),
            Value::Unsigned(value) => i64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// Returns the integer, if the value is one that is zero or more.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Value::Unsigned(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the number, if the value is one. An integer is rounded to the nearest `f64`.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Float(value) => Some(*value),
            Value::Negative(value) => Some(*value as f64),
            Value::Unsigned(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// Returns the elements, if the value is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Value::Array(list) => Some(list),
            _ => None,
        }
    }

    /// Returns the object, if the value is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Whether arrays and objects nest no deeper than `levels`.
    pub(crate) fn fits_depth(&self, levels: usize) -> bool {
        match self {
            Value::Array(list) => levels > 0 && list.iter().all(|item| item.fits_depth(levels - 1)),
            Value::Object(object) => {
                levels > 0 && object.entries.iter().all(|(_, item)| item.fits_depth(levels - 1))
            }
            _ => true,
        }
    }
}

/// A JSON object: distinct keys, in the order in which they were inserted.
///
/// ```
/// use tracing_audit::record::Object;
///
/// let mut object = Object::from_iter([("name", "ada")]);
/// object.insert("attempts", 3);
/// assert_eq!(object["attempts"], 3);
/// for (key, value) in &object {
///     println!("{key} = {value}");
/// }
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Object {
    pub(super) entries: Vec<(String, Value)>,
    index: KeyIndex,
}

impl Object {
    /// Returns an object without keys.
    #[must_use]
    pub fn new() -> Object {
        Object::default()
    }

    /// Returns the value of `key`, if the object has that key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.index.position(key, &self.entries).map(|at| &self.entries[at].1)
    }

    /// Sets the value of `key` and returns the one that it had. A new key is added at the end.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        self.index.prepare(&self.entries);
        if let Some(at) = self.index.position(&key, &self.entries) {
            return Some(std::mem::replace(&mut self.entries[at].1, value));
        }
        self.index.added(&key, self.entries.len() + 1);
        self.entries.push((key, value));
        None
    }

    /// Removes `key` and returns its value, if the object has that key.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.index.position(key, &self.entries)?;
        Some(self.entries_mut().remove(at).1)
    }

    /// Returns the number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns `true` if there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns an object of entries whose keys are known to be distinct.
    pub(crate) fn of_distinct(entries: Vec<(String, Value)>) -> Object {
        Object { entries, index: KeyIndex::default() }
    }

    /// Returns the key and the value at this index.
    pub(crate) fn entry(&self, index: usize) -> (&str, &Value) {
        let (key, value) = &self.entries[index];
        (key, value)
    }

    /// Returns the keys, and their values to be changed.
    pub(in crate::record) fn values_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.entries.iter_mut().map(|(key, value)| (key.as_str(), value))
    }

    /// Returns the entries, whose keys must stay distinct.
    pub(crate) fn entries_mut(&mut self) -> &mut Vec<(String, Value)> {
        self.index.forget();
        &mut self.entries
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Object").field(&self.entries).finish()
    }
}

impl Index<&str> for Object {
    type Output = Value;

    /// Returns the value of `key`, or `null` if the object does not have that key.
    fn index(&self, key: &str) -> &Value {
        self.get(key).unwrap_or(&Value::Null)
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Object {
    /// Returns an object of these entries. The last value for a key is kept.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Object {
        let mut object = Object::new();
        object.extend(entries);
        object
    }
}

impl<K: Into<String>, V: Into<Value>> Extend<(K, V)> for Object {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;
    use std::collections::HashSet;

    /// Guards against an index that costs each value memory.
    #[test]
    fn a_value_is_as_small_as_can_be() {
        assert_eq!(size_of::<Value>(), size_of::<Vec<Value>>() + size_of::<usize>());
    }

    /// Guards against a time that grows with the square of the number of keys: it would be minutes.
    #[test]
    fn an_object_of_very_many_keys_is_built() {
        let mut record = Record::new("a.b");
        for n in 0..100_000 {
            record = record.resource(format!("key {n}"), n);
        }
        assert_eq!(record.resource.len(), 100_000);
        let object = record.resource.iter().map(|(key, value)| (key, value.clone())).collect::<Object>();
        assert_eq!(object, record.resource);
    }

    /// Guards against an index that is not what the entries are.
    #[test]
    fn an_object_of_many_keys_does_what_one_of_few_does() {
        let mut many = Object::new();
        for n in 0..500 {
            assert_eq!(many.insert(n.to_string(), n), None);
        }
        assert_eq!(many.insert("7", "again"), Some(Value::from(7)));
        assert_eq!(many.remove("3"), Some(Value::from(3)));
        assert_eq!((many.remove("3"), many.get("3")), (None, None));
        assert_eq!((&many["4"], &many["499"]), (&Value::from(4), &Value::from(499)));
        assert_eq!(many.insert("3", "new"), None);
        assert_eq!(many.insert("499", 0), Some(Value::from(499)));
        assert_eq!(many.iter().next_back(), Some(("3", &Value::from("new"))));
        let copy = many.clone();
        assert_eq!((&copy, copy.get("7")), (&many, Some(&Value::from("again"))));
        many.entries_mut().swap(0, 1);
        assert_eq!(many["0"], 0);
        assert_eq!(many.insert("1", 2), Some(Value::from(1)));
        let keys = many.iter().map(|(key, _)| key).collect::<HashSet<_>>();
        assert_eq!((keys.len(), many.len()), (500, 500));
    }
}
