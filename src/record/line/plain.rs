//! Telling that a line is a record without decoding it.
//!
//! A verification judges each line that no seal covers. Nearly all of them are spelled as this crate spells records, which is seen here
//! in one pass and without an allocation. What this pass does not know (a newer key, an object of many keys, deep nesting)
//! it leaves to the decoder.

use crate::record::actor::{ActorKey, ActorKind, USER_AGENT_BYTES, check};
use crate::record::line::encode::{HEAD, SEQ};
use crate::record::text::special::first_special;
use crate::record::ts::timestamp::Timestamp;
use crate::record::value::to_json::push_f64;

/// So many keys of an object are compared with one another.
const MOST_KEYS: usize = 16;

/// So deep a value may nest.
const DEEPEST: usize = 8;

/// Tells that lines are records. It keeps a buffer from line to line.
#[derive(Debug, Default)]
pub(crate) struct PlainLines {
    number: Vec<u8>,
}

impl PlainLines {
    /// Returns `true` for a line, without its `\n`, that [`Record::from_line`](crate::Record::from_line) decodes. `false` says nothing:
    /// the line is to be decoded.
    pub(crate) fn has(&mut self, line: &[u8]) -> bool {
        let is_utf8 = line.is_ascii() || std::str::from_utf8(line).is_ok();
        is_utf8 && Rest { bytes: line, number: &mut self.number }.record().is_some()
    }
}

/// What is left of a line. Each method passes what it is named for, or returns `None`.
struct Rest<'a> {
    bytes: &'a [u8],
    /// A number, spelled again.
    number: &'a mut Vec<u8>,
}

impl<'a> Rest<'a> {
    fn record(&mut self) -> Option<()> {
        self.pass(HEAD)?;
        self.ts()?;
        self.pass(br#"","event":""#)?;
        self.text_with_any()?;
        self.pass(br#","actor":{"#)?;
        self.actor()?;
        if self.pass(br#","resource":{"#).is_some() {
            self.members(DEEPEST, false)?;
        }
        self.pass(br#","outcome":""#)?;
        self.pass(br#"success""#).or_else(|| self.pass(br#"failure""#))?;
        if self.pass(br#","trace_id":""#).is_some() {
            self.text_with_any()?;
        }
        self.pass(SEQ)?;
        self.unsigned()?;
        (self.bytes == b"}").then_some(())
    }

    #[inline]
    fn pass<const N: usize>(&mut self, text: &[u8; N]) -> Option<()> {
        let (first, rest) = self.bytes.split_first_chunk::<N>()?;
        (first == text).then(|| self.bytes = rest)
    }

    #[inline]
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(len)?;
        self.bytes = rest;
        Some(taken)
    }

    fn ts(&mut self) -> Option<()> {
        let text = self.take(Timestamp::LEN)?;
        Timestamp::parse(text).map(|_| ())
    }

    /// Passes a string behind its first quotation mark, and returns what is in it, escaped.
    #[inline]
    fn text(&mut self) -> Option<&'a [u8]> {
        let (text, mut len) = (self.bytes, 0);
        loop {
            len += first_special(&text[len..])?;
            match text[len] {
                b'"' => {
                    self.bytes = &text[len + 1..];
                    return Some(&text[..len]);
                }
                b'\\' => len += escape_len(&text[len + 1..])?,
                _ => return None,
            }
        }
    }

    /// Passes a string that is not empty.
    fn text_with_any(&mut self) -> Option<&'a [u8]> {
        self.text().filter(|text| !text.is_empty())
    }

    fn actor(&mut self) -> Option<()> {
        if self.pass(b"}").is_some() {
            return Some(());
        }
        let mut passed = 0;
        loop {
            self.pass(b"\"")?;
            let key = ActorKey::of_name(std::str::from_utf8(self.text()?).ok()?)?;
            if key.index() < passed {
                return None;
            }
            passed = key.index() + 1;
            self.pass(b":\"")?;
            let text = self.text_with_any()?;
            let is_recorded = match key {
                ActorKey::Kind => ActorKind::from_name(std::str::from_utf8(text).ok()?).is_some(),
                ActorKey::UserAgent => text.len() <= USER_AGENT_BYTES,
                ActorKey::Address => {
                    let text = std::str::from_utf8(text).ok()?;
                    check(key, text).text.as_deref() == Some(text)
                }
                ActorKey::UserSid | ActorKey::UserId | ActorKey::SessionId | ActorKey::Tenant => true,
            };
            if !is_recorded {
                return None;
            }
            match self.byte()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Passes the members of an object that has some, and its end.
    fn members(&mut self, levels: usize, may_be_null: bool) -> Option<()> {
        let mut keys = [&b""[..]; MOST_KEYS];
        for at in 0..MOST_KEYS {
            self.pass(b"\"")?;
            let key = self.text()?;
            // A string has one spelling.
            if keys[..at].contains(&key) {
                return None;
            }
            keys[at] = key;
            self.pass(b":")?;
            self.value(levels, may_be_null)?;
            match self.byte()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
        None
    }

    fn value(&mut self, levels: usize, may_be_null: bool) -> Option<()> {
        match self.bytes.first()? {
            b'"' => {
                self.pass(b"\"")?;
                self.text().map(|_| ())
            }
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.pass(b"true"),
            b'f' => self.pass(b"false"),
            b'n' if may_be_null => self.pass(b"null"),
            b'{' => {
                self.pass(b"{")?;
                let levels = levels.checked_sub(1)?;
                self.pass(b"}").or_else(|| self.members(levels, true))
            }
            b'[' => {
                self.pass(b"[")?;
                let levels = levels.checked_sub(1)?;
                self.pass(b"]").or_else(|| self.elements(levels))
            }
            _ => None,
        }
    }

    fn elements(&mut self, levels: usize) -> Option<()> {
        loop {
            self.value(levels, true)?;
            match self.byte()? {
                b',' => {}
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Passes a number of 64 bits.
    fn unsigned(&mut self) -> Option<()> {
        let len = self.bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = self.take(len)?;
        (is_integer(digits) && is_in_range::<u64>(digits)).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        let is_of_number = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let len = self.bytes.iter().take_while(is_of_number).count();
        let text = self.take(len)?;
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        if digits.iter().all(u8::is_ascii_digit) {
            let is_in_range = match text.len() - digits.len() {
                0 => is_in_range::<u64>(text),
                // The negative zero is no integer.
                _ => is_in_range::<i64>(text) && digits != b"0",
            };
            return (is_integer(digits) && is_in_range).then_some(());
        }
        let value = std::str::from_utf8(text).ok()?.parse().ok()?;
        self.number.clear();
        push_f64(self.number, value);
        (*self.number == text).then_some(())
    }
}

/// Returns whether digits are an integer in the spelling of lines.
fn is_integer(digits: &[u8]) -> bool {
    matches!(digits, [b'0'] | [b'1'..=b'9', ..])
}

/// Returns whether a type of 64 bits has this integer.
fn is_in_range<T: std::str::FromStr>(text: &[u8]) -> bool {
    text.len() < 19 || std::str::from_utf8(text).is_ok_and(|text| text.parse::<T>().is_ok())
}

/// Returns the length of an escape as lines have it, given what stands behind its `\`.
fn escape_len(rest: &[u8]) -> Option<usize> {
    match rest {
        [b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Some(2),
        // Others have a shorter one.
        [b'u', b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f', ..]
        | [b'u', b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f', ..] => Some(6),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;
    use proptest::prelude::*;

    fn line(actor: &str, resource: &str, rest: &str) -> String {
        let resource =
            if resource.is_empty() { String::new() } else { format!(r#","resource":{{{resource}}}"#) };
        format!(
            r#"{{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"a.b","actor":{{{actor}}}{resource},"outcome":"success"{rest}}}"#
        )
    }

    fn is_plain(line: &str) -> bool {
        let is_plain = PlainLines::default().has(line.as_bytes());
        let decoded = Record::from_line(line.as_bytes());
        assert!(!is_plain || decoded.is_ok(), "{line}: {decoded:?}");
        is_plain
    }

    #[test]
    fn usual_lines_need_no_decoding() {
        for line in [
            line("", "", r#","seq":0"#),
            line(
                r#""user_id":"ada","kind":"user","tenant":"é","address":"::1","user_agent":"x""#,
                "",
                r#","seq":41"#,
            ),
            line(
                r#""user_sid":"S-1-5","session_id":"\u001b\"\\\b\f\n\r\t""#,
                "",
                r#","trace_id":"t","seq":41"#,
            ),
            line(
                "",
                r#""":"","a":1,"b":-1,"c":0.5,"d":-0.0,"e":12345.678,"f":true,"g":false,"h":18446744073709551615,"i":-9223372036854775808"#,
                r#","seq":1"#,
            ),
            line("", r#""a":{},"b":[],"c":{"a":{"b":null}},"d":[null,[1,{}],"x"]"#, r#","seq":1"#),
            line("", r#""_violations":["x"],"_truncated":{"k":{"bytes":7}}"#, r#","seq":1"#),
        ] {
            assert!(is_plain(&line), "{line}");
        }
    }

    #[test]
    fn what_is_no_record_is_not_plain() {
        let sound = line(r#""user_id":"ada""#, r#""a":1"#, r#","trace_id":"t","seq":41"#);
        assert!(is_plain(&sound));
        for (is, becomes) in [
            ("05-28", "02-30"),
            ("a.b", ""),
            ("a.b", r"a\u002eb"),
            ("a.b", r"a\/b"),
            ("a.b", "a\tb"),
            ("a.b", r"a\u0009b"),
            ("a.b", r"a\u001Bb"),
            ("user_id", "badge"),
            ("ada", ""),
            (r#""user_id""#, r#""kind":"user","user_id""#),
            (r#""user_id":"ada""#, r#""user_id":"ada","user_id":"ada""#),
            (r#""user_id":"ada""#, r#""kind":"User""#),
            (r#""user_id":"ada""#, r#""address":"::FFFF:1.2.3.4""#),
            (r#""user_id":"ada""#, r#""user_id":"ada","#),
            (r#","resource":{"a":1}"#, r#","resource":{}"#),
            ("\"a\":1", "\"a\":1,\"a\":1"),
            ("\"a\":1", "\"a\":1,"),
            ("\"a\":1", "\"a\":null"),
            ("\"a\":1", "\"a\": 1"),
            (":1}", ":01}"),
            (":1}", ":-0}"),
            (":1}", ":18446744073709551616}"),
            (":1}", ":-9223372036854775809}"),
            (":1}", ":1.50}"),
            (":1}", ":1E5}"),
            (":1}", ":1e400}"),
            (":1}", ":-}"),
            (":1}", ":[1,]}"),
            (":1}", ":nulll}"),
            ("success", "Success"),
            (r#","trace_id":"t""#, r#","trace_id":"""#),
            ("41", "041"),
            ("41", "-41"),
            ("41}", "41}}"),
            ("41}", "41} "),
            (r#","seq":41"#, ""),
        ] {
            let changed = sound.replacen(is, becomes, 1);
            assert!(changed != sound && !is_plain(&changed), "{changed}");
            assert!(Record::from_line(changed.as_bytes()).is_err(), "{changed}");
        }
        for cut in 0..sound.len() {
            assert!(!is_plain(&sound[..cut]), "{cut}");
        }
        let (at, mut bytes) = (sound.find("ada").unwrap(), sound.into_bytes());
        bytes[at] = 0xff;
        assert!(!PlainLines::default().has(&bytes));
    }

    #[test]
    fn what_it_does_not_know_is_left_to_the_decoder() {
        let many = (0..20).map(|at| format!(r#""k{at}":1"#)).collect::<Vec<_>>().join(",");
        for resource in [&*many, r#""a":[[[[[[[[[[]]]]]]]]]]"#] {
            let line = line("", resource, r#","seq":1"#);
            assert!(!is_plain(&line) && Record::from_line(line.as_bytes()).is_ok(), "{line}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_is_plain_is_decoded(
            actor in r#"("(user_id|kind|address|user_agent|x)":"(ada|user|::1|1\.2\.3\.4|[\\"ubn0-9]{0,4})",?){0,2}"#,
            resource in r#"("[ab\\n"]{0,2}":([-0-9.eE]{1,22}|"[\\u0001e"é]{0,8}"|[\[\]{}a-z",:0-9]{0,12}),?){0,4}"#,
            rest in r#"(,"trace_id":"t?")?,"seq":[0-9]{1,21}"#,
        ) {
            is_plain(&line(&actor, &resource, &rest));
        }

        #[test]
        fn a_number_is_plain_if_it_is_spelled_as_lines_spell_it(bits in any::<u64>(), digits in 0..18_usize, small in any::<i32>()) {
            for value in [f64::from_bits(bits), f64::from(small) / 10_f64.powi(digits as i32), f64::from(small)] {
                let record = Record::new("a.b").resource("k", value);
                let line = record.to_string().replace("{\"_schema_version\":\"1\",", r#"{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","#);
                let line = format!("{},\"seq\":1}}", &line[..line.len() - 1]);
                prop_assert!(is_plain(&line), "{}", line);
            }
        }
    }
}
