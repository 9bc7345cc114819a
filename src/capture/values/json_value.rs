//! Values that `tracing` has no type for, carried as their JSON.
//!
//! Such a value travels as the `Debug` of [`Json`], which writes a mark first and the JSON after
//! it. The sink that takes the text knows the mark, and so tells JSON from other text.

use crate::record::to_value;
use serde::Serialize;
use std::fmt;
use tracing_core::field::{self, DebugValue};

/// Returns the value in the form that `tracing` carries, to be recorded as JSON.
pub fn json<T: Serialize + ?Sized>(value: &T) -> DebugValue<Json<'_, T>> {
    field::debug(Json(value))
}

/// A value whose `Debug` is a mark, then its JSON, or the error that kept it from being
/// serialized.
pub struct Json<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> fmt::Debug for Json<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match to_value(self.0) {
            Ok(value) => {
                f.write_str(mark(JSON_MARK))?;
                fmt::Display::fmt(&value, f)
            }
            Err(error) => {
                f.write_str(mark(FAILURE_MARK))?;
                fmt::Display::fmt(&error, f)
            }
        }
    }
}

/// The marks are empty strings, known by their address inside of this array, where no other
/// string begins. Other code neither sees nor can forge them.
static MARKS: [u8; 4] = *b"json";
const JSON_MARK: usize = 1;
const FAILURE_MARK: usize = 2;

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
