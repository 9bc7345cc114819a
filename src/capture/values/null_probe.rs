//! A sink that keeps nothing of a value, but whether it is a JSON `null`.

use super::json_value::{is_deep_mark, is_failure_mark, is_json_mark};
use std::fmt;

const NULL: &str = "null";

/// Takes a value's `Debug` or JSON.
#[derive(Default)]
pub(super) struct NullProbe {
    is_json: bool,
    /// What is still expected of the text, if it is `null` so far.
    rest: Option<&'static str>,
}

impl NullProbe {
    /// Returns whether the text was that of a JSON `null`.
    pub(super) fn is_null(&self) -> bool {
        self.is_json && self.rest == Some("")
    }
}

impl fmt::Write for NullProbe {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if is_json_mark(text) {
            (self.is_json, self.rest) = (true, Some(NULL));
        } else if is_failure_mark(text) || is_deep_mark(text) {
            self.is_json = false;
        } else {
            self.rest = self.rest.and_then(|rest| rest.strip_prefix(text));
        }
        Ok(())
    }
}
