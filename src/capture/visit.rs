//! From an event's fields to the parts of a line.

use super::callsite::Slot;
use super::check::{Checking, EntryCache};
use super::given::json;
use super::scratch::{Notes, Scratch};
use super::sink::{Sink, Written};
use crate::record::encode::{self, push_string};
use crate::record::{Cut, FieldKind, Object, Outcome, Value, ViolationKind, prefix};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::any::Any;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tracing_core::Event;
use tracing_core::field::{Field, Visit};

/// How many causes of an error are recorded.
const CAUSES: usize = 32;

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

/// A field's value, as `tracing` hands it over.
#[derive(Clone, Copy)]
enum Handed<'a> {
    Str(&'a str),
    I64(i64),
    U64(u64),
    I128(i128),
    U128(u128),
    F64(f64),
    Bool(bool),
    Bytes(&'a [u8]),
    Error(&'a (dyn Error + 'static)),
    Debug(&'a dyn fmt::Debug),
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

impl Handed<'_> {
    /// What kind of value it is; `json` is what was written of it.
    fn kind(self, json: &[u8]) -> FieldKind {
        match self {
            Handed::Str(_) | Handed::Bytes(_) => FieldKind::String,
            Handed::I64(_) | Handed::U64(_) | Handed::I128(_) | Handed::U128(_) => FieldKind::Integer,
            Handed::F64(_) => FieldKind::Number,
            Handed::Bool(_) => FieldKind::Boolean,
            Handed::Error(_) => FieldKind::Object,
            Handed::Debug(_) => FieldKind::of_json(json),
        }
    }

    /// Appends the value as JSON; says whether there is one. `name` is what cuts
    /// and violations are noted under.
    #[inline]
    fn write(self, out: &mut Vec<u8>, room: usize, name: &str, notes: &mut Notes) -> bool {
        match self {
            Handed::Str(text) if text.len() <= room => push_string(out, text),
            Handed::Str(text) => {
                notes.cuts.push((name.to_owned(), Cut::of(text.as_bytes())));
                push_string(out, prefix(text, room));
            }
            Handed::I64(value) => out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()),
            Handed::U64(value) => out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()),
            Handed::I128(value) => push_i128(out, value),
            Handed::U128(value) => push_u128(out, value),
            Handed::F64(value) => encode::push_f64(out, value),
            Handed::Bool(value) => encode::push_bool(out, value),
            Handed::Bytes(bytes) => return write_bytes(bytes, out, room, name, notes),
            Handed::Error(error) => {
                return write_formatted(out, room, name, notes, |sink| {
                    write!(sink, "{:?}", json(&ErrorJson(error)))
                });
            }
            Handed::Debug(value) => {
                return write_formatted(out, room, name, notes, |sink| write!(sink, "{value:?}"));
            }
        }
        true
    }
}

fn push_i128(out: &mut Vec<u8>, value: i128) {
    let mut buffer = itoa::Buffer::new();
    match (i64::try_from(value), u64::try_from(value)) {
        (Ok(value), _) => out.extend_from_slice(buffer.format(value).as_bytes()),
        (_, Ok(value)) => out.extend_from_slice(buffer.format(value).as_bytes()),
        _ => push_string(out, buffer.format(value)),
    }
}

fn push_u128(out: &mut Vec<u8>, value: u128) {
    let mut buffer = itoa::Buffer::new();
    match u64::try_from(value) {
        Ok(value) => out.extend_from_slice(buffer.format(value).as_bytes()),
        Err(_) => push_string(out, buffer.format(value)),
    }
}

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>, room: usize, name: &str, notes: &mut Notes) -> bool {
    // 3 bytes are 4 characters.
    if bytes.len() > room / 4 * 3 {
        let whole = STANDARD.encode(bytes);
        notes.cuts.push((name.to_owned(), Cut::of(whole.as_bytes())));
        push_string(out, &whole[..room / 4 * 4]);
        return true;
    }
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, b'=');
    match STANDARD.encode_slice(bytes, &mut out[start..]) {
        Ok(written) => out.truncate(start + written),
        Err(_) => debug_assert!(false, "there is room for it"),
    }
    out.push(b'"');
    true
}

/// Runs a value's own formatting, which may do anything: fail, panic, emit audit
/// events. No lock is held.
fn write_formatted(
    out: &mut Vec<u8>,
    room: usize,
    name: &str,
    notes: &mut Notes,
    format: impl FnOnce(&mut Sink<'_>) -> fmt::Result,
) -> bool {
    let mut sink = Sink::new(out, room);
    let formatted = catch_unwind(AssertUnwindSafe(|| format(&mut sink)));
    let failure = match formatted {
        Ok(Ok(())) => match sink.finish() {
            Written::Whole => return true,
            Written::Cut(cut) => {
                notes.cuts.push((name.to_owned(), cut));
                return true;
            }
            Written::Null => return false,
            Written::Failed(reason) => format!("could not be serialized: {reason}"),
        },
        Ok(Err(fmt::Error)) => {
            sink.abandon();
            "could not be formatted: its formatting failed".to_owned()
        }
        Err(panic) => {
            sink.abandon();
            format!("could not be formatted: it panicked: {}", panic_text(&*panic))
        }
    };
    notes.violations.note(ViolationKind::Value, &format!("`{name}` {failure}"));
    notes.has_failed = true;
    false
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    if let Some(text) = panic.downcast_ref::<&str>() {
        text
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text
    } else {
        "with something that is no text"
    }
}

/// An error as JSON: `{"message":"…","chain":["…"]}`, the chain being its causes.
struct ErrorJson<'a>(&'a (dyn Error + 'static));

impl serde::Serialize for ErrorJson<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let causes = std::iter::successors(self.0.source(), |error| (*error).source()).take(CAUSES);
        let causes = causes.map(ToString::to_string).collect::<Vec<_>>();
        let mut object = serializer.serialize_struct("Error", 2)?;
        object.serialize_field("message", &self.0.to_string())?;
        object.serialize_field("chain", &causes)?;
        object.end()
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
