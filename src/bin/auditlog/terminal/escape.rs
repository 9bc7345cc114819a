//! Text of records on its way to a terminal: what it would obey, and how wide it is.

use std::borrow::Cow;
use std::path::Path;
pub(crate) use tracing_audit::read::{escaped, escaped_json as json_escaped};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Returns a path as [`escaped`] has it.
pub(crate) fn shown(path: &Path) -> String {
    escaped(&path.to_string_lossy()).into_owned()
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
