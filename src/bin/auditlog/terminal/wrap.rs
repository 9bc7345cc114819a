//! Messages on a terminal: lines end between words.

use super::escape::width;
use std::borrow::Cow;

/// Lines are no longer, however wide the terminal is: as in the help.
const LONGEST: usize = 100;

/// Returns a text with its lines ended between words, if standard error is a terminal. The first line begins behind so many columns.
pub(crate) fn wrapped(text: &str, behind: usize) -> Cow<'_, str> {
    match terminal_size::terminal_size_of(std::io::stderr()) {
        Some((columns, _)) => Cow::Owned(wrap(text, behind, usize::from(columns.0).clamp(20, LONGEST))),
        None => Cow::Borrowed(text),
    }
}

fn wrap(text: &str, behind: usize, columns: usize) -> String {
    let (mut lines, mut used) = (String::with_capacity(text.len() + 8), behind);
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            lines.push('\n');
            used = 0;
        }
        for (at, word) in line.split(' ').enumerate() {
            let taken = width(word);
            if at > 0 && used + 1 + taken > columns {
                lines.push('\n');
                used = 0;
            } else if at > 0 {
                lines.push(' ');
                used += 1;
            }
            lines.push_str(word);
            used += taken;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words() {
        for (text, behind, is) in [
            ("one two three", 0, "one two\nthree"),
            ("one two three", 7, "one\ntwo three"),
            ("onetwothreefour five", 0, "onetwothreefour\nfive"),
            ("one\ntwo three four", 7, "one\ntwo three\nfour"),
            ("漢字漢 字", 0, "漢字漢 字"),
            ("漢字漢字 漢字", 0, "漢字漢字\n漢字"),
            ("", 0, ""),
        ] {
            assert_eq!(wrap(text, behind, 10), is, "{text}");
        }
    }
}
