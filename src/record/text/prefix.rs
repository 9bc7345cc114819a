//! Cutting text to a length.

use super::escape::escaped_len;

/// Returns the longest prefix of whole characters that takes at most `length` bytes once
/// it is escaped.
pub(crate) fn prefix(text: &str, length: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += escaped_len(c);
        if used > length {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters_by_its_escaped_length() {
        assert_eq!(prefix("abc", 3), "abc");
        assert_eq!(prefix("abc", 2), "ab");
        assert_eq!(prefix("aé", 2), "a");
        assert_eq!(prefix("a\nb", 2), "a");
        assert_eq!(prefix("a\nb", 3), "a\n");
        assert_eq!(prefix("", 0), "");
    }
}
