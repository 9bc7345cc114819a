//! Checking an event's resource against its catalog entry.

use super::event_type::EventType;
use super::field_kind::FieldKind;
use crate::record::redact::{REDACTED_VALUE, RedactedKeys};
use crate::record::schema::{REDACTED, TRUNCATED, is_reserved_key};
use crate::record::text::prefix::prefix;
use crate::record::value::json::{Object, Value};
use crate::record::violations::{ViolationKind, Violations};

/// The resource keys that every event may have: the time at which it is known to have happened, and
/// on what. Their values are strings.
pub(crate) const WELL_KNOWN: [&str; 4] = ["occurred_at", "type", "id", "name"];

/// The resource keys that an event has which is recorded at the end of an action: why it failed, and how
/// long it took. An application may have values of any kind there.
const AT_THE_END: [&str; 2] = ["error", "duration_ms"];

/// Checks a resource, field by field. Allocates nothing unless there is a violation.
#[derive(Debug)]
pub(crate) struct Checker<'c> {
    entry: &'c EventType,
    /// One bit for each field of the entry that has been seen.
    seen: u64,
    /// The index at which the next field is expected: most events have the catalog's order.
    next: usize,
}

impl<'c> Checker<'c> {
    pub(crate) fn new(entry: &'c EventType) -> Checker<'c> {
        Checker { entry, seen: 0, next: 0 }
    }

    /// Checks one field. `kind` is `Any` if it is not known; `is_flagged` says that the field is
    /// flagged already as one that does not belong there.
    pub(crate) fn field(
        &mut self,
        key: &str,
        kind: FieldKind,
        is_flagged: bool,
        violations: &mut Violations,
    ) {
        match self.entry.fields.get(self.next) {
            Some(expected) if expected.name == key && expected.kind.admits(kind) => self.has_seen(self.next),
            _ => self.search(key, kind, is_flagged, violations),
        }
    }

    #[inline]
    fn has_seen(&mut self, at: usize) {
        self.seen |= 1 << at;
        self.next = at + 1;
    }

    /// Checks a field that is not the expected one, or not of its kind.
    fn search(&mut self, key: &str, kind: FieldKind, is_flagged: bool, violations: &mut Violations) {
        let fields = self.entry.fields;
        let Some(at) = fields.iter().position(|field| field.name == key) else {
            return self.other(key, kind, is_flagged, violations);
        };
        self.has_seen(at);
        if !fields[at].kind.admits(kind) {
            mistyped(key, fields[at].kind, violations);
        }
    }

    fn other(&self, key: &str, kind: FieldKind, is_flagged: bool, violations: &mut Violations) {
        if WELL_KNOWN.contains(&key) {
            if !FieldKind::String.admits(kind) {
                mistyped(key, FieldKind::String, violations);
            }
        } else if !self.entry.free && !is_flagged && !AT_THE_END.contains(&key) {
            let text = format!("`{}` is not in the catalog entry of `{}`", prefix(key, 80), self.entry.name);
            violations.note(ViolationKind::UnknownField, &text);
        }
    }

    /// Notes the fields that are missing, and returns the entry.
    pub(crate) fn finish(self, violations: &mut Violations) -> &'c EventType {
        for (at, field) in self.entry.fields.iter().enumerate() {
            if field.required && self.seen & (1 << at) == 0 {
                missing(field.name, violations);
            }
        }
        self.entry
    }
}

/// Checks a field of an event whose struct the compiler has checked: a key that every event may have is a
/// string, unless the event type has a field of that name itself.
#[inline]
pub(crate) fn check_well_known(entry: &EventType, key: &str, kind: FieldKind, violations: &mut Violations) {
    if !FieldKind::String.admits(kind) {
        check_is_no_text(entry, key, violations);
    }
}

/// Checks a field that is not a string.
fn check_is_no_text(entry: &EventType, key: &str, violations: &mut Violations) {
    if WELL_KNOWN.contains(&key) && entry.fields.iter().all(|field| field.name != key) {
        mistyped(key, FieldKind::String, violations);
    }
}

#[cold]
fn mistyped(key: &str, kind: FieldKind, violations: &mut Violations) {
    let article = match kind {
        FieldKind::Integer | FieldKind::Array | FieldKind::Object | FieldKind::Any => "an",
        FieldKind::String | FieldKind::Number | FieldKind::Boolean => "a",
    };
    violations.note(ViolationKind::MistypedField, &format!("`{key}` should be {article} {kind}"));
}

#[cold]
fn missing(name: &str, violations: &mut Violations) {
    violations.note(ViolationKind::MissingField, &format!("`{name}` is missing"));
}

impl FieldKind {
    #[inline]
    fn admits(self, found: FieldKind) -> bool {
        match (self, found) {
            (FieldKind::Any, _) | (_, FieldKind::Any) | (FieldKind::Number, FieldKind::Integer) => true,
            (kind, found) => kind == found,
        }
    }

    /// Returns the kind of a value by its JSON text.
    pub(crate) fn of_json(text: &[u8]) -> FieldKind {
        match text.first() {
            Some(b'"') => FieldKind::String,
            Some(b'[') => FieldKind::Array,
            Some(b'{') => FieldKind::Object,
            Some(b't' | b'f') => FieldKind::Boolean,
            _ if text.iter().all(|byte| matches!(byte, b'-' | b'0'..=b'9')) => FieldKind::Integer,
            _ => FieldKind::Number,
        }
    }

    /// Returns the kind of `value` in a field of kind `wanted`. A string that stands for a
    /// number which JSON can't spell is of that number's kind.
    fn of(value: &Value, wanted: FieldKind) -> FieldKind {
        match value {
            Value::Null => FieldKind::Any,
            Value::Bool(_) => FieldKind::Boolean,
            Value::Negative(_) | Value::Unsigned(_) => FieldKind::Integer,
            Value::Float(_) => FieldKind::Number,
            Value::String(text) => match wanted {
                FieldKind::Integer | FieldKind::Number if is_large_integer(text) => FieldKind::Integer,
                FieldKind::Number if matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity") => {
                    FieldKind::Number
                }
                _ => FieldKind::String,
            },
            Value::Array(_) => FieldKind::Array,
            Value::Object(_) => FieldKind::Object,
        }
    }
}

/// Whether `text` is an integer that does not fit into 64 bits.
fn is_large_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && text.parse::<i64>().is_err()
        && text.parse::<u64>().is_err()
}

impl EventType {
    /// Checks a resource, in which the values of the keys in `redacted`, an array, are redacted. A
    /// value that was cut is of any kind. Reserved keys and `null` values, which are not recorded, are
    /// skipped.
    pub(crate) fn check_object(&self, resource: &Object, redacted: &Value, violations: &mut Violations) {
        let mut checker = Checker::new(self);
        let cuts = resource.get(TRUNCATED).and_then(Value::as_object);
        let is_cut = |key: &str| cuts.is_some_and(|cuts| cuts.get(key).is_some());
        for (key, value) in resource {
            if *value == Value::Null || is_reserved_key(key) {
                continue;
            }
            let wanted = self.fields.iter().find(|field| field.name == key);
            let is_redacted = *value == REDACTED_VALUE && RedactedKeys::is_listed(redacted, key);
            let kind = if is_redacted || is_cut(key) {
                FieldKind::Any
            } else {
                FieldKind::of(value, wanted.map_or(FieldKind::Any, |field| field.kind))
            };
            checker.field(key, kind, false, violations);
        }
        checker.finish(violations);
    }

    /// Returns what is wrong with the resource of an event of this type, in the texts of
    /// `resource._violations`. Empty if the resource agrees with the catalog.
    ///
    /// A log checks each event by itself; this is for tests and for readers of a log.
    #[must_use]
    pub fn violations(&self, resource: &Object) -> Vec<String> {
        let mut violations = Violations::default();
        self.check_object(resource, &resource[REDACTED], &mut violations);
        violations.into_texts()
    }
}
