//! A JSON value, and an object of them.

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
                levels > 0 && object.0.iter().all(|(_, item)| item.fits_depth(levels - 1))
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(pub(super) Vec<(String, Value)>);

impl Object {
    /// Returns an object without keys.
    #[must_use]
    pub fn new() -> Object {
        Object::default()
    }

    /// Returns the value of `key`, if the object has that key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Sets the value of `key` and returns the one that it had. A new key is added at the end.
    pub fn insert(&mut self, key: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        match self.get_mut(&key) {
            Some(place) => Some(std::mem::replace(place, value)),
            None => {
                self.0.push((key, value));
                None
            }
        }
    }

    /// Removes `key` and returns its value, if the object has that key.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(at).1)
    }

    /// Returns the number of keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns `true` if there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns an object of entries whose keys are known to be distinct.
    pub(crate) fn of_distinct(entries: Vec<(String, Value)>) -> Object {
        Object(entries)
    }

    /// Returns the key and the value at this index.
    pub(crate) fn entry(&self, index: usize) -> (&str, &Value) {
        let (key, value) = &self.0[index];
        (key, value)
    }

    pub(crate) fn entries_mut(&mut self) -> &mut Vec<(String, Value)> {
        &mut self.0
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
