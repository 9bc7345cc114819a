//! From an event's fields to the parts of a line.

use super::callsite::Slot;
use super::check::{Checking, EntryCache};
use super::handed::Handed;
use super::scratch::Scratch;
use crate::record::encode::{self, push_string};
use crate::record::{FieldKind, Object, Outcome, Value, ViolationKind, prefix};
use std::error::Error;
use std::fmt;
use tracing_core::Event;
use tracing_core::field::{Field, Visit};

/// Where an event comes from, and so where its fields go.
#[derive(Clone, Copy)]
pub(super) enum Origin {
    /// `audit!`: its callsite knows the slots of the fields; the event type is the
    /// name in its metadata.
    Audit {
        slots: &'static [Slot],
        /// Of a free-form event; a typed one is checked by the compiler.
        entry: Option<&'static EntryCache>,
    },
    /// A plain `tracing` event: the fields' names tell.
    Plain,
    /// A record of the `log` crate, which has fields `log.*` of the bridge's own.
    LogCrate,
}

pub(super) struct FieldVisitor<'a, 'c> {
    scratch: &'a mut Scratch,
    origin: Origin,
    checking: Checking<'c>,
    /// How many bytes of a value may be kept.
    room: usize,
}

impl<'a, 'c> FieldVisitor<'a, 'c> {
    pub(super) fn new(
        scratch: &'a mut Scratch,
        origin: Origin,
        checking: Checking<'c>,
        room: usize,
    ) -> FieldVisitor<'a, 'c> {
        FieldVisitor { scratch, origin, checking, room }
    }

    /// Gives what is left to be checked, if the event has a type.
    #[inline]
    pub(super) fn visit(mut self, event: &Event<'_>) -> Option<Checking<'c>> {
        if let Origin::Audit { .. } = self.origin {
            let event_type = event.metadata().name();
            encode::push_escaped(&mut self.scratch.parts.event, event_type);
        }
        event.record(&mut self);
        if !self.scratch.parts.event.is_empty() {
            return Some(self.checking);
        }
        self.scratch.parts.event.extend_from_slice(crate::record::UNNAMED.as_bytes());
        self.scratch.notes.violations.note(ViolationKind::EventType, "the event has no type");
        None
    }

    #[inline]
    fn put(&mut self, field: &Field, value: Handed<'_>) {
        match self.origin {
            Origin::Audit { slots, .. } => match slots[field.index()] {
                Slot::Resource { key, fragment } => {
                    if let Some(kind) = self.put_resource(key, fragment, value) {
                        self.checking.field(key, kind, false, &mut self.scratch.notes);
                    }
                }
                slot => self.put_elsewhere(slot, field, value),
            },
            Origin::LogCrate if field.name().starts_with("log.") => {}
            Origin::Plain | Origin::LogCrate => self.put_by_name(field, value),
        }
    }

    /// A field of a plain `tracing` event.
    #[cold]
    fn put_by_name(&mut self, field: &Field, value: Handed<'_>) {
        let notes = &mut self.scratch.notes;
        let before = notes.violations.texts().len();
        let key = match Slot::of(field.name()) {
            Slot::Resource { key, .. } => key,
            Slot::Unknown | Slot::Members => {
                let name = prefix(field.name(), 80);
                let text = format!("`{name}` is no field of a record: kept in `resource`");
                notes.violations.note(ViolationKind::UnknownField, &text);
                field.name()
            }
            slot => return self.put_elsewhere(slot, field, value),
        };
        let key = notes.free_key(key);
        let is_flagged = notes.violations.texts().len() > before;
        if let Some(kind) = self.put_resource(&key, None, value) {
            self.checking.field(key, kind, is_flagged, &mut self.scratch.notes);
        }
    }

    /// Gives the kind of the value, if there is one: `Any`, if it is not known.
    // Of all that is done for an event most often; a call of it shows in the benchmark.
    #[inline(always)]
    fn put_resource(
        &mut self,
        key: &str,
        fragment: Option<&'static str>,
        value: Handed<'_>,
    ) -> Option<FieldKind> {
        let Scratch { parts, notes, .. } = &mut *self.scratch;
        let before = parts.resource.len();
        match fragment {
            Some(fragment) => parts.push_key_fragment(fragment),
            None => parts.push_key(key),
        }
        let (start, cuts) = (parts.resource.len(), notes.cuts.len());
        if !value.write(&mut parts.resource, self.room, key, notes) {
            parts.resource.truncate(before);
            return None;
        }
        let is_whole = notes.cuts.len() == cuts;
        Some(if is_whole { value.kind(&parts.resource[start..]) } else { FieldKind::Any })
    }

    /// A field that must be a string, and has at most one value.
    fn put_elsewhere(&mut self, slot: Slot, field: &Field, value: Handed<'_>) {
        if let Handed::Str(value) = value
            && self.put_straight(slot, value)
        {
            return;
        }
        let Scratch { parts, notes, text, .. } = &mut *self.scratch;
        text.clear();
        // Members are cut one by one, once all is together.
        let room = if matches!(slot, Slot::Members) { usize::MAX } else { self.room };
        notes.has_failed = false;
        if !value.write(text, room, field.name(), notes) {
            if matches!(slot, Slot::Outcome) {
                parts.outcome = Outcome::Failure;
            }
            if notes.has_failed {
                notes.missing.note(slot);
            }
            return;
        }
        if matches!(slot, Slot::Members) {
            self.put_members();
            return;
        }
        if text.first() != Some(&b'"') {
            // A number or the like: its JSON text is the string.
            let json = std::mem::take(text);
            push_string(text, &String::from_utf8_lossy(&json));
        }
        match slot {
            Slot::Event => {
                parts.event.clear();
                parts.event.extend_from_slice(&text[1..text.len() - 1]);
            }
            Slot::UserSid => copy_text(&mut parts.user_sid, text),
            Slot::SessionId => copy_text(&mut parts.session_id, text),
            Slot::TraceId => copy_text(&mut parts.trace_id, text),
            Slot::Outcome => {
                // No outcome has anything in its name to be escaped.
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

    /// A string that goes to its place as it is, without the detour over `text`, as
    /// nearly all do; says whether it did.
    fn put_straight(&mut self, slot: Slot, value: &str) -> bool {
        let parts = &mut self.scratch.parts;
        let place = match slot {
            Slot::UserSid => &mut parts.user_sid,
            Slot::SessionId => &mut parts.session_id,
            Slot::TraceId => &mut parts.trace_id,
            Slot::Outcome => {
                let outcome = Outcome::from_name(value);
                parts.outcome = outcome.unwrap_or(parts.outcome);
                return outcome.is_some();
            }
            Slot::Event | Slot::Resource { .. } | Slot::Members | Slot::Unknown => return false,
        };
        if value.len() > self.room {
            return false;
        }
        place.clear();
        if !value.is_empty() {
            push_string(place, value);
        }
        true
    }

    /// The object in `text` whose members are keys of the resource.
    #[cold]
    fn put_members(&mut self) {
        let Scratch { parts, notes, text, .. } = &mut *self.scratch;
        match serde_json::from_slice::<Object>(text) {
            Ok(members) => {
                for (key, value) in members.iter().filter(|(_, value)| !matches!(value, Value::Null)) {
                    let before = notes.violations.texts().len();
                    let key = notes.free_key(key);
                    let is_flagged = notes.violations.texts().len() > before;
                    let start = parts.push_member(&key, value);
                    let kind = FieldKind::of_json(&parts.resource[start..]);
                    self.checking.field(key, kind, is_flagged, notes);
                }
            }
            Err(_) => {
                notes.violations.push("`resource` is not an object: kept as `resource.value`");
                self.checking.field("value", FieldKind::Any, true, notes);
                parts.push_key("value");
                parts.resource.extend_from_slice(text);
            }
        }
    }
}

/// Takes over a JSON string, unless it is empty.
fn copy_text(place: &mut Vec<u8>, text: &[u8]) {
    place.clear();
    if text != b"\"\"" {
        place.extend_from_slice(text);
    }
}

impl Visit for FieldVisitor<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Handed::Str(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Handed::I64(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Handed::U64(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.put(field, Handed::I128(value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field, Handed::U128(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Handed::F64(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Handed::Bool(value));
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        self.put(field, Handed::Bytes(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field, Handed::Error(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Handed::Debug(value));
    }
}
