//! The flag of redacted values: the keys that an event had.

use crate::record::text::escape::push_string;
use crate::record::text::prefix::prefix;
use crate::record::value::json::Value;

/// The keys of one event whose values were redacted, each once, as the event spells it. Their number and
/// length are bounded, so that they always fit into a line.
#[derive(Debug, Default)]
pub(crate) struct RedactedKeys {
    /// Strings of JSON, which have no line end in them, each with a line end behind it. Reused, so that a key
    /// costs no allocation.
    list: Vec<u8>,
    count: usize,
}

impl RedactedKeys {
    /// The number of keys that are listed; one more entry says that there were others.
    const MOST: usize = 32;
    /// The longest text of a key, in bytes, escaped.
    const LONGEST: usize = 64;
    /// The entry for other keys.
    const OTHERS: &str = "and more";

    /// Notes a key.
    pub(crate) fn note(&mut self, key: &str) {
        let start = self.list.len();
        let is_listed = self.count < RedactedKeys::MOST;
        push_string(
            &mut self.list,
            if is_listed { prefix(key, RedactedKeys::LONGEST) } else { Self::OTHERS },
        );
        let (known, noted) = self.list.split_at(start);
        if self.count > RedactedKeys::MOST || known.split(|byte| *byte == b'\n').any(|key| key == noted) {
            self.list.truncate(start);
        } else {
            self.list.push(b'\n');
            self.count += 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.count = 0;
    }

    /// Appends the array of the keys.
    pub(crate) fn push(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        let start = out.len();
        out.extend_from_slice(&self.list);
        out[start..].iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b',');
        // In place of the last comma.
        out.truncate(out.len().saturating_sub(1).max(start));
        out.push(b']');
    }

    /// Returns whether `flag`, the value of `_redacted` in a record, lists this key.
    pub(crate) fn is_listed(flag: &Value, key: &str) -> bool {
        let key = prefix(key, RedactedKeys::LONGEST);
        let others = |list: &[Value]| list.get(RedactedKeys::MOST).is_some_and(|entry| entry == Self::OTHERS);
        flag.as_array().is_some_and(|list| others(list) || list.iter().any(|listed| listed == key))
    }

    pub(crate) fn to_value(&self) -> Value {
        let mut array = Vec::new();
        self.push(&mut array);
        Value::Array(serde_json::from_slice(&array).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_listed_once_and_their_number_is_bounded() {
        let mut keys = RedactedKeys::default();
        assert!(keys.is_empty());
        for key in ["password", "Password", "a\"b", "b", "password", "a", ",", "\n"] {
            keys.note(key);
        }
        assert_eq!(keys.to_value().to_string(), r#"["password","Password","a\"b","b","a",",","\n"]"#);
        for n in 0..100 {
            keys.note(&format!("{n}{}", "\n".repeat(100)));
        }
        let value = keys.to_value();
        let listed = value.as_array().unwrap();
        assert_eq!((listed.len(), &listed[32]), (33, &Value::from("and more")));
        assert!(value.to_string().len() < 32 * 68, "{value}");
        // Of the others, each could be one of them.
        assert!(RedactedKeys::is_listed(&value, "a\"b") && RedactedKeys::is_listed(&value, "99"));
        let few = Value::from(vec!["password"]);
        assert!(RedactedKeys::is_listed(&few, "password") && !RedactedKeys::is_listed(&few, "Password"));
        assert!(!RedactedKeys::is_listed(&Value::Null, "password"));
        keys.clear();
        assert!(keys.is_empty() && keys.to_value().as_array().unwrap().is_empty());
    }
}
