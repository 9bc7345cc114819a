//! The sink for a value's `Debug`, `Display` or JSON: it writes straight into the line, escapes,
//! and cuts what is longer than a line can hold.

use super::json_value::{
    is_deep_mark, is_failure_mark, is_flaw_mark, is_json_mark, is_key_mark, is_secrets_mark,
};
use crate::record::encode::{push_escaped, push_string};
use crate::record::redact::{RedactedKeys, SecretKeys};
use crate::record::{Cut, prefix};
use std::fmt;

/// Takes text piece by piece, and leaves one JSON value at the end of `out`.
pub(super) struct ValueSink<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    kind: Kind,
    /// The number of bytes of JSON text that may be kept.
    max_bytes: usize,
    /// The length of the whole text, once it no longer fits.
    overflow: Option<u64>,
    /// Whether it is text, or has text in it, in place of what nests too deeply.
    is_deep: bool,
    /// The keys whose values are to be redacted.
    secrets: Option<&'a SecretKeys>,
    /// The keys whose values were redacted.
    redacted: &'a mut RedactedKeys,
    /// What the next text is.
    next: Next,
    /// What is wrong with the value, which is recorded all the same.
    flaws: Vec<String>,
}

/// What a text is that is written into the sink.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A part of the value.
    Value,
    /// A key, of which is asked whether it is secret.
    Key,
    /// What is wrong with the value.
    Flaw,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Json,
    /// The text says why there is no JSON.
    Failure,
}

/// The result of writing a value into the line.
pub(super) enum Written {
    Whole,
    Cut(Cut),
    /// The value is `null`; nothing is left in the line.
    Null,
    /// The value could not be serialized, for this reason; nothing is left in the line.
    Failed(String),
}

impl<'a> ValueSink<'a> {
    pub(super) fn new(
        out: &'a mut Vec<u8>,
        max_bytes: usize,
        secrets: Option<&'a SecretKeys>,
        redacted: &'a mut RedactedKeys,
    ) -> ValueSink<'a> {
        let start = out.len();
        out.push(b'"');
        ValueSink {
            out,
            start,
            kind: Kind::Text,
            max_bytes,
            overflow: None,
            is_deep: false,
            secrets,
            redacted,
            next: Next::Value,
            flaws: Vec::new(),
        }
    }

    /// Removes what was written.
    pub(super) fn abandon(self) {
        self.out.truncate(self.start);
    }

    /// Returns whether the value is text, or has text in it, in place of what nests too deeply.
    pub(super) fn is_deep(&self) -> bool {
        self.is_deep
    }

    /// Completes the JSON value.
    pub(super) fn finish(mut self) -> Written {
        if let Some(bytes) = self.overflow.take() {
            if self.kind == Kind::Text {
                self.out.push(b'"');
            }
            return Written::Cut(Cut { bytes });
        }
        match self.kind {
            Kind::Text => {
                self.out.push(b'"');
                Written::Whole
            }
            Kind::Json if &self.out[self.start..] == b"null" => {
                self.out.truncate(self.start);
                Written::Null
            }
            Kind::Json => Written::Whole,
            Kind::Failure => {
                let reason = String::from_utf8_lossy(&self.out[self.start..]).into_owned();
                self.out.truncate(self.start);
                Written::Failed(reason)
            }
        }
    }

    /// Takes what is wrong with the value, which is recorded all the same.
    pub(super) fn take_flaws(&mut self) -> Vec<String> {
        std::mem::take(&mut self.flaws)
    }

    /// Takes a text that is not a part of the value. The answer to a key is an error if it is secret.
    #[cold]
    fn take_aside(&mut self, text: &str) -> fmt::Result {
        match std::mem::replace(&mut self.next, Next::Value) {
            Next::Key if self.secrets.is_some_and(|secrets| secrets.has(text)) => {
                self.redacted.note(text);
                return Err(fmt::Error);
            }
            Next::Flaw => self.flaws.push(text.to_owned()),
            Next::Key | Next::Value => {}
        }
        Ok(())
    }

    /// Begins again, with text of another kind.
    fn restart(&mut self, kind: Kind) {
        self.kind = kind;
        self.out.truncate(self.start);
    }

    #[cold]
    fn overflow(&mut self, text: &str) {
        let kept = match self.kind {
            // The text so far is a string without its closing quote.
            Kind::Text => {
                let mut string = self.out[self.start..].to_vec();
                string.push(b'"');
                serde_json::from_slice(&string).unwrap_or_default()
            }
            Kind::Json | Kind::Failure => String::from_utf8_lossy(&self.out[self.start..]).into_owned(),
        };
        let free = self.max_bytes.saturating_sub(self.out.len() - self.start);
        let fits = prefix(text, free);
        if self.kind == Kind::Text {
            push_escaped(self.out, fits);
        } else {
            // A piece of JSON is not JSON: it becomes a string.
            self.out.truncate(self.start);
            push_string(self.out, &format!("{kept}{fits}"));
        }
        self.overflow = Some(kept.len() as u64);
    }
}

impl fmt::Write for ValueSink<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.next != Next::Value {
            return self.take_aside(text);
        }
        if text.is_empty() {
            if is_json_mark(text) {
                self.restart(Kind::Json);
            } else if is_failure_mark(text) {
                self.restart(Kind::Failure);
            } else if is_deep_mark(text) {
                self.is_deep = true;
            } else if is_key_mark(text) {
                self.next = Next::Key;
            } else if is_flaw_mark(text) {
                self.next = Next::Flaw;
            } else if is_secrets_mark(text) && self.secrets.is_some() {
                return Err(fmt::Error);
            }
            return Ok(());
        }
        if self.overflow.is_none() && self.out.len() - self.start + text.len() > self.max_bytes {
            self.overflow(text);
        }
        if let Some(bytes) = &mut self.overflow {
            *bytes += text.len() as u64;
        } else if self.kind == Kind::Text {
            push_escaped(self.out, text);
        } else {
            self.out.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }
}
