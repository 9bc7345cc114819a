//! Text of records on its way to a terminal or a reader of lines, which obey some characters.

use std::borrow::Cow;

/// Returns whether a character is a control character (C0, DEL, C1), separates lines, changes the direction of the
/// text around it, or is not seen and may hide text.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// Returns a text with an escape sequence in the place of each character that a terminal obeys, that separates lines, that changes the
/// direction of the text around it, or that is not seen: what is left can be shown.
///
/// ```
/// use tracing_audit::read::escaped;
///
/// assert_eq!(escaped("bad\u{1b}[2Jpassword\n"), "bad\\u{1b}[2Jpassword\\n");
/// ```
#[must_use]
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => escaped.extend(c.escape_default()),
            c if is_control(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

/// Returns a text of JSON with an escape sequence of JSON in the place of each character that [`escaped`] replaces: the same value.
///
/// ```
/// use tracing_audit::read::escaped_json;
///
/// assert_eq!(escaped_json("{\"a\":\"\u{202e}\"}"), r#"{"a":"\u202e"}"#);
/// ```
#[must_use]
pub fn escaped_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_control) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_control(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                escaped += &format!("\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(escaped("a\u{1b}]0;x\u{7}\u{202e}b\n"), "a\\u{1b}]0;x\\u{7}\\u{202e}b\\n");
        let plain = "Grüße, \\ \"quoted\" 漢字 🏳️‍🌈";
        assert!(matches!(escaped(plain), Cow::Borrowed(text) if text == plain));
        assert_eq!(escaped("a\r\n\tb\u{0}"), "a\\r\\n\\tb\\u{0}");
        let all = ('\0'..=char::MAX).filter(|c| is_control(*c)).collect::<String>();
        assert!(escaped(&all).bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    }

    #[test]
    fn json_is_the_same_value_and_does_nothing_to_a_terminal() {
        let text = ('\u{20}'..=char::MAX).filter(|c| is_control(*c)).collect::<String>() + "é漢";
        let json = serde_json::to_string(&text).unwrap();
        let escaped = escaped_json(&json);
        assert!(
            !escaped.contains(is_control)
                && escaped.contains("\\u007f")
                && escaped.contains("\\udb40\\udc01")
        );
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }
}
