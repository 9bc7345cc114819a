//! The values of fields, as `tracing` hands them over, and how they are written.

use super::given::json;
use super::scratch::Notes;
use super::sink::{Sink, Written};
use crate::record::encode::{self, push_string};
use crate::record::{Cut, FieldKind, ViolationKind, prefix};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::any::Any;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How many causes of an error are recorded.
const CAUSES: usize = 32;

/// A field's value, as `tracing` hands it over.
#[derive(Clone, Copy)]
pub(super) enum Handed<'a> {
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

impl Handed<'_> {
    /// What kind of value it is; `json` is what was written of it.
    pub(super) fn kind(self, json: &[u8]) -> FieldKind {
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
    pub(super) fn write(self, out: &mut Vec<u8>, room: usize, name: &str, notes: &mut Notes) -> bool {
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
