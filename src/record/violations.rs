//! What is wrong with an event as it was emitted.

use super::schema::is_reserved_key;
use super::text::prefix::prefix;
use super::value::json::Value;
use std::fmt;

/// The violations of one event: texts whose number and length are bounded, so that they
/// always fit into a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Violations {
    texts: Vec<String>,
    /// One bit for each kind.
    kinds: u8,
}

/// What a violation is about. Each kind is warned of once per callsite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ViolationKind {
    EventType,
    MissingField,
    UnknownField,
    MistypedField,
    Outcome,
    /// A value that could not be serialized or formatted.
    Value,
    /// A key of the actor.
    Actor,
    Other,
}

impl Violations {
    /// How many texts are kept; one more says that there were others.
    const MAX_TEXTS: usize = 32;
    /// The longest text, in bytes, escaped.
    const MAX_TEXT_BYTES: usize = 240;

    pub(crate) fn push(&mut self, text: &str) {
        self.note(ViolationKind::Other, text);
    }

    pub(crate) fn note(&mut self, kind: ViolationKind, text: &str) {
        self.kinds |= 1 << kind as u8;
        match self.texts.len() {
            ..Violations::MAX_TEXTS => self.texts.push(prefix(text, Violations::MAX_TEXT_BYTES).to_owned()),
            Violations::MAX_TEXTS => self.texts.push("and more".to_owned()),
            _ => {}
        }
    }

    /// Notes these, too.
    pub(crate) fn merge(&mut self, others: &Violations) {
        let kinds = self.kinds | others.kinds;
        others.texts.iter().for_each(|text| self.push(text));
        self.kinds = kinds;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.texts.clear();
        self.kinds = 0;
    }

    /// Returns the kinds, one bit each.
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

/// Returns a resource key that an event may use: `wanted`, unless that key is reserved or
/// taken. Then the key is renamed, and `violations` says so.
pub(crate) fn free_key(wanted: &str, is_taken: impl Fn(&str) -> bool, violations: &mut Violations) -> String {
    let is_free = |key: &str| !is_reserved_key(key) && !is_taken(key);
    if is_free(wanted) {
        return wanted.to_owned();
    }
    let mut number = 1_u64;
    loop {
        let key =
            if number == 1 { format!("resource.{wanted}") } else { format!("resource.{wanted}#{number}") };
        if is_free(&key) {
            let shown = prefix(&key, 100);
            violations.push(&format!("`{}` is taken: kept as `{shown}`", prefix(wanted, 80)));
            return key;
        }
        number += 1;
    }
}
