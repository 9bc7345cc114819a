//! Messages of syslog, RFC 5424.
//!
//! ```text
//! <108>1 2026-05-28T09:30:00.123456Z app1 billing - auth.failed [audit@32473 journal="…" seq="41" …] {"_schema_version":"1",…}
//! ```
//!
//! The facility is 13, log audit; the severity 6 (informational), or 4 (warning) for a failure. The time has six digits behind the point,
//! more are not allowed. The message is the line as it was written, without a byte order mark: it is JSON, in UTF-8. `32473` is
//! the enterprise number that RFC 5612 has set aside for those without one.

use super::super::entry::{Entry, visible};
use super::super::result::End;
use crate::record::Timestamp;

const FACILITY: u8 = 13;
const WARNING: u8 = 4;
const INFORMATIONAL: u8 = 6;

pub(in super::super) fn record(out: &mut Vec<u8>, entry: &Entry<'_>, counts_octets: bool) {
    let fields = &entry.fields;
    let severity = if fields.has_failed() { WARNING } else { INFORMATIONAL };
    let mut message = Vec::with_capacity(entry.line.len() + 512);
    let source = entry.source;
    header(
        &mut message,
        severity,
        entry.ts,
        source.host.as_deref(),
        source.application.as_deref(),
        &fields.event,
    );
    message.extend_from_slice(b" [audit@32473");
    param(&mut message, "journal", Some(entry.journal));
    param(&mut message, "seq", fields.seq.as_deref());
    param(&mut message, "event", Some(&*fields.event));
    param(&mut message, "outcome", Some(&*fields.outcome));
    for key in ["user_sid", "user_id", "session_id", "kind", "tenant", "address", "user_agent"] {
        param(&mut message, key, fields.actor(key));
    }
    param(&mut message, "trace_id", fields.trace_id.as_deref());
    message.extend_from_slice(b"] ");
    message.extend_from_slice(entry.line.as_bytes());
    frame(out, &message, counts_octets);
}

pub(in super::super) fn end(out: &mut Vec<u8>, end: &End, counts_octets: bool) {
    let mut message = Vec::new();
    header(&mut message, INFORMATIONAL, end.now, None, Some("auditlog"), End::EVENT);
    message.extend_from_slice(b" [export@32473");
    param(&mut message, "records", Some(end.records.to_string()));
    param(&mut message, "warnings", Some(end.warnings.to_string()));
    param(&mut message, "sha256", Some(&end.sha256));
    message.extend_from_slice(b"] ");
    message.extend_from_slice(end.message().as_bytes());
    frame(out, &message, counts_octets);
}

fn header(
    out: &mut Vec<u8>,
    severity: u8,
    ts: Timestamp,
    host: Option<&str>,
    application: Option<&str>,
    event: &str,
) {
    let priority = FACILITY * 8 + severity;
    let host = name(host, 255);
    let (application, event) = (name(application, 48), name(Some(event), 32));
    let ts = ts.to_string();
    let header = format!("<{priority}>1 {}Z {host} {application} - {event}", &ts[..26]);
    out.extend_from_slice(header.as_bytes());
}

/// Returns a name of the header: at most so many printable characters of ASCII, with `?` in the place of others; `-` if there is none.
fn name(name: Option<&str>, longest: usize) -> String {
    let name = name.unwrap_or_default().chars();
    let name = name.map(|c| if c.is_ascii_graphic() { c } else { '?' }).take(longest).collect::<String>();
    if name.is_empty() { "-".to_owned() } else { name }
}

/// Appends a parameter of structured data, if there is one.
fn param(out: &mut Vec<u8>, key: &str, value: Option<impl AsRef<str>>) {
    let Some(value) = value else {
        return;
    };
    out.extend_from_slice(format!(" {key}=\"").as_bytes());
    for byte in visible(value.as_ref()).bytes() {
        if matches!(byte, b'"' | b'\\' | b']') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

fn frame(out: &mut Vec<u8>, message: &[u8], counts_octets: bool) {
    if counts_octets {
        out.extend_from_slice(format!("{} ", message.len()).as_bytes());
        out.extend_from_slice(message);
    } else {
        out.extend_from_slice(message);
        out.push(b'\n');
    }
}
