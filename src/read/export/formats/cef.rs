//! ArcSight's Common Event Format, version 0.
//!
//! ```text
//! CEF:0|tracing-audit|audit log|0.1.0|auth.failed|An authentication failed.|6|rt=1779960600123 …
//! ```
//!
//! In the header `|` and `\` are escaped, in the extension `=`, `\`, and newlines as `\n` and `\r`. Other control characters
//! are shown as `\\u{1b}`; but not in `cs6`, which is the line as it was written: JSON spells those up to U+001F in its own way.

use super::super::entry::{Entry, PRODUCT, VERSION, visible};
use super::super::result::End;
use std::fmt::Display;
use std::net::IpAddr;

/// The severity of a success and of a failure, of 0 to 10.
const SUCCESS: u8 = 3;
const FAILURE: u8 = 6;

pub(in super::super) fn record(out: &mut Vec<u8>, entry: &Entry<'_>) {
    let fields = &entry.fields;
    let severity = if fields.has_failed() { FAILURE } else { SUCCESS };
    let name = entry.meaning.unwrap_or(&fields.event);
    let mut message = Message::new(out, &fields.event, name, severity);
    message.add("rt", entry.millis());
    message.add("externalId", &entry.uid);
    message.some("outcome", Some(&fields.outcome));
    message.some("dvchost", entry.source.host.as_ref());
    message.some("deviceProcessName", entry.source.application.as_ref());
    message.some("suid", fields.user());
    message.some("suser", fields.actor("user_id").or_else(|| fields.user()));
    match entry.address() {
        Some(IpAddr::V4(address)) => message.add("src", address),
        Some(IpAddr::V6(address)) => message.labelled("c6a2", "Source IPv6 Address", &address.to_string()),
        None => message.some("shost", fields.actor("address")),
    }
    message.some("requestClientApplication", fields.actor("user_agent"));
    message.some("reason", entry.reason().map(|(_, reason)| reason));
    message.labelled_some("cs1", "tenant", fields.actor("tenant"));
    message.labelled_some("cs2", "session", fields.actor("session_id"));
    message.labelled_some("cs3", "trace", fields.trace_id.as_deref());
    message.labelled_some("cs4", "actorKind", fields.actor("kind"));
    message.labelled_some("cs5", "resourceId", fields.resource("id"));
    message.add("cs6Label", "record");
    message.add_as_it_is("cs6", entry.line);
    message.end();
}

pub(in super::super) fn end(out: &mut Vec<u8>, end: &End) {
    let mut message = Message::new(out, End::EVENT, "The export has ended.", 0);
    message.add("rt", end.millis());
    message.add("cnt", end.records);
    message.add("msg", end.message());
    message.labelled("cn1", "warnings", &end.warnings.to_string());
    message.labelled("cs1", "sha256", &end.sha256);
    message.end();
}

/// A message that is being written.
struct Message<'o> {
    out: &'o mut Vec<u8>,
    is_first: bool,
}

impl Message<'_> {
    fn new<'o>(out: &'o mut Vec<u8>, signature: &str, name: &str, severity: u8) -> Message<'o> {
        out.extend_from_slice(b"CEF:0");
        for part in [PRODUCT, "audit log", VERSION, signature, name] {
            out.push(b'|');
            escape(out, &visible(part), "|\\");
        }
        out.extend_from_slice(format!("|{severity}|").as_bytes());
        Message { out, is_first: true }
    }

    fn add(&mut self, key: &str, value: impl Display) {
        // Newlines have a spelling of their own here.
        let shown = value.to_string();
        let shown = shown.split_inclusive(['\n', '\r']).map(|part| match part.strip_suffix(['\n', '\r']) {
            Some(text) => visible(text).into_owned() + &part[text.len()..],
            None => visible(part).into_owned(),
        });
        self.add_as_it_is(key, &shown.collect::<String>());
    }

    fn add_as_it_is(&mut self, key: &str, value: &str) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b' ');
        }
        self.out.extend_from_slice(key.as_bytes());
        self.out.push(b'=');
        for part in value.split_inclusive(['\n', '\r']) {
            let text = part.trim_end_matches(['\n', '\r']);
            escape(self.out, text, "=\\");
            match &part[text.len()..] {
                "" => {}
                "\n" => self.out.extend_from_slice(br"\n"),
                _ => self.out.extend_from_slice(br"\r"),
            }
        }
    }

    fn some(&mut self, key: &str, value: Option<impl AsRef<str>>) {
        // An empty value could not be told from a missing one.
        if let Some(value) = value.as_ref().map(AsRef::as_ref).filter(|value| !value.is_empty()) {
            self.add(key, value);
        }
    }

    fn labelled(&mut self, key: &str, label: &str, value: &str) {
        self.add(&format!("{key}Label"), label);
        self.add(key, value);
    }

    fn labelled_some(&mut self, key: &str, label: &str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value.as_ref().map(AsRef::as_ref).filter(|value| !value.is_empty()) {
            self.labelled(key, label, value);
        }
    }

    fn end(self) {
        self.out.push(b'\n');
    }
}

/// Appends a text, with `\` before each of these characters.
fn escape(out: &mut Vec<u8>, text: &str, special: &str) {
    for byte in text.bytes() {
        if special.as_bytes().contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
}
