//! Values that `tracing` has no type for, carried as their JSON.
//!
//! Such a value travels as the `Debug` of [`Json`], which writes a mark first and the JSON after
//! it. The sink that takes the text knows the mark, and so tells JSON from other text.
//!
//! Before, it asks the sink which keys are secret, to redact their values: it writes the mark of secrets,
//! upon which a sink that has secret keys returns an error; then, for each key of the value, the mark of a
//! key and the key itself, upon which the sink returns an error if that key is secret.

use crate::record::redact::{redact_members, redact_value};
use crate::record::{MAX_DEPTH, Value, to_value};
use serde::Serialize;
use std::fmt;
use tracing_core::field::{self, DebugValue};

/// Returns the value in the form that `tracing` carries, to be recorded as JSON.
pub fn json<T: Serialize + ?Sized>(value: &T) -> DebugValue<Json<'_, T>> {
    field::debug(Json(value))
}

/// Returns an object in the form that `tracing` carries, to be recorded as the members of the
/// resource.
pub fn members<T: Serialize + ?Sized>(object: &T) -> DebugValue<Members<'_, T>> {
    field::debug(Members(object))
}

/// A value whose `Debug` is a mark, then its JSON, or the error that kept it from being
/// serialized. If it nests too deeply for a record, its JSON is text.
pub struct Json<'a, T: ?Sized>(&'a T);

/// An object, likewise, of which each member may nest as deeply as a record allows.
pub struct Members<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> fmt::Debug for Json<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut value, flaws) = match to_value(self.0) {
            Ok(converted) => converted,
            Err(error) => return write_marked(f, &[FAILURE_MARK], &error),
        };
        write_flaws(f, &flaws)?;
        with_secrets(f, |is_secret| redact_value(&mut value, is_secret));
        let mark = if value.fits_depth(MAX_DEPTH) { JSON_MARK } else { DEEP_MARK };
        write_marked(f, &[mark], &value)
    }
}

impl<T: Serialize + ?Sized> fmt::Debug for Members<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut members, flaws) = match to_value(self.0) {
            Ok((Value::Object(members), flaws)) => (members, flaws),
            Ok(_) => return fmt::Debug::fmt(&Json(self.0), f),
            Err(error) => return write_marked(f, &[FAILURE_MARK], &error),
        };
        write_flaws(f, &flaws)?;
        with_secrets(f, |is_secret| redact_members(&mut members, is_secret));
        let mut is_deep = false;
        for (_, value) in members.entries_mut().iter_mut().filter(|(_, value)| !value.fits_depth(MAX_DEPTH)) {
            *value = Value::String(value.to_string());
            is_deep = true;
        }
        write_marked(f, if is_deep { &[DEEP_MARK, JSON_MARK] } else { &[JSON_MARK] }, &members)
    }
}

/// Calls `redact` if the sink has secret keys, with the question whether a key is one of them.
fn with_secrets(f: &mut fmt::Formatter<'_>, redact: impl FnOnce(&mut dyn FnMut(&str) -> bool)) {
    if f.write_str(mark(SECRETS_MARK)).is_err() {
        redact(&mut |key| f.write_str(mark(KEY_MARK)).is_ok() && f.write_str(key).is_err());
    }
}

/// Writes what is wrong with the value, each text behind a mark. The JSON begins after them, anew.
fn write_flaws(f: &mut fmt::Formatter<'_>, flaws: &[String]) -> fmt::Result {
    flaws.iter().try_for_each(|flaw| write_marked(f, &[FLAW_MARK], flaw))
}

fn write_marked(f: &mut fmt::Formatter<'_>, marks: &[usize], text: &dyn fmt::Display) -> fmt::Result {
    marks.iter().try_for_each(|at| f.write_str(mark(*at)))?;
    text.fmt(f)
}

/// The marks are empty strings, known by their address inside of this array, where no other
/// string begins. Other code neither sees nor can forge them.
static MARKS: [u8; 7] = *b"a mark.";
const JSON_MARK: usize = 1;
const FAILURE_MARK: usize = 2;
const DEEP_MARK: usize = 3;
const SECRETS_MARK: usize = 4;
const KEY_MARK: usize = 5;
const FLAW_MARK: usize = 6;

fn mark(at: usize) -> &'static str {
    std::str::from_utf8(&MARKS[at..at]).unwrap_or_default()
}

fn is_mark(text: &str, at: usize) -> bool {
    text.is_empty() && std::ptr::eq(text.as_ptr(), MARKS[at..].as_ptr())
}

/// Returns whether the text is the mark before JSON.
pub(super) fn is_json_mark(text: &str) -> bool {
    is_mark(text, JSON_MARK)
}

/// Returns whether the text is the mark before the reason why there is no JSON.
pub(super) fn is_failure_mark(text: &str) -> bool {
    is_mark(text, FAILURE_MARK)
}

/// Returns whether the text is the mark before JSON that is recorded as text, all of it or where it
/// nests too deeply.
pub(super) fn is_deep_mark(text: &str) -> bool {
    is_mark(text, DEEP_MARK)
}

/// Returns whether the text is the mark that asks whether there are secret keys.
pub(super) fn is_secrets_mark(text: &str) -> bool {
    is_mark(text, SECRETS_MARK)
}

/// Returns whether the text is the mark before a key, of which is asked whether it is secret.
pub(super) fn is_key_mark(text: &str) -> bool {
    is_mark(text, KEY_MARK)
}

/// Returns whether the text is the mark before a text that says what is wrong with the value.
pub(super) fn is_flaw_mark(text: &str) -> bool {
    is_mark(text, FLAW_MARK)
}
