//! The mapping of a record to an OTLP log record.
//!
//! The SDK is not used: its maps lose the order of their keys, and a repeated record must be
//! identical to the byte.

use super::any_value::STRING;
use super::attributes::{self, Rest};
use super::wire::{bytes, bytes_len, field, fixed64, fixed64_field, varint, varint_field};
use crate::mirror::batch::{Batch, Line};
use crate::record::Outcome;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::SeverityNumber;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use std::collections::BTreeMap;

/// `ExportLogsServiceRequest.resource_logs`
const RESOURCE_LOGS: u8 = field(1);
/// `ResourceLogs`
const RESOURCE: u8 = field(1);
const SCOPE_LOGS: u8 = field(2);
/// `ScopeLogs`
const SCOPE: u8 = field(1);
const LOG_RECORD: u8 = field(2);
/// `LogRecord`
const TIME: u8 = fixed64_field(1);
const SEVERITY_NUMBER: u8 = varint_field(2);
const SEVERITY_TEXT: u8 = field(3);
const BODY: u8 = field(5);
const TRACE_ID: u8 = field(9);
const OBSERVED_TIME: u8 = fixed64_field(11);
const EVENT_NAME: u8 = field(12);

/// The resource attribute that distinguishes the instances of a service.
const INSTANCE: &str = "service.instance.id";

/// Returns the request that delivers a batch. Unless the resource names an instance, it is the
/// journal's id.
pub(crate) fn request(resource: &BTreeMap<String, String>, batch: &Batch<'_>) -> Vec<u8> {
    let text = |key: &str, value: &str| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(Any::StringValue(value.to_owned())) }),
        ..KeyValue::default()
    };
    let mut attributes = resource.iter().map(|(key, value)| text(key, value)).collect::<Vec<_>>();
    if !resource.contains_key(INSTANCE) {
        attributes.push(text(INSTANCE, batch.journal()));
    }
    let resource = Resource { attributes, ..Resource::default() };
    let scope = InstrumentationScope {
        name: "tracing-audit".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let (resource, scope) = (resource.encode_to_vec(), scope.encode_to_vec());
    let lines = batch.lines().iter().map(|line| line.text().len()).sum::<usize>();
    let mut records = Vec::with_capacity(2 * lines);
    let (mut attributes, mut record, mut rest) = (Vec::new(), Vec::new(), Rest::default());
    for line in batch.lines() {
        attributes.clear();
        record.clear();
        log_record(line, &mut attributes, &mut rest, &mut record);
        bytes(&mut records, LOG_RECORD, &record);
    }
    let scope_logs = bytes_len(scope.len()) + records.len();
    let resource_logs = bytes_len(resource.len()) + bytes_len(scope_logs);
    let mut request = Vec::with_capacity(bytes_len(resource_logs));
    varint(&mut request, RESOURCE_LOGS, resource_logs as u64);
    bytes(&mut request, RESOURCE, &resource);
    varint(&mut request, SCOPE_LOGS, scope_logs as u64);
    bytes(&mut request, SCOPE, &scope);
    request.extend_from_slice(&records);
    request
}

/// Appends the log record of a line.
fn log_record(line: &Line<'_>, attributes: &mut Vec<u8>, rest: &mut Rest, out: &mut Vec<u8>) {
    rest.trace_id = None;
    rest.has_newer_keys = false;
    let read = attributes::of_line(line.text(), attributes, rest);
    // By these a receiver recognises a repeated and a missing record.
    let identity = |attributes: &mut Vec<u8>| {
        attributes::text(attributes, ["log.record.uid", ""], &line.uid());
        attributes::integer(attributes, "audit.seq", line.seq());
    };
    let Err(error) = read else {
        if rest.has_newer_keys {
            attributes::text(attributes, ["log.record.original", ""], line.text());
        }
        identity(attributes);
        return assemble(line, rest.outcome, &rest.event, &rest.event, attributes, rest.trace_id, out);
    };
    // A line that is not a record is delivered, too.
    let why = line.record().err().map_or_else(|| error.to_string(), |error| error.to_string());
    attributes.clear();
    attributes::text(attributes, ["audit.undecodable", ""], &why);
    identity(attributes);
    assemble(line, Outcome::Failure, line.text(), "", attributes, None, out);
}

fn assemble(
    line: &Line<'_>,
    outcome: Outcome,
    body: &str,
    event_name: &str,
    attributes: &[u8],
    trace_id: Option<[u8; 16]>,
    out: &mut Vec<u8>,
) {
    let nanos = line.ts().unix_nanos().clamp(0, i128::from(u64::MAX)) as u64;
    let (number, name) = match outcome {
        Outcome::Success => (SeverityNumber::Info, "INFO"),
        Outcome::Failure => (SeverityNumber::Warn, "WARN"),
    };
    fixed64(out, TIME, nanos);
    varint(out, SEVERITY_NUMBER, number as u64);
    bytes(out, SEVERITY_TEXT, name.as_bytes());
    varint(out, BODY, bytes_len(body.len()) as u64);
    bytes(out, STRING, body.as_bytes());
    out.extend_from_slice(attributes);
    if let Some(id) = trace_id {
        bytes(out, TRACE_ID, &id);
    }
    fixed64(out, OBSERVED_TIME, nanos);
    if !event_name.is_empty() {
        bytes(out, EVENT_NAME, event_name.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mirror::otlp::request::any_value::MAX_DEPTH;
    use crate::mirror::otlp::tests::lines::{JOURNAL, TestLines, record};
    use crate::record::Value;
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::logs::v1::LogRecord;

    fn mapped(lines: &TestLines) -> Vec<LogRecord> {
        let request = lines.with(|batch| request(&BTreeMap::new(), batch));
        let mut request = ExportLogsServiceRequest::decode(request.as_slice()).unwrap();
        request.resource_logs.remove(0).scope_logs.remove(0).log_records
    }

    /// Formats key and value of each attribute, in order.
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
    fn every_field_of_a_record_is_mapped_with_its_type() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let json = serde_json::from_str::<Value>(r#"{"z":1,"a":[true,null,{"y":-1.5,"b":"x"}]}"#).unwrap();
        let lines = TestLines::of([record("auth.failed")
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
        let uid = lines.with(|batch| format!("log.record.uid={:?}", batch.lines()[0].uid()));
        assert_eq!(
            shown(&log.attributes),
            [
                r#"_schema_version="1""#,
                r#"event="auth.failed""#,
                r#"actor.user_sid="S-1-5-21-1""#,
                r#"user.id="S-1-5-21-1""#,
                r#"actor.session_id="9f2c""#,
                r#"session.id="9f2c""#,
                r#"resource.zone="west""#,
                "resource.attempts=3",
                "resource.delta=-3",
                r#"resource.large="18446744073709551615""#,
                "resource.ratio=0.5",
                "resource.locked=true",
                r#"resource.nested={z=1 a=[true none {y=-1.5 b="x"}]}"#,
                r#"outcome="failure""#,
                r#"event.outcome="failure""#,
                r#"trace_id="0af7651916cd43dd8448eb211c80319c""#,
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
    fn a_line_with_newer_keys_is_sent_with_the_whole_of_it() {
        let line = r#"{"_schema_version":"1","ts":"2026-05-28T09:30:00.123456789Z","event":"a.b","actor":{"user_id":"ada","team":{"n":1}},"outcome":"success","span_id":"7","seq":0}"#;
        let ts = "2026-05-28T09:30:00.123456789Z".parse().unwrap();
        let lines = [Line::new(JOURNAL, 0, ts, line)];
        let request = request(&BTreeMap::new(), &Batch::new(JOURNAL, &lines));
        let mut request = ExportLogsServiceRequest::decode(request.as_slice()).unwrap();
        let log = request.resource_logs.remove(0).scope_logs.remove(0).log_records.remove(0);
        assert_eq!(
            shown(&log.attributes)[..7],
            [
                r#"_schema_version="1""#.to_owned(),
                r#"event="a.b""#.to_owned(),
                r#"actor.user_id="ada""#.to_owned(),
                r#"user.id="ada""#.to_owned(),
                r#"outcome="success""#.to_owned(),
                r#"event.outcome="success""#.to_owned(),
                format!("log.record.original={line:?}"),
            ]
        );
        assert_eq!(value(&log.body), r#""a.b""#);
    }

    #[test]
    fn a_minimal_record_has_no_further_attributes() {
        let log = mapped(&TestLines::of([record("mode.start")])).remove(0);
        let keys: Vec<_> = log.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        assert_eq!(
            keys,
            ["_schema_version", "event", "outcome", "event.outcome", "log.record.uid", "audit.seq"]
        );
        assert_eq!((log.severity_number, log.severity_text.as_str()), (9, "INFO"));
        assert!(log.trace_id.is_empty());
    }

    #[test]
    fn a_trace_id_of_another_form_is_only_an_attribute() {
        let zeros = "0".repeat(32);
        for id in ["req-7", zeros.as_str(), "+af7651916cd43dd8448eb211c80319c", "0AF7"] {
            let log = mapped(&TestLines::of([record("mode.start").trace_id(id)])).remove(0);
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
        let lines = TestLines::of((0..5).map(|n| record("mode.start").resource("n", n)));
        let bytes = lines.with(|batch| request(&resource, batch));
        let decoded = ExportLogsServiceRequest::decode(bytes.as_slice()).unwrap();
        let [resource_logs] = &decoded.resource_logs[..] else { panic!("{decoded:?}") };
        let attributes = &resource_logs.resource.as_ref().unwrap().attributes;
        let instance = format!("service.instance.id={JOURNAL:?}");
        assert_eq!(shown(attributes), [r#"a="b""#, r#"service.name="s""#, instance.as_str()]);
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
    fn the_settings_name_the_instance() {
        let resource = BTreeMap::from([(INSTANCE.to_owned(), "host7".to_owned())]);
        let bytes = TestLines::of([record("mode.start")]).with(|batch| request(&resource, batch));
        let decoded = ExportLogsServiceRequest::decode(bytes.as_slice()).unwrap();
        let attributes = &decoded.resource_logs[0].resource.as_ref().unwrap().attributes;
        assert_eq!(shown(attributes), [r#"service.instance.id="host7""#]);
    }

    #[test]
    fn a_repeated_request_is_identical_to_the_byte() {
        let many: Value = Value::Object((0..50).map(|n| (format!("key{n}"), Value::from(n))).collect());
        let lines = TestLines::of([record("mode.start").resource("many", many)]);
        let first = lines.with(|batch| request(&BTreeMap::new(), batch));
        for _ in 0..20 {
            assert_eq!(lines.with(|batch| request(&BTreeMap::new(), batch)), first);
        }
    }

    #[test]
    fn a_line_that_is_not_a_record_is_sent_unchanged() {
        let text = r#"{"_schema_version":"2","ts":"2026-05-28T09:30:00.000000000Z","seq":0}"#;
        let log = mapped(&TestLines::of_texts([text.to_owned()])).remove(0);
        assert_eq!(value(&log.body), format!("{text:?}"));
        assert_eq!((log.severity_number, log.event_name.as_str()), (13, ""));
        let keys: Vec<_> = log.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        assert_eq!(keys, ["audit.undecodable", "log.record.uid", "audit.seq"]);
        assert!(value(&log.attributes[0].value).contains("schema version"), "{log:?}");
        assert_ne!(log.time_unix_nano, 0);
    }

    #[test]
    fn a_deeply_nested_value_is_text_from_the_limit_on() {
        let nested = |levels| (0..levels).fold(Value::from(1), |inner, _| Value::Array(vec![inner]));
        let deepest = |levels| {
            let log =
                mapped(&TestLines::of([record("mode.start").resource("deep", nested(levels))])).remove(0);
            shown(&log.attributes).into_iter().find(|shown| shown.starts_with("resource.deep")).unwrap()
        };
        let (open, close) = ("[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert_eq!(deepest(MAX_DEPTH), format!("resource.deep={open}1{close}"));
        assert_eq!(deepest(MAX_DEPTH + 2), format!("resource.deep={open}\"[[1]]\"{close}"));
    }
}
