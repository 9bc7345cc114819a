//! From an event's fields to the parts of a line.

use super::event::catalog_check::CatalogCheck;
use super::event::line_buffers::LineBuffers;
use super::event::notes::Notes;
use super::event::origin::Origin;
use super::fields::slot::Slot;
use super::values::field_value::FieldValue;
use crate::record::encode::{self, Parts, push_string};
use crate::record::redact::{REDACTED_VALUE, SecretKeys};
use crate::record::{
    ActorKey, Checked, FieldKind, Object, Outcome, Value, ViolationKind, check_actor, is_plain_actor, prefix,
};
use std::error::Error;
use std::fmt;
use tracing_core::Event;
use tracing_core::field::{Field, Visit};

/// Writes an event's fields into the line's parts, and checks them against the catalog.
pub(super) struct FieldVisitor<'a, 'c> {
    buffers: &'a mut LineBuffers,
    origin: Origin,
    check: CatalogCheck<'c>,
    /// The keys whose values are redacted.
    secrets: Option<&'c SecretKeys>,
    /// The number of bytes of a value that may be kept.
    max_bytes: usize,
}

impl<'a, 'c> FieldVisitor<'a, 'c> {
    pub(super) fn new(
        buffers: &'a mut LineBuffers,
        origin: Origin,
        check: CatalogCheck<'c>,
        secrets: Option<&'c SecretKeys>,
        max_bytes: usize,
    ) -> FieldVisitor<'a, 'c> {
        FieldVisitor { buffers, origin, check, secrets, max_bytes }
    }

    /// Visits the fields, and returns the check, which is still to be finished; `None` if the
    /// event has no type to be checked against.
    #[inline]
    pub(super) fn visit(mut self, event: &Event<'_>) -> Option<CatalogCheck<'c>> {
        if let Origin::Audit { .. } | Origin::AuditOfSecrets { .. } = self.origin {
            let event_type = event.metadata().name();
            encode::push_escaped(&mut self.buffers.parts.event, event_type);
        }
        event.record(&mut self);
        if !self.buffers.parts.event.is_empty() {
            return Some(self.check);
        }
        self.buffers.parts.event.extend_from_slice(crate::record::UNNAMED.as_bytes());
        self.buffers.notes.violations.note(ViolationKind::EventType, "the event has no type");
        None
    }

    /// Writes a field to where it goes.
    // Inlined into the method of each type, which is the most frequent step of all: a call shows in the benchmark.
    #[inline(always)]
    fn put(&mut self, field: &Field, value: FieldValue<'_>) {
        match self.origin {
            Origin::Audit { slots, .. } => match &slots[field.index()] {
                Slot::Resource { key, fragment } => {
                    if let Some(kind) = self.put_resource(key, *fragment, value) {
                        self.check.field(*key, kind, false, &mut self.buffers.notes);
                    }
                }
                slot => self.put_text(slot, field, value),
            },
            Origin::AuditOfSecrets { slots, .. } => self.put_or_redact(&slots[field.index()], field, value),
            Origin::LogCrate if field.name().starts_with("log.") => {}
            Origin::Plain | Origin::LogCrate => self.put_by_name(field, value),
        }
    }

    /// Writes a field of `audit!`, unless its value is secret.
    #[cold]
    fn put_or_redact(&mut self, slot: &Slot, field: &Field, value: FieldValue<'_>) {
        let &Slot::Resource { key, fragment } = slot else {
            return self.put_text(slot, field, value);
        };
        let kind = if self.is_secret(key) {
            self.put_redacted(key, value)
        } else {
            self.put_resource(key, fragment, value)
        };
        if let Some(kind) = kind {
            self.check.field(key, kind, false, &mut self.buffers.notes);
        }
    }

    fn is_secret(&self, key: &str) -> bool {
        self.secrets.is_some_and(|secrets| secrets.has(key))
    }

    /// Writes a key of the resource without its value, and returns the kind of that, which is any; `None` if
    /// there is no value.
    fn put_redacted(&mut self, key: &str, value: FieldValue<'_>) -> Option<FieldKind> {
        if value.is_null() {
            return None;
        }
        let LineBuffers { parts, notes, .. } = &mut *self.buffers;
        parts.push_key(key);
        push_string(&mut parts.resource, REDACTED_VALUE);
        notes.redacted.note(key);
        Some(FieldKind::Any)
    }

    /// Writes a field of a plain `tracing` event, whose name tells where it goes.
    #[cold]
    fn put_by_name(&mut self, field: &Field, value: FieldValue<'_>) {
        let notes = &mut self.buffers.notes;
        let before = notes.violations.texts().len();
        let key = match Slot::of(field.name()) {
            Slot::Resource { key, .. } => key,
            Slot::Unknown | Slot::Members => {
                let name = prefix(field.name(), 80);
                let text = format!("`{name}` is not a field of a record: kept in `resource`");
                notes.violations.note(ViolationKind::UnknownField, &text);
                field.name()
            }
            slot => return self.put_text(&slot, field, value),
        };
        let is_secret = self.secrets.is_some_and(|secrets| secrets.has(key));
        let key = notes.free_key(key);
        let is_flagged = notes.violations.texts().len() > before;
        let kind =
            if is_secret { self.put_redacted(&key, value) } else { self.put_resource(&key, None, value) };
        if let Some(kind) = kind {
            self.check.field(key, kind, is_flagged, &mut self.buffers.notes);
        }
    }

    /// Writes a key of the resource, and returns the kind of its value: `Any` if it is not known,
    /// `None` if there is no value.
    #[inline(always)]
    fn put_resource(
        &mut self,
        key: &str,
        fragment: Option<&'static str>,
        value: FieldValue<'_>,
    ) -> Option<FieldKind> {
        let LineBuffers { parts, notes, .. } = &mut *self.buffers;
        let before = parts.resource.len();
        match fragment {
            Some(fragment) => parts.push_key_fragment(fragment),
            None => parts.push_key(key),
        }
        let (start, cuts) = (parts.resource.len(), notes.cuts.len());
        let violations = notes.violations.texts().len();
        if !value.write(&mut parts.resource, self.max_bytes, key, self.secrets, notes) {
            parts.resource.truncate(before);
            return None;
        }
        let is_whole = notes.cuts.len() == cuts && notes.violations.texts().len() == violations;
        Some(if is_whole { value.kind(&parts.resource[start..]) } else { FieldKind::Any })
    }

    /// Writes a field outside of the resource's keys: a string, `outcome`, or `resource` itself.
    #[inline]
    fn put_text(&mut self, slot: &Slot, field: &Field, value: FieldValue<'_>) {
        match value {
            FieldValue::Str(text) if self.put_straight(slot, text) => {}
            _ => self.put_through_text(slot, field, value),
        }
    }

    /// Writes such a field through `value_text`.
    fn put_through_text(&mut self, slot: &Slot, field: &Field, value: FieldValue<'_>) {
        let LineBuffers { parts, notes, value_text: text, .. } = &mut *self.buffers;
        text.clear();
        notes.says_outcome |= matches!(slot, Slot::Outcome);
        // Members are cut one by one, once the line is assembled.
        let (max_bytes, secrets) =
            if matches!(slot, Slot::Members) { (usize::MAX, self.secrets) } else { (self.max_bytes, None) };
        notes.value_failed = false;
        if !value.write(text, max_bytes, field.name(), secrets, notes) {
            if matches!(slot, Slot::Outcome) {
                parts.outcome = Outcome::Failure;
            }
            if notes.value_failed {
                // It is not inherited: the inherited value could be another user's.
                match slot {
                    Slot::Actor(key) => parts.actor.leave_out(*key),
                    Slot::TraceId => notes.is_trace_unreadable = true,
                    _ => {}
                }
            }
            return;
        }
        if matches!(slot, Slot::Members) {
            self.put_members();
            return;
        }
        if text.first() != Some(&b'"') {
            // A number, for example: its JSON text becomes the string.
            let json = std::mem::take(text);
            push_string(text, &String::from_utf8_lossy(&json));
        }
        match slot {
            Slot::Event => {
                parts.event.clear();
                parts.event.extend_from_slice(&text[1..text.len() - 1]);
            }
            Slot::Actor(key) => {
                // Nearly no text has an escape.
                match std::str::from_utf8(&text[1..text.len() - 1]) {
                    Ok(plain) if !plain.contains('\\') => put_actor(*key, plain, parts, notes),
                    _ => {
                        let text = serde_json::from_slice::<String>(text).unwrap_or_default();
                        put_actor(*key, &text, parts, notes);
                    }
                }
            }
            Slot::TraceId => copy_text(&mut parts.trace_id, text),
            Slot::Outcome => {
                // The names of outcomes need no escape.
                let spelled = std::str::from_utf8(&text[1..text.len() - 1]).unwrap_or_default();
                parts.outcome = Outcome::from_name(spelled).unwrap_or_else(|| {
                    let name: String = serde_json::from_slice(text).unwrap_or_default();
                    let shown = prefix(&name, 80);
                    notes.violations.note(
                        ViolationKind::Outcome,
                        &format!("the outcome `{shown}` is neither `success` nor `failure`"),
                    );
                    Outcome::Failure
                });
            }
            Slot::Resource { .. } | Slot::Members | Slot::Unknown => {}
        }
    }

    /// Writes a string straight into its part, as is possible for nearly all, and returns whether
    /// it did. Otherwise it has to go through `value_text`.
    fn put_straight(&mut self, slot: &Slot, value: &str) -> bool {
        let LineBuffers { parts, notes, .. } = &mut *self.buffers;
        let part = match slot {
            Slot::Actor(key) if value.len() <= self.max_bytes => {
                put_actor(*key, value, parts, notes);
                return true;
            }
            Slot::TraceId => &mut parts.trace_id,
            Slot::Outcome => {
                notes.says_outcome = true;
                let outcome = Outcome::from_name(value);
                parts.outcome = outcome.unwrap_or(parts.outcome);
                return outcome.is_some();
            }
            Slot::Actor(_) | Slot::Event | Slot::Resource { .. } | Slot::Members | Slot::Unknown => {
                return false;
            }
        };
        if value.len() > self.max_bytes {
            return false;
        }
        part.clear();
        if !value.is_empty() {
            push_string(part, value);
        }
        true
    }

    /// Writes the members of the object in `value_text` as keys of the resource.
    #[cold]
    fn put_members(&mut self) {
        let LineBuffers { parts, notes, value_text: text, .. } = &mut *self.buffers;
        if !parts.resource.is_empty() {
            // `resource.type` and the like, which `audit!` takes beside the struct.
            let before = [b"{", parts.resource.as_slice(), b"}"].concat();
            let before = serde_json::from_slice::<Object>(&before).unwrap_or_default();
            before.iter().for_each(|(key, _)| notes.keep_key(key));
        }
        match serde_json::from_slice::<Object>(text) {
            Ok(members) => {
                for (key, value) in members.iter().filter(|(_, value)| !matches!(value, Value::Null)) {
                    let before = notes.violations.texts().len();
                    let is_redacted =
                        *value == REDACTED_VALUE && self.secrets.is_some_and(|secrets| secrets.has(key));
                    let key = notes.free_key(key);
                    let is_flagged = notes.violations.texts().len() > before;
                    let start = parts.push_member(&key, value);
                    let kind = if is_redacted {
                        FieldKind::Any
                    } else {
                        FieldKind::of_json(&parts.resource[start..])
                    };
                    self.check.field(key, kind, is_flagged, notes);
                }
            }
            Err(_) => {
                notes.violations.push("`resource` is not an object: kept as `resource.value`");
                self.check.field("value", FieldKind::Any, true, notes);
                parts.push_key("value");
                parts.resource.extend_from_slice(text);
            }
        }
    }
}

/// Writes a key of the actor.
#[inline]
fn put_actor(key: ActorKey, text: &str, parts: &mut Parts, notes: &mut Notes) {
    if text.is_empty() || is_plain_actor(key, text) {
        parts.actor.set(key, text);
    } else {
        put_checked_actor(key, text, parts, notes);
    }
}

/// Writes a key of the actor whose text is to be checked.
fn put_checked_actor(key: ActorKey, text: &str, parts: &mut Parts, notes: &mut Notes) {
    let Checked { text, flaw } = check_actor(key, text);
    match text {
        Some(text) => parts.actor.set(key, &text),
        None => parts.actor.leave_out(key),
    }
    if let Some(flaw) = flaw {
        notes.flag_actor(key, &flaw);
    }
}

/// Copies a JSON string into a part, unless it is empty.
fn copy_text(part: &mut Vec<u8>, text: &[u8]) {
    part.clear();
    if text != b"\"\"" {
        part.extend_from_slice(text);
    }
}

impl Visit for FieldVisitor<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, FieldValue::Str(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, FieldValue::I64(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, FieldValue::U64(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.put(field, FieldValue::I128(value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field, FieldValue::U128(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, FieldValue::F64(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, FieldValue::Bool(value));
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        self.put(field, FieldValue::Bytes(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field, FieldValue::Error(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, FieldValue::Debug(value));
    }
}
