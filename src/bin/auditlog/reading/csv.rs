//! CSV by RFC 4180, safe to open in a spreadsheet.

use serde_json::Value as Json;
use std::io::{self, Write};
use tracing_audit::Record;
use tracing_audit::record::Value;

/// The columns.
const COLUMNS: [&str; 14] = [
    "ts",
    "seq",
    "event",
    "outcome",
    "user_sid",
    "user_id",
    "session_id",
    "kind",
    "tenant",
    "address",
    "user_agent",
    "trace_id",
    "resource",
    "journal",
];

/// Writes the names of the columns.
pub(super) fn head(out: &mut impl Write) -> io::Result<()> {
    row(out, COLUMNS)
}

/// Writes a record, from its line. A cell that a spreadsheet would take for a formula has a `'` before it.
pub(super) fn line(out: &mut impl Write, line: &[u8], journal: &str) -> io::Result<()> {
    let cells = match Record::from_newer_line(line) {
        Ok(record) => of_record(record, journal),
        // Of another version, or altered: as far as it is alike.
        Err(_) => of_json(&serde_json::from_slice(line)?, journal),
    };
    row(out, cells.each_ref().map(String::as_str))
}

fn of_record(record: Record, journal: &str) -> [String; 14] {
    let actor = record.actor;
    let resource =
        if record.resource.is_empty() { String::new() } else { Value::Object(record.resource).to_string() };
    [
        record.ts.map(|ts| ts.to_string()).unwrap_or_default(),
        record.seq.map(|seq| seq.to_string()).unwrap_or_default(),
        record.event,
        record.outcome.to_string(),
        actor.user_sid.unwrap_or_default(),
        actor.user_id.unwrap_or_default(),
        actor.session_id.unwrap_or_default(),
        actor.kind.map(|kind| kind.to_string()).unwrap_or_default(),
        actor.tenant.unwrap_or_default(),
        actor.address.unwrap_or_default(),
        actor.user_agent.unwrap_or_default(),
        record.trace_id.unwrap_or_default(),
        resource,
        journal.to_owned(),
    ]
}

fn of_json(value: &Json, journal: &str) -> [String; 14] {
    COLUMNS.map(|column| {
        let value = match column {
            "journal" => return journal.to_owned(),
            "user_sid" | "user_id" | "session_id" | "kind" | "tenant" | "address" | "user_agent" => {
                &value["actor"][column]
            }
            column => &value[column],
        };
        match value {
            Json::Null => String::new(),
            Json::String(text) => text.clone(),
            value => value.to_string(),
        }
    })
}

fn row(out: &mut impl Write, cells: [&str; 14]) -> io::Result<()> {
    for (at, cell) in cells.into_iter().enumerate() {
        let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        let comma = if at == 0 { "" } else { "," };
        if cell.contains(['"', ',', '\r', '\n']) {
            write!(out, "{comma}\"{guard}{}\"", cell.replace('"', "\"\""))?;
        } else {
            write!(out, "{comma}{guard}{cell}")?;
        }
    }
    out.write_all(b"\r\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_no_formula() {
        let line = br#"{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"=1+1","actor":{"user_id":"@a,\"b\"\r\n","tenant":"-1"},"resource":{"n":18446744073709551615},"outcome":"success","trace_id":"\tx","seq":7}"#;
        let mut out = Vec::new();
        super::line(&mut out, line, "j").unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "2026-05-28T09:30:00.123456789Z,7,'=1+1,success,,\"'@a,\"\"b\"\"\r\n\",,,'-1,,,'\tx,\"{\"\"n\"\":18446744073709551615}\",j\r\n"
        );
    }
}
