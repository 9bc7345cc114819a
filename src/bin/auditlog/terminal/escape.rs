//! Text of records on its way to a terminal, which obeys some characters.

use std::borrow::Cow;
use std::path::Path;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

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

/// Returns the text with an escape sequence in the place of each such character: what is left does nothing to a
/// terminal.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
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

/// Returns a path as [`escaped`] has it.
pub(crate) fn shown(path: &Path) -> String {
    escaped(&path.to_string_lossy()).into_owned()
}

/// Returns a text of JSON with an escape sequence of JSON in the place of each such character: the same value.
pub(crate) fn json_escaped(json: &str) -> Cow<'_, str> {
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

/// Returns how many columns a text takes that was escaped.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Returns the beginning of a text that was escaped, of so many columns at most; one that is cut ends with `…`.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let (mut taken, mut end) = (0, 0);
    for (at, c) in text.char_indices() {
        let next = taken + c.width().unwrap_or(0);
        // The last column is for the mark.
        if next > columns.saturating_sub(1) {
            break;
        }
        (taken, end) = (next, at + c.len_utf8());
    }
    Cow::Owned(if columns == 0 { String::new() } else { format!("{}…", &text[..end]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(escaped("a\u{1b}]0;x\u{7}\u{202e}b\n"), "a\\u{1b}]0;x\\u{7}\\u{202e}b\\n");
        assert_eq!(escaped("Grüße, 漢字 🏳️‍🌈"), "Grüße, 漢字 🏳️‍🌈");
        let all = ('\0'..=char::MAX).filter(|c| is_control(*c)).collect::<String>();
        assert!(escaped(&all).bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    }

    #[test]
    fn json_is_the_same_value_and_does_nothing_to_a_terminal() {
        let text = ('\u{20}'..=char::MAX).filter(|c| is_control(*c)).collect::<String>() + "é漢";
        let json = serde_json::to_string(&text).unwrap();
        let escaped = json_escaped(&json);
        assert!(
            !escaped.contains(is_control)
                && escaped.contains("\\u007f")
                && escaped.contains("\\udb40\\udc01")
        );
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }

    #[test]
    fn a_text_is_cut_by_its_columns() {
        for (text, columns, is) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("漢字", 4, "漢字"),
            ("漢字", 3, "漢…"),
            ("漢字", 2, "…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
            ("", 0, ""),
        ] {
            assert_eq!(cut(text, columns), is, "{text} {columns}");
            assert!(width(&cut(text, columns)) <= columns);
        }
    }
}
