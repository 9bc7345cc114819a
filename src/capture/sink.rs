//! Where a value's `Debug`, `Display` or JSON is written to: straight into the
//! line, escaped, and no more of it than a line can hold.

use super::given::{is_failure_sign, is_json_sign};
use crate::record::encode::{push_escaped, push_string};
use crate::record::{Cut, prefix};
use sha2::{Digest, Sha256};
use std::fmt;

/// Takes text as it comes and leaves one JSON value at the end of `out`.
pub(crate) struct Sink<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    kind: Kind,
    /// How many bytes of JSON text may be kept.
    room: usize,
    overflow: Option<Overflow>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Json,
    /// The text says why there is no JSON.
    Failure,
}

/// All that is known of what no longer fits.
struct Overflow {
    sha256: Sha256,
    bytes: u64,
}

/// What has become of the value.
pub(crate) enum Written {
    Whole,
    Cut(Cut),
    /// It is `null`, and nothing was left in the line.
    Null,
    /// It could not be had, and nothing was left in the line.
    Failed(String),
}

impl<'a> Sink<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>, room: usize) -> Sink<'a> {
        let start = out.len();
        out.push(b'"');
        Sink { out, start, kind: Kind::Text, room, overflow: None }
    }

    /// Takes away what was written.
    pub(crate) fn abandon(self) {
        self.out.truncate(self.start);
    }

    pub(crate) fn finish(mut self) -> Written {
        if let Some(overflow) = self.overflow.take() {
            if self.kind == Kind::Text {
                self.out.push(b'"');
            }
            return Written::Cut(Cut::new(overflow.bytes, overflow.sha256.finalize().as_slice()));
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

    /// Begins again, as another kind.
    fn turn(&mut self, kind: Kind) {
        self.kind = kind;
        self.out.truncate(self.start);
    }

    #[cold]
    fn overflow(&mut self, text: &str) {
        let kept = match self.kind {
            // What was kept is a string without its closing quote.
            Kind::Text => {
                let mut string = self.out[self.start..].to_vec();
                string.push(b'"');
                serde_json::from_slice(&string).unwrap_or_default()
            }
            Kind::Json | Kind::Failure => String::from_utf8_lossy(&self.out[self.start..]).into_owned(),
        };
        let room = self.room.saturating_sub(self.out.len() - self.start);
        let fits = prefix(text, room);
        if self.kind == Kind::Text {
            push_escaped(self.out, fits);
        } else {
            // A piece of JSON is no JSON: it becomes a string.
            self.out.truncate(self.start);
            push_string(self.out, &format!("{kept}{fits}"));
        }
        let bytes = kept.len() as u64;
        self.overflow = Some(Overflow { sha256: Sha256::new_with_prefix(kept), bytes });
    }
}

impl fmt::Write for Sink<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.is_empty() {
            if is_json_sign(text) {
                self.turn(Kind::Json);
            } else if is_failure_sign(text) {
                self.turn(Kind::Failure);
            }
            return Ok(());
        }
        if self.overflow.is_none() && self.out.len() - self.start + text.len() > self.room {
            self.overflow(text);
        }
        if let Some(overflow) = &mut self.overflow {
            overflow.sha256.update(text);
            overflow.bytes += text.len() as u64;
        } else if self.kind == Kind::Text {
            push_escaped(self.out, text);
        } else {
            self.out.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }
}
