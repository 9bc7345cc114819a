//! Control characters, which a terminal or a reader of lines would obey.

use std::borrow::Cow;

/// Returns whether a character is a control character (C0, DEL, C1), separates lines, or changes
/// the direction of the text around it.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the text with an escape sequence in the place of each control character.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            // `\n`, `\r` and `\t` as such, and `\u{…}` for the others.
            '\n' | '\r' | '\t' => escaped.extend(c.escape_default()),
            c if is_control(c) => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_nothing_else() {
        let plain = "Grüße, \\ \"quoted\" 漢字 🏳️‍🌈";
        assert!(matches!(escaped(plain), Cow::Borrowed(text) if text == plain));
        assert_eq!(escaped("a\r\n\tb\u{1b}[31m\u{0}"), "a\\r\\n\\tb\\u{1b}[31m\\u{0}");
        let controls = ('\0'..=char::MAX).filter(|c| is_control(*c)).collect::<String>();
        // C0, DEL and C1; the marks, embeddings, overrides and isolates of direction; two separators.
        assert_eq!(controls.chars().count(), 65 + 12 + 2);
        assert!(escaped(&controls).bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    }
}
