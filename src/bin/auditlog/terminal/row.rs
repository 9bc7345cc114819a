//! What a table shows of a record.

use super::escape::escaped;
use crate::long_integer::with_long_integers_as_text;
use serde_json::Value;
use tracing_audit::Record;
use tracing_audit::record::Value as RecordValue;

/// What a table shows of a record, escaped.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// As the line spells it: `2026-05-28T09:30:00.123456789Z`.
    pub(crate) ts: String,
    pub(crate) seq: String,
    pub(crate) event: String,
    pub(crate) outcome: String,
    pub(crate) actor: String,
    /// The resource, and what else there is, as keys and values.
    pub(crate) details: Vec<(String, String)>,
}

impl Row {
    /// Returns what is shown of a line.
    pub(crate) fn of_line(line: &[u8]) -> Row {
        // What is no record is shown as it is.
        let exact = std::str::from_utf8(line).map(with_long_integers_as_text);
        let line = exact.as_ref().map_or(line, |line| line.as_bytes());
        match Record::from_newer_line(line) {
            Ok(record) => Row::of_record(&record),
            // Of another version, or altered: as far as it is alike.
            Err(_) => match serde_json::from_slice::<Value>(line) {
                Ok(value) => Row::of_json(&value),
                Err(_) => {
                    Row { event: escaped(&String::from_utf8_lossy(line)).into_owned(), ..Row::default() }
                }
            },
        }
    }

    fn of_record(record: &Record) -> Row {
        let actor = &record.actor;
        let mut row = Row {
            ts: record.ts.map(|ts| ts.to_string()).unwrap_or_default(),
            seq: record.seq.map(|seq| seq.to_string()).unwrap_or_default(),
            event: escaped(&record.event).into_owned(),
            outcome: record.outcome.to_string(),
            ..Row::default()
        };
        let kind = actor.kind.map(|kind| kind.to_string());
        row.set_actor(
            [actor.user_id.as_deref(), actor.user_sid.as_deref(), kind.as_deref()],
            actor.tenant.as_deref(),
        );
        for (key, value) in &record.resource {
            row.detail(
                key,
                match value {
                    RecordValue::String(text) => text.clone(),
                    value => value.to_string(),
                },
            );
        }
        let more = [
            ("session_id", &actor.session_id),
            ("address", &actor.address),
            ("user_agent", &actor.user_agent),
            ("trace_id", &record.trace_id),
        ];
        for (key, value) in more {
            if let Some(value) = value {
                row.detail(key, value.clone());
            }
        }
        row
    }

    fn of_json(value: &Value) -> Row {
        let text = |value: &Value| match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        let shown = |key: &str| escaped(&text(&value[key])).into_owned();
        let mut row = Row {
            ts: shown("ts"),
            seq: shown("seq"),
            event: shown("event"),
            outcome: shown("outcome"),
            ..Row::default()
        };
        let part = |key: &str| value["actor"][key].as_str();
        row.set_actor([part("user_id"), part("user_sid"), part("kind")], part("tenant"));
        for (key, value) in value["resource"].as_object().into_iter().flatten() {
            row.detail(key, text(value));
        }
        row
    }

    fn set_actor(&mut self, names: [Option<&str>; 3], tenant: Option<&str>) {
        let name = names.into_iter().flatten().next().unwrap_or("-");
        self.actor = escaped(name).into_owned();
        if let Some(tenant) = tenant {
            self.actor += &format!(" ({})", escaped(tenant));
        }
    }

    fn detail(&mut self, key: &str, value: String) {
        let value = escaped(&value).into_owned();
        // A value that ends where the next key seems to begin is told by its quotation marks.
        let is_plain = !value.is_empty() && !value.contains([' ', '=', '"']);
        let is_bare = is_plain || value.starts_with(['{', '[']);
        let value = if is_bare { value } else { format!("\"{}\"", value.replace('"', "\\\"")) };
        self.details.push((escaped(key).into_owned(), value));
    }
}
