//! A field's value, as `tracing` passes it to the layer, and its JSON text.

use super::json_value::json;
use super::null_probe::NullProbe;
use super::value_sink::{ValueSink, Written};
use crate::capture::event::notes::Notes;
use crate::error::causes;
use crate::record::encode::{self, push_string};
use crate::record::redact::SecretKeys;
use crate::record::{Cut, FieldKind, MAX_DEPTH, ViolationKind, prefix};
use crate::unwind::caught;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::error::Error;
use std::fmt::{self, Write as _};

/// A field's value, as `tracing` passes it to the layer.
#[derive(Clone, Copy)]
pub(crate) enum FieldValue<'a> {
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

impl FieldValue<'_> {
    /// Returns the kind of the value; `json` is its text, as it was written.
    #[inline]
    pub(crate) fn kind(self, json: &[u8]) -> FieldKind {
        match self {
            FieldValue::Str(_) | FieldValue::Bytes(_) => FieldKind::String,
            FieldValue::I64(_) | FieldValue::U64(_) | FieldValue::I128(_) | FieldValue::U128(_) => {
                FieldKind::Integer
            }
            FieldValue::F64(_) => FieldKind::Number,
            FieldValue::Bool(_) => FieldKind::Boolean,
            FieldValue::Error(_) => FieldKind::Object,
            FieldValue::Debug(_) => FieldKind::of_json(json),
        }
    }

    /// Returns whether the value is a JSON `null`, which is no value. Its own formatting may panic; then it
    /// is none.
    #[cold]
    pub(crate) fn is_null(self) -> bool {
        let FieldValue::Debug(value) = self else {
            return false;
        };
        let mut probe = NullProbe::default();
        matches!(caught(|| write!(probe, "{value:?}")), Ok(Ok(()))) && probe.is_null()
    }

    /// Appends the value as JSON, at most `max_bytes` of it, and returns whether there is one. In objects,
    /// the values of `secrets` are redacted. Cuts and violations are noted under `name`.
    #[inline(always)]
    pub(crate) fn write(
        self,
        out: &mut Vec<u8>,
        max_bytes: usize,
        name: &str,
        secrets: Option<&SecretKeys>,
        notes: &mut Notes,
    ) -> bool {
        match self {
            FieldValue::Str(text) if text.len() <= max_bytes => push_string(out, text),
            FieldValue::Str(text) => {
                notes.cuts.push((name.to_owned(), Cut::of(text.len())));
                push_string(out, prefix(text, max_bytes));
            }
            FieldValue::I64(value) => out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()),
            FieldValue::U64(value) => out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()),
            FieldValue::I128(value) => push_i128(out, value),
            FieldValue::U128(value) => push_u128(out, value),
            FieldValue::F64(value) => encode::push_f64(out, value),
            FieldValue::Bool(value) => encode::push_bool(out, value),
            FieldValue::Bytes(bytes) => return write_bytes(bytes, out, max_bytes, name, notes),
            FieldValue::Error(error) => {
                return write_formatted(out, max_bytes, name, secrets, notes, |sink| {
                    write!(sink, "{:?}", json(&ErrorJson(error)))
                });
            }
            FieldValue::Debug(value) => {
                return write_formatted(out, max_bytes, name, secrets, notes, |sink| {
                    write!(sink, "{value:?}")
                });
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

fn write_bytes(bytes: &[u8], out: &mut Vec<u8>, max_bytes: usize, name: &str, notes: &mut Notes) -> bool {
    // 3 bytes become 4 characters.
    if bytes.len() > max_bytes / 4 * 3 {
        notes.cuts.push((name.to_owned(), Cut::of(bytes.len().div_ceil(3) * 4)));
        push_string(out, &STANDARD.encode(&bytes[..max_bytes / 4 * 3]));
        return true;
    }
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, b'=');
    match STANDARD.encode_slice(bytes, &mut out[start..]) {
        Ok(written) => out.truncate(start + written),
        Err(_) => debug_assert!(false, "the buffer was made long enough"),
    }
    out.push(b'"');
    true
}

/// Runs a value's own formatting, which may fail, panic, or emit audit events. No lock is held
/// meanwhile.
fn write_formatted(
    out: &mut Vec<u8>,
    max_bytes: usize,
    name: &str,
    secrets: Option<&SecretKeys>,
    notes: &mut Notes,
    format: impl FnOnce(&mut ValueSink<'_>) -> fmt::Result,
) -> bool {
    let mut sink = ValueSink::new(out, max_bytes, secrets, &mut notes.redacted);
    let formatted = caught(|| format(&mut sink));
    if sink.is_deep() && matches!(formatted, Ok(Ok(()))) {
        let text = format!("`{name}` nests deeper than {MAX_DEPTH} levels: kept as its JSON text");
        notes.violations.push(&text);
    }
    for flaw in sink.take_flaws() {
        notes.violations.note(ViolationKind::Value, &format!("`{name}`: {flaw}"));
    }
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
            format!("could not be formatted: it panicked: {panic}")
        }
    };
    notes.violations.note(ViolationKind::Value, &format!("`{name}` {failure}"));
    notes.value_failed = true;
    false
}

/// An error as JSON: `{"message":"…","chain":["…"]}`, where the chain is its causes.
struct ErrorJson<'a>(&'a (dyn Error + 'static));

impl serde::Serialize for ErrorJson<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let causes = causes(self.0).map(ToString::to_string).collect::<Vec<_>>();
        let mut object = serializer.serialize_struct("Error", 2)?;
        object.serialize_field("message", &self.0.to_string())?;
        object.serialize_field("chain", &causes)?;
        object.end()
    }
}
