//! Reading a text line by line, strictly.

use super::error::SealFormatError;
use std::str::FromStr;

/// The longest text, in bytes.
pub(super) const LONGEST: usize = 64 * 1024;

/// The longest text with its signatures, in bytes: there is room for 16 of 5,000 bytes each.
pub(super) const LONGEST_NOTE: usize = 2 * LONGEST;

/// The lines of a text, each of which ends with `\n`.
#[derive(Debug)]
pub(super) struct TextLines<'a> {
    rest: &'a str,
    /// The number of the next line, from 1 on.
    line: usize,
}

impl<'a> TextLines<'a> {
    /// Begins with a text of at most `most` bytes.
    ///
    /// # Errors
    ///
    /// The text is longer, or has an ASCII control character other than `\n`.
    pub(super) fn of(text: &'a str, most: usize) -> Result<TextLines<'a>, SealFormatError> {
        if text.len() > most {
            return Err(SealFormatError::new(format!("{} bytes are more than {most}", text.len())));
        }
        let is_forbidden = |c: char| c < ' ' && c != '\n';
        if let Some(at) = text.find(is_forbidden) {
            let line = 1 + text[..at].matches('\n').count();
            let c = text[at..].chars().next().unwrap_or_default();
            return Err(
                SealFormatError::new(format!("the control character {c:?} is not allowed")).in_line(line)
            );
        }
        Ok(TextLines { rest: text, line: 1 })
    }

    /// Returns what is left of the text.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Returns the number of lines that were read.
    pub(super) fn read(&self) -> usize {
        self.line - 1
    }

    /// Returns an error about the line that was read last.
    pub(super) fn wrong(&self, reason: impl Into<String>) -> SealFormatError {
        SealFormatError::new(reason).in_line(self.read().max(1))
    }

    /// Returns the next line, without its `\n`.
    pub(super) fn next(&mut self, what: &str) -> Result<&'a str, SealFormatError> {
        self.line += 1;
        let (line, rest) = self.rest.split_once('\n').ok_or_else(|| {
            let reason = if self.rest.is_empty() { "is missing" } else { "does not end with `\\n`" };
            self.wrong(format!("{what} {reason}"))
        })?;
        self.rest = rest;
        Ok(line)
    }

    /// Reads the first line, which names the format.
    pub(super) fn head(&mut self, head: &str) -> Result<(), SealFormatError> {
        let line = self.next("the first line")?;
        if line == head {
            return Ok(());
        }
        Err(self.wrong(format!("{} is not `{head}`", shown(line))))
    }

    /// Returns what is behind `key` and a space in the next line.
    pub(super) fn value(&mut self, key: &str) -> Result<&'a str, SealFormatError> {
        let line = self.next(&format!("`{key}`"))?;
        let value = line.strip_prefix(key).and_then(|rest| rest.strip_prefix(' '));
        value
            .filter(|value| !value.is_empty())
            .ok_or_else(|| self.wrong(format!("{} is not `{key} …`", shown(line))))
    }

    /// Returns the value of the next line if that has this key.
    pub(super) fn value_if(&mut self, key: &str) -> Result<Option<&'a str>, SealFormatError> {
        let has_key = self.rest.strip_prefix(key).is_some_and(|rest| rest.starts_with(' '));
        has_key.then(|| self.value(key)).transpose()
    }

    /// Parses the value of the next line, of which there is one spelling.
    pub(super) fn parsed<T: FromStr + ToString>(&mut self, key: &str) -> Result<T, SealFormatError> {
        let value = self.value(key)?;
        exact(value).ok_or_else(|| self.wrong(format!("{} is no `{key}`", shown(value))))
    }

    /// Parses the next lines that have this key.
    pub(super) fn all<T: FromStr + ToString>(&mut self, key: &str) -> Result<Vec<T>, SealFormatError> {
        let mut values = Vec::new();
        while let Some(value) = self.value_if(key)? {
            values.push(exact(value).ok_or_else(|| self.wrong(format!("{} is no `{key}`", shown(value))))?);
        }
        Ok(values)
    }

    /// Checks that nothing is left.
    pub(super) fn end(&self) -> Result<(), SealFormatError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        let line = self.rest.split('\n').next().unwrap_or_default();
        Err(SealFormatError::new(format!("{} does not belong here", shown(line))).in_line(self.line))
    }
}

/// Parses a value that is spelled as it would be written.
pub(super) fn exact<T: FromStr + ToString>(text: &str) -> Option<T> {
    text.parse::<T>().ok().filter(|value| value.to_string() == text)
}

/// Returns a text as a message shows it: quoted, escaped, and its begin if it is long.
pub(super) fn shown(text: &str) -> String {
    let begin = crate::record::prefix(text, 200);
    let rest = if begin.len() < text.len() { "…" } else { "" };
    format!("{begin:?}{rest}")
}
