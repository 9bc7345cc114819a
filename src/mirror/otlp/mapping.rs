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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mirror::otlp::tests::{JOURNAL, Lines, record};

    fn mapped(lines: &Lines) -> Vec<LogRecord> {
        let request = lines.with(|batch| request(&BTreeMap::new(), batch));
        let mut request = ExportLogsServiceRequest::decode(request.as_slice()).unwrap();
        request.resource_logs.remove(0).scope_logs.remove(0).log_records
    }

    /// Key and value of each attribute, in order, in Rust's notation.
    fn shown(attributes: &[KeyValue]) -> Vec<String> {
        attributes.iter().map(|attribute| format!("{}={}", attribute.key, value(&attribute.value))).collect()
    }

    fn value(value: &Option<AnyValue>) -> String {
        let Some(AnyValue { value: Some(any) }) = value else {
            return "none".to_owned();
        };
        match any {
            Any::StringValue(text) => format!("{text:?}"),
            Any::BoolValue(value) => format!("{value:?}"),
            Any::IntValue(value) => format!("{value:?}"),
            Any::DoubleValue(value) => format!("{value:?}"),
            Any::ArrayValue(list) => {
                let items = list.values.iter().map(|item| self::value(&Some(item.clone())));
                format!("[{}]", items.collect::<Vec<_>>().join(" "))
            }
            Any::KvlistValue(list) => format!("{{{}}}", shown(&list.values).join(" ")),
            other => format!("unexpected: {other:?}"),
        }
    }

    #[test]
    fn every_part_of_a_record_has_its_place_and_type() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let json = serde_json::from_str::<Value>(r#"{"z":1,"a":[true,null,{"y":-1.5,"b":"x"}]}"#).unwrap();
        let lines = Lines::of([record("auth.failed")
            .user_sid("S-1-5-21-1")
            .session_id("9f2c")
            .resource("zone", "west")
            .resource("attempts", 3)
            .resource("delta", -3)
            .resource("large", u64::MAX)
            .resource("ratio", 0.5)
            .resource("locked", true)
            .resource("nested", json)
            .outcome(Outcome::Failure)
            .trace_id(trace)]);
        let log = mapped(&lines).remove(0);
        let uid = format!("log.record.uid=\"{JOURNAL}-0\"");
        assert_eq!(
            shown(&log.attributes),
            [
                r#"event="auth.failed""#,
                r#"outcome="failure""#,
                r#"actor.user_sid="S-1-5-21-1""#,
                r#"actor.session_id="9f2c""#,
                r#"resource.zone="west""#,
                "resource.attempts=3",
                "resource.delta=-3",
                r#"resource.large="18446744073709551615""#,
                "resource.ratio=0.5",
                "resource.locked=true",
                r#"resource.nested={z=1 a=[true none {y=-1.5 b="x"}]}"#,
                r#"trace_id="0af7651916cd43dd8448eb211c80319c""#,
                r#"_schema_version="1""#,
                uid.as_str(),
                "audit.seq=0",
            ]
        );
        let ts = lines.ts().unix_nanos() as u64;
        assert_eq!((log.time_unix_nano, log.observed_time_unix_nano), (ts, ts));
        assert_eq!((log.severity_number, log.severity_text.as_str()), (13, "WARN"));
        assert_eq!(value(&log.body), r#""auth.failed""#);
        assert_eq!(log.event_name, "auth.failed");
        assert_eq!(log.trace_id, 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes());
    }

    #[test]
    fn a_record_with_nothing_else_has_nothing_else() {
        let log = mapped(&Lines::of([record("mode.start")])).remove(0);
        let keys: Vec<_> = log.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        assert_eq!(keys, ["event", "outcome", "_schema_version", "log.record.uid", "audit.seq"]);
        assert_eq!((log.severity_number, log.severity_text.as_str()), (9, "INFO"));
        assert!(log.trace_id.is_empty());
    }

    #[test]
    fn what_is_no_w3c_trace_id_is_only_an_attribute() {
        let zeros = "0".repeat(32);
        for id in ["req-7", zeros.as_str(), "+af7651916cd43dd8448eb211c80319c", "0AF7"] {
            let log = mapped(&Lines::of([record("mode.start").trace_id(id)])).remove(0);
            assert!(log.trace_id.is_empty(), "{id}");
            assert!(shown(&log.attributes).contains(&format!("trace_id={id:?}")));
        }
    }

    #[test]
    fn the_request_names_resource_and_scope_and_keeps_the_order() {
        let resource = BTreeMap::from([("service.name", "s"), ("a", "b")])
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let lines = Lines::of((0..5).map(|n| record("mode.start").resource("n", n)));
        let bytes = lines.with(|batch| request(&resource, batch));
        let decoded = ExportLogsServiceRequest::decode(bytes.as_slice()).unwrap();
        let [resource_logs] = &decoded.resource_logs[..] else { panic!("{decoded:?}") };
        let attributes = &resource_logs.resource.as_ref().unwrap().attributes;
        assert_eq!(shown(attributes), [r#"a="b""#, r#"service.name="s""#]);
        let [scope_logs] = &resource_logs.scope_logs[..] else { panic!("{decoded:?}") };
        let scope = scope_logs.scope.as_ref().unwrap();
        assert_eq!(
            (scope.name.as_str(), scope.version.as_str()),
            ("tracing-audit", env!("CARGO_PKG_VERSION"))
        );
        for (n, log) in scope_logs.log_records.iter().enumerate() {
            assert!(shown(&log.attributes).contains(&format!("audit.seq={n}")));
        }
    }

    #[test]
    fn a_repeated_request_is_the_same_to_the_byte() {
        let many: Value = Value::Object((0..50).map(|n| (format!("key{n}"), Value::from(n))).collect());
        let lines = Lines::of([record("mode.start").resource("many", many)]);
        let first = lines.with(|batch| request(&BTreeMap::new(), batch));
        for _ in 0..20 {
            assert_eq!(lines.with(|batch| request(&BTreeMap::new(), batch)), first);
        }
    }

    #[test]
    fn a_line_that_is_no_record_is_sent_as_it_is() {
        let text = r#"{"_schema_version":"2","ts":"2026-05-28T09:30:00.000000000Z","seq":0}"#;
        let log = mapped(&Lines::of_texts([text.to_owned()])).remove(0);
        assert_eq!(value(&log.body), format!("{text:?}"));
        assert_eq!((log.severity_number, log.event_name.as_str()), (13, ""));
        let keys: Vec<_> = log.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        assert_eq!(keys, ["audit.undecodable", "log.record.uid", "audit.seq"]);
        assert!(value(&log.attributes[0].value).contains("schema version"), "{log:?}");
        assert_ne!(log.time_unix_nano, 0);
    }

    #[test]
    fn what_nests_too_deeply_for_receivers_is_text_from_there_on() {
        let nested = |levels| (0..levels).fold(Value::from(1), |inner, _| Value::Array(vec![inner]));
        let deepest = |levels| {
            let log = mapped(&Lines::of([record("mode.start").resource("deep", nested(levels))])).remove(0);
            shown(&log.attributes).into_iter().find(|shown| shown.starts_with("resource.deep")).unwrap()
        };
        let (open, close) = ("[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert_eq!(deepest(MAX_DEPTH), format!("resource.deep={open}1{close}"));
        assert_eq!(deepest(MAX_DEPTH + 2), format!("resource.deep={open}\"[[1]]\"{close}"));
    }
}
