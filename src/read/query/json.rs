//! JSON text that is walked through, not built: values stay what they are in the line.
//!
//! The grammar is that of RFC 8259, all of it, and nothing beyond: what is walked through to its end is
//! JSON. Whether the bytes are UTF-8 is for the caller to know.

use crate::record::first_special;
use std::borrow::Cow;

/// How deep arrays and objects may nest.
pub(super) const DEEPEST: usize = 127;

/// A value, as the text has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::read) enum Json<'a> {
    Null,
    Bool(bool),
    /// The number's text.
    Number(&'a str),
    String(Text<'a>),
    /// The text, with its brackets.
    Array(&'a [u8]),
    /// The text, with its braces.
    Object(&'a [u8]),
}

/// A string, as the text has it: without quotes, escaped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::read) struct Text<'a> {
    pub(super) escaped: &'a [u8],
    pub(super) has_escapes: bool,
}

impl<'a> Text<'a> {
    /// Returns the string that it stands for.
    pub(in crate::read) fn unescaped(self) -> Cow<'a, str> {
        if !self.has_escapes {
            return match std::str::from_utf8(self.escaped) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => String::from_utf8_lossy(self.escaped),
            };
        }
        let quoted = [b"\"", self.escaped, b"\""].concat();
        // It was walked through, so it is a string, unless it is not UTF-8.
        Cow::Owned(
            serde_json::from_slice::<String>(&quoted)
                .unwrap_or_else(|_| String::from_utf8_lossy(self.escaped).into_owned()),
        )
    }

    pub(in crate::read) fn is(self, text: &str) -> bool {
        if self.has_escapes { self.unescaped() == text } else { self.escaped == text.as_bytes() }
    }
}

impl Json<'_> {
    /// Appends the value, spelled as the text has it.
    pub(in crate::read) fn push_to(self, out: &mut Vec<u8>) {
        match self {
            Json::Null => out.extend_from_slice(b"null"),
            Json::Bool(true) => out.extend_from_slice(b"true"),
            Json::Bool(false) => out.extend_from_slice(b"false"),
            Json::Number(text) => out.extend_from_slice(text.as_bytes()),
            Json::String(text) => {
                out.push(b'"');
                out.extend_from_slice(text.escaped);
                out.push(b'"');
            }
            Json::Array(text) | Json::Object(text) => out.extend_from_slice(text),
        }
    }
}

/// The members of an object, or the elements of an array, in order.
#[derive(Clone, Debug)]
pub(in crate::read) struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Whether the text has ended, as JSON or not.
    has_ended: bool,
    is_first: bool,
}

/// The text is not JSON at this byte, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::read) struct NotJson(pub(super) usize);

impl<'a> Walk<'a> {
    /// Walks through a text that is to be one object or array, with white space around it at most.
    pub(in crate::read) fn of(bytes: &'a [u8]) -> Walk<'a> {
        Walk { bytes, at: 0, has_ended: false, is_first: true }
    }

    /// Goes on behind a member of an object, where a comma or the object's end is.
    pub(super) fn behind_a_member(bytes: &'a [u8], at: usize) -> Walk<'a> {
        Walk { bytes, at, has_ended: false, is_first: false }
    }

    /// Returns the next member of an object.
    pub(in crate::read) fn member(&mut self) -> Result<Option<(Text<'a>, Json<'a>)>, NotJson> {
        if !self.goes_on(b'{', b'}')? {
            return Ok(None);
        }
        self.expect(b'"')?;
        let key = self.string()?;
        self.space();
        self.expect(b':')?;
        self.space();
        let value = self.value(DEEPEST - 1)?;
        Ok(Some((key, value)))
    }

    /// Returns the next element of an array.
    pub(in crate::read) fn element(&mut self) -> Result<Option<Json<'a>>, NotJson> {
        if !self.goes_on(b'[', b']')? {
            return Ok(None);
        }
        self.value(DEEPEST - 1).map(Some)
    }

    /// Passes to where the next member or element begins; returns `false` behind the last one.
    fn goes_on(&mut self, open: u8, close: u8) -> Result<bool, NotJson> {
        if self.has_ended {
            return Ok(false);
        }
        self.space();
        if std::mem::take(&mut self.is_first) {
            self.expect(open)?;
            self.space();
            if self.peek() != Some(close) {
                return Ok(true);
            }
        } else if self.peek() == Some(b',') {
            self.at += 1;
            self.space();
            return Ok(true);
        }
        self.expect(close)?;
        self.space();
        self.has_ended = true;
        if self.at == self.bytes.len() { Ok(false) } else { Err(NotJson(self.at)) }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), NotJson> {
        if self.peek() != Some(byte) {
            return Err(NotJson(self.at));
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, NotJson> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.string().map(Json::String)
            }
            Some(b'{') => {
                self.skip(depth)?;
                Ok(Json::Object(&self.bytes[start..self.at]))
            }
            Some(b'[') => {
                self.skip(depth)?;
                Ok(Json::Array(&self.bytes[start..self.at]))
            }
            Some(b'-' | b'0'..=b'9') => self.number().map(Json::Number),
            Some(b't') => self.word(b"true", Json::Bool(true)),
            Some(b'f') => self.word(b"false", Json::Bool(false)),
            Some(b'n') => self.word(b"null", Json::Null),
            _ => Err(NotJson(start)),
        }
    }

    /// Passes an object or an array.
    fn skip(&mut self, depth: usize) -> Result<(), NotJson> {
        let is_object = self.peek() == Some(b'{');
        let close = if is_object { b'}' } else { b']' };
        if depth == 0 {
            return Err(NotJson(self.at));
        }
        self.at += 1;
        self.space();
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(());
        }
        loop {
            if is_object {
                self.expect(b'"')?;
                self.string()?;
                self.space();
                self.expect(b':')?;
                self.space();
            }
            self.value(depth - 1)?;
            self.space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.space();
                }
                Some(byte) if byte == close => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(NotJson(self.at)),
            }
        }
    }

    fn word(&mut self, word: &[u8], value: Json<'a>) -> Result<Json<'a>, NotJson> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(NotJson(self.at));
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<&'a str, NotJson> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        std::str::from_utf8(&self.bytes[start..self.at]).map_err(|_| NotJson(start))
    }

    fn digits(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(NotJson(start)) } else { Ok(()) }
    }

    /// Passes a string behind its first quotation mark.
    #[inline]
    fn string(&mut self) -> Result<Text<'a>, NotJson> {
        let start = self.at;
        let mut has_escapes = false;
        loop {
            let Some(len) = first_special(&self.bytes[self.at..]) else {
                return Err(NotJson(self.bytes.len()));
            };
            self.at += len;
            match self.bytes[self.at] {
                b'"' => {
                    let escaped = &self.bytes[start..self.at];
                    self.at += 1;
                    return Ok(Text { escaped, has_escapes });
                }
                b'\\' => {
                    has_escapes = true;
                    self.escape()?;
                }
                _ => return Err(NotJson(self.at)),
            }
        }
    }

    /// Passes an escape.
    fn escape(&mut self) -> Result<(), NotJson> {
        let start = self.at;
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let unit = self.unit(start)?;
                self.at += 6;
                match unit {
                    // Half a character: the other half follows.
                    0xd800..=0xdbff => {
                        let low = self.unit(self.at)?;
                        if !(0xdc00..=0xdfff).contains(&low) {
                            return Err(NotJson(start));
                        }
                        self.at += 6;
                    }
                    0xdc00..=0xdfff => return Err(NotJson(start)),
                    _ => {}
                }
            }
            _ => return Err(NotJson(start)),
        }
        Ok(())
    }

    /// Returns the number of the `\uXXXX` at this place.
    fn unit(&self, at: usize) -> Result<u16, NotJson> {
        let digits = self.bytes.get(at..at + 6).and_then(|escape| escape.strip_prefix(br"\u"));
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let unit = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        unit.and_then(|digits| u16::from_str_radix(digits, 16).ok()).ok_or(NotJson(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_object(text: &[u8]) -> bool {
        let mut walk = Walk::of(text);
        loop {
            match walk.member() {
                Ok(Some(_)) => {}
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }

    #[test]
    fn what_is_walked_through_is_json_and_all_of_it() {
        for text in [
            "{}",
            " { } ",
            r#"{"a":1,"b":[],"c":{"d":[{},[null]]},"e":-0.5e+10}"#,
            r#"{"\u00e9\ud83d\ude00\/":"\"\\\b\f\n\r\t"}"#,
            "{\"a\" :\t[ 1 , 2 ] }",
        ] {
            assert!(is_object(text.as_bytes()), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "{",
            "}",
            "{}x",
            "[]",
            "1",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{,}",
            "{\"a\":01}",
            "{\"a\":1.}",
            "{\"a\":+1}",
            "{\"a\":.5}",
            "{\"a\":1e}",
            "{\"a\":tru}",
            "{\"a\":nulll}",
            "{\"a\":\"\\x\"}",
            "{\"a\":\"\\u12\"}",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":\"\\udc00\"}",
            "{\"a\":\"\\ud800\\u0041\"}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"",
            "{a:1}",
            "{\"a\":[1,]}",
            "{\"a\":[1 2]}",
            "{\"a\":1 \"b\":2}",
            "{\"a\":-}",
            "{\"a\":NaN}",
        ] {
            assert!(!is_object(text.as_bytes()), "{text}");
            let value = serde_json::from_str::<serde_json::Value>(text);
            assert!(!value.is_ok_and(|value| value.is_object()), "{text}");
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        for (depth, is_json) in [(DEEPEST - 1, true), (DEEPEST, false), (100_000, false)] {
            let text = format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(is_object(text.as_bytes()), is_json, "{depth}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), is_json, "{depth}");
        }
    }

    proptest! {
        #[test]
        fn bytes_are_an_object_if_serde_json_says_so(text in r#"\{("[a\\"u/d8c0]{0,6}":[-0-9.e\[\]{}tfn",:a ]{0,8},?){0,3}\}"#) {
            let value = serde_json::from_str::<serde_json::Value>(&text);
            // A number that no `f64` holds is JSON all the same.
            let is_out_of_range = value.as_ref().is_err_and(|error| error.to_string().contains("out of range"));
            if !is_out_of_range {
                prop_assert_eq!(is_object(text.as_bytes()), value.is_ok(), "{}", text);
            }
        }
    }
}
