//! Integers that have no place in 64 bits. Parsers of JSON round them; the log writes them as text.

use std::borrow::Cow;

/// Returns whether it is an integer that has no place in 64 bits.
pub(crate) fn is_long_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_integer && text.parse::<i64>().is_err() && text.parse::<u64>().is_err()
}

/// Returns a text of JSON with each such integer in quotation marks. What is no JSON stays none.
pub(crate) fn with_long_integers_as_text(json: &str) -> Cow<'_, str> {
    let (mut whole, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(found) = json[at..].find(|c: char| matches!(c, '"' | '-' | '0'..='9')) {
        at += found;
        let rest = &json[at..];
        let len = if rest.starts_with('"') { string_len(rest) } else { number_len(rest) };
        if is_long_integer(&rest[..len]) {
            whole.push_str(&json[copied..at]);
            whole.extend(["\"", &rest[..len], "\""]);
            copied = at + len;
        }
        at += len;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    whole.push_str(&json[copied..]);
    Cow::Owned(whole)
}

/// Returns the length of the string at the beginning of a text, in bytes.
fn string_len(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
}

/// Returns the length of the number at the beginning of a text, in bytes.
fn number_len(text: &str) -> usize {
    text.find(|c: char| !matches!(c, '+' | '-' | '.' | 'e' | 'E' | '0'..='9')).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_integers_without_a_place_in_64_bits_become_text() {
        for (json, becomes) in [
            (r#"{"a":18446744073709551616}"#, r#"{"a":"18446744073709551616"}"#),
            ("[-9223372036854775809 , 1]", r#"["-9223372036854775809" , 1]"#),
            ("[18446744073709551615,-9223372036854775808]", ""),
            ("[18446744073709551616.5,18446744073709551616e2,1e30]", ""),
            (r#"{"18446744073709551616":"\"18446744073709551616\\"}"#, ""),
            (r#"["\\",18446744073709551616]"#, r#"["\\","18446744073709551616"]"#),
            ("\"18446744073709551616", ""),
            ("", ""),
        ] {
            let becomes = if becomes.is_empty() { json } else { becomes };
            assert_eq!(with_long_integers_as_text(json), becomes);
        }
    }
}
