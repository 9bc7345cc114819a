//! An export on a terminal.

use crate::terminal::escape::{escaped, json_escaped};
use std::io::{self, Write};

/// Writes texts with escape sequences for what a terminal would obey. Each write is of whole records.
pub(super) struct Shown<W> {
    out: W,
    is_json: bool,
}

impl<W: Write> Shown<W> {
    pub(super) fn new(out: W, is_json: bool) -> Shown<W> {
        Shown { out, is_json }
    }
}

impl<W: Write> Write for Shown<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        for line in text.split_inclusive('\n') {
            let content = line.strip_suffix('\n').unwrap_or(line);
            // CSV ends its rows with both.
            let content = content.strip_suffix('\r').unwrap_or(content);
            let shown = if self.is_json { json_escaped(content) } else { escaped(content) };
            self.out.write_all(shown.as_bytes())?;
            self.out.write_all(&line.as_bytes()[content.len()..])?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_nothing_that_it_obeys_and_lines_stay_lines() {
        let show = |text: &str, is_json| {
            let mut out = Vec::new();
            Shown::new(&mut out, is_json).write_all(text.as_bytes()).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(show("{\"a\":\"\u{9b}31m\"}\n", true), "{\"a\":\"\\u009b31m\"}\n");
        assert_eq!(show("a,\u{1b}[2J,\u{202e}\r\nb\r\n", false), "a,\\u{1b}[2J,\\u{202e}\r\nb\r\n");
        assert_eq!(show("x", false), "x");
    }
}
