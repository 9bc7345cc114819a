//! What is wrong with an event, as it was emitted.

use super::{Value, prefix};
use std::fmt;

/// What is wrong with an event: texts, so many and so long that they always fit
/// into a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Violations {
    texts: Vec<String>,
    /// A bit for each kind.
    kinds: u8,
}

/// What a violation is about; each kind is warned of once per callsite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ViolationKind {
    EventType,
    MissingField,
    UnknownField,
    MistypedField,
    Outcome,
    /// A value that could not be had.
    Value,
    Other,
}

impl Violations {
    const MOST: usize = 32;
    /// Of one text, in bytes, escaped.
    const LONGEST: usize = 240;

    pub(crate) fn push(&mut self, text: &str) {
        self.note(ViolationKind::Other, text);
    }

    pub(crate) fn note(&mut self, kind: ViolationKind, text: &str) {
        self.kinds |= 1 << kind as u8;
        match self.texts.len() {
            ..Violations::MOST => self.texts.push(prefix(text, Violations::LONGEST).to_owned()),
            Violations::MOST => self.texts.push("and more".to_owned()),
            _ => {}
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.texts.clear();
        self.kinds = 0;
    }

    /// The kinds, a bit each.
    pub(crate) fn kinds(&self) -> u8 {
        self.kinds
    }

    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    pub(crate) fn into_texts(self) -> Vec<String> {
        self.texts
    }

    pub(crate) fn to_value(&self) -> Value {
        Value::Array(self.texts.iter().cloned().map(Value::String).collect())
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.texts.join("; "))
    }
}
