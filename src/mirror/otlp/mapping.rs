//! What a record is as an OTLP log record.
//!
//! The messages are built here, not by the SDK: its maps forget the order of their keys, and a
//! record that is sent again must be the same to the byte.

use crate::follow::{Batch, Line};
use crate::record::{Outcome, Record, SCHEMA_VERSION, Value};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use std::collections::BTreeMap;

/// How deep arrays and objects may nest in an attribute. Each level is three of protobuf, and most
/// of its readers refuse a message of more than a hundred.
const MAX_DEPTH: usize = 24;

/// The request that delivers these lines.
pub(super) fn request(resource: &BTreeMap<String, String>, batch: &Batch<'_>) -> Vec<u8> {
    let scope = InstrumentationScope {
        name: "tracing-audit".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let resource = Resource {
        attributes: resource.iter().map(|(key, value)| text(key.as_str(), value.as_str())).collect(),
        ..Resource::default()
    };
    let scope_logs = ScopeLogs {
        scope: Some(scope),
        log_records: batch.lines().iter().map(log_record).collect(),
        ..ScopeLogs::default()
    };
    let resource_logs =
        ResourceLogs { resource: Some(resource), scope_logs: vec![scope_logs], ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![resource_logs] }.encode_to_vec()
}

fn log_record(line: &Line<'_>) -> LogRecord {
    match line.record_as_it_reads() {
        Ok(record) => of_record(line, record),
        Err(error) => {
            let mut attributes = vec![text("audit.undecodable", error.to_string())];
            attributes.extend(identity(line));
            LogRecord { attributes, ..stamped(line, Outcome::Failure, line.text().to_owned()) }
        }
    }
}

fn of_record(line: &Line<'_>, record: Record) -> LogRecord {
    let mut attributes = Vec::with_capacity(8 + record.resource.len());
    attributes.push(text("event", record.event.as_str()));
    attributes.push(text("outcome", record.outcome.as_str()));
    let actor = record.actor;
    attributes.extend(actor.user_sid.map(|user| text("actor.user_sid", user)));
    attributes.extend(actor.session_id.map(|session| text("actor.session_id", session)));
    let mut resource = record.resource;
    for (key, value) in resource.entries_mut().drain(..) {
        attributes.push(attribute(format!("resource.{key}"), any(value, MAX_DEPTH)));
    }
    let trace_id = record.trace_id.as_deref().and_then(trace_id);
    attributes.extend(record.trace_id.map(|trace| text("trace_id", trace)));
    attributes.push(text("_schema_version", SCHEMA_VERSION));
    attributes.extend(identity(line));
    LogRecord {
        attributes,
        trace_id: trace_id.unwrap_or_default(),
        event_name: record.event.clone(),
        ..stamped(line, record.outcome, record.event)
    }
}

/// With its time, severity and body.
fn stamped(line: &Line<'_>, outcome: Outcome, body: String) -> LogRecord {
    let nanos = line.ts().unix_nanos().clamp(0, i128::from(u64::MAX)) as u64;
    let (number, name) = match outcome {
        Outcome::Success => (SeverityNumber::Info, "INFO"),
        Outcome::Failure => (SeverityNumber::Warn, "WARN"),
    };
    LogRecord {
        time_unix_nano: nanos,
        observed_time_unix_nano: nanos,
        severity_number: number.into(),
        severity_text: name.to_owned(),
        body: Some(AnyValue { value: Some(Any::StringValue(body)) }),
        ..LogRecord::default()
    }
}

/// By which a receiver can tell that it has a record already, and that it has all.
fn identity(line: &Line<'_>) -> [KeyValue; 2] {
    [text("log.record.uid", line.uid()), attribute("audit.seq", Some(unsigned(line.seq())))]
}

fn text(key: impl Into<String>, value: impl Into<String>) -> KeyValue {
    attribute(key, Some(Any::StringValue(value.into())))
}

fn attribute(key: impl Into<String>, value: Option<Any>) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value }), ..KeyValue::default() }
}

/// The value, which may nest so many levels; `null` is a value without one.
fn any(value: Value, levels: usize) -> Option<Any> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => Any::BoolValue(value),
        Value::Negative(value) => Any::IntValue(value),
        Value::Unsigned(value) => unsigned(value),
        Value::Float(value) => Any::DoubleValue(value),
        Value::String(text) => Any::StringValue(text),
        Value::Array(_) | Value::Object(_) if levels == 0 => Any::StringValue(value.to_string()),
        Value::Array(list) => Any::ArrayValue(ArrayValue {
            values: list.into_iter().map(|item| AnyValue { value: any(item, levels - 1) }).collect(),
        }),
        Value::Object(mut object) => {
            let entries = object.entries_mut().drain(..);
            let values = entries.map(|(key, item)| attribute(key, any(item, levels - 1))).collect();
            Any::KvlistValue(KeyValueList { values })
        }
    })
}

fn unsigned(value: u64) -> Any {
    i64::try_from(value).map_or_else(|_| Any::StringValue(value.to_string()), Any::IntValue)
}

/// The bytes of a W3C trace id.
fn trace_id(text: &str) -> Option<Vec<u8>> {
    let is_one = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = is_one.then(|| u128::from_str_radix(text, 16).ok()).flatten()?;
    (id != 0).then(|| id.to_be_bytes().to_vec())
}
