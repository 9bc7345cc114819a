//! The checks of `audit!` that run at compile time. Their panics are the compiler's error
//! messages.

use super::name::resource_key;
use crate::record::{ActorKey, is_of_the_log, is_reserved_key};

/// Stops compilation with `reason` if the event type is reserved for the log's own records.
///
/// # Panics
///
/// At compile time, with `reason`.
pub const fn check_event(event: &str, reason: &str) {
    if is_of_the_log(event) {
        panic!("{}", reason);
    }
}

/// Stops compilation with `reason` if an outcome is a string literal that is no outcome. `source` is the
/// literal as it is written, and `text` what it stands for. The types reject other literals.
///
/// # Panics
///
/// At compile time, with `reason`.
pub const fn check_outcome(source: &str, text: &str, reason: &str) {
    let is_string = matches!(source.as_bytes(), [b'"', ..] | [b'r', b'"' | b'#', ..]);
    if is_string && !matches!(text.as_bytes(), b"success" | b"failure") {
        panic!("{}", reason);
    }
}

/// Stops compilation if a field is unknown, reserved or repeated. `reasons` has the messages for
/// each field, in this order.
///
/// # Panics
///
/// At compile time, with one of the `reasons`.
pub const fn check(names: &[&str], reasons: &[[&str; 3]]) {
    let mut index = 0;
    while index < names.len() {
        match resource_key(names[index]) {
            Some(key) if is_reserved_key(key) => panic!("{}", reasons[index][1]),
            Some(key) if key.is_empty() => panic!("{}", reasons[index][0]),
            Some(_) => {}
            None => match names[index].as_bytes() {
                b"outcome" | b"trace_id" => {}
                _ if ActorKey::of_field(names[index]).is_some() => {}
                _ => panic!("{}", reasons[index][0]),
            },
        }
        let mut before = 0;
        while before < index {
            if is_same_field(names[before], names[index]) {
                panic!("{}", reasons[index][2]);
            }
            before += 1;
        }
        index += 1;
    }
}

/// Returns whether two names stand for one field: `resource.r#type` is `resource.type`.
const fn is_same_field(a: &str, b: &str) -> bool {
    // Nearly all differ here. The compiler complains of an evaluation that takes long, as without
    // this look it does with some hundred fields.
    if let ([.., c, d], [.., e, f]) = (a.as_bytes(), b.as_bytes())
        && (*c != *e || *d != *f)
    {
        return false;
    }
    match (resource_key(a), resource_key(b)) {
        (Some(a), Some(b)) => is_equal(a.as_bytes(), b.as_bytes()),
        (None, None) => is_equal(a.as_bytes(), b.as_bytes()),
        _ => false,
    }
}

const fn is_equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}
