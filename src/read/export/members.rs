//! Writing JSON.

use super::fields::Field;
use crate::read::query::Json;
use crate::record::push_string;
use std::fmt::Display;

/// An object that is being written.
#[derive(Debug)]
pub(super) struct Members<'o> {
    out: &'o mut Vec<u8>,
    is_first: bool,
}

/// Writes an object.
pub(super) fn object(out: &mut Vec<u8>, write: impl FnOnce(&mut Members<'_>)) {
    out.push(b'{');
    write(&mut Members { out, is_first: true });
    out.push(b'}');
}

impl Members<'_> {
    fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
        push_string(self.out, key);
        self.out.push(b':');
        self.out
    }

    pub(super) fn text(&mut self, key: &str, text: &str) {
        push_string(self.key(key), text);
    }

    /// Writes a text, if there is one.
    pub(super) fn some(&mut self, key: &str, text: Option<impl AsRef<str>>) {
        if let Some(text) = text {
            self.text(key, text.as_ref());
        }
    }

    pub(super) fn number(&mut self, key: &str, number: impl Display) {
        let number = number.to_string();
        self.key(key).extend_from_slice(number.as_bytes());
    }

    /// Writes a value as a line spells it.
    pub(super) fn value(&mut self, key: &str, value: Json<'_>) {
        value.push_to(self.key(key));
    }

    pub(super) fn object(&mut self, key: &str, write: impl FnOnce(&mut Members<'_>)) {
        object(self.key(key), write);
    }

    /// Writes fields as a line spells them, if there are any.
    pub(super) fn fields<'a, 'b: 'a>(&mut self, key: &str, fields: impl IntoIterator<Item = &'a Field<'b>>) {
        let mut fields = fields.into_iter().peekable();
        if fields.peek().is_some() {
            self.object(key, |object| fields.for_each(|(key, value)| object.value(key, *value)));
        }
    }

    pub(super) fn texts<T: AsRef<str>>(&mut self, key: &str, texts: &[T]) {
        let out = self.key(key);
        out.push(b'[');
        for (at, text) in texts.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            push_string(out, text.as_ref());
        }
        out.push(b']');
    }

    /// Writes an array of one object.
    pub(super) fn array_of_one(&mut self, key: &str, write: impl FnOnce(&mut Members<'_>)) {
        let out = self.key(key);
        out.push(b'[');
        object(out, write);
        out.push(b']');
    }
}
