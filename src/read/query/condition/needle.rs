//! Bytes that occur in each line which meets the conditions, for a search before anything is parsed.
//!
//! The bytes are those of the log's own spelling. A line with other escapes is for the caller to know.

use super::condition::{Condition, Other, Test, Wanted};
use super::glob::Glob;
use crate::record::encode::push_escaped;

/// Returns the bytes that are rarest by a guess: a value before a key, and of these the longest.
pub(in crate::read::query) fn needle(events: &[Glob], conditions: &[Condition]) -> Option<Vec<u8>> {
    let values = conditions.iter().filter_map(of_value).max_by_key(Vec::len);
    let event = || match events {
        [event] => event.parts().map(escaped).max_by_key(Vec::len),
        _ => None,
    };
    let keys = || conditions.iter().filter_map(of_key).max_by_key(Vec::len);
    values.or_else(event).or_else(keys)
}

fn of_value(condition: &Condition) -> Option<Vec<u8>> {
    // Each line has both outcomes' letters as often as not, and the event is looked at in its place.
    if matches!(condition.path.root(), "_schema_version" | "ts" | "seq") {
        return None;
    }
    match &condition.test {
        Test::Is(Wanted { text: Some(text), other: None }) => {
            Some([b"\"", &escaped(text)[..], b"\""].concat())
        }
        // Bare, or as a string.
        Test::Is(Wanted { text: Some(text), other: Some(Other::Bool(_) | Other::Null) }) => {
            Some(escaped(text))
        }
        _ => None,
    }
}

fn of_key(condition: &Condition) -> Option<Vec<u8>> {
    if condition.path.len() < 2 || matches!(condition.test, Test::IsMissing) {
        return None;
    }
    Some([&escaped(condition.path.last_key()?)[..], b"\""].concat())
}

fn escaped(text: &str) -> Vec<u8> {
    let mut escaped = Vec::new();
    push_escaped(&mut escaped, text);
    escaped
}
