//! The same request by the library, `AnyValue` and `prost`: the bytes must be the same, and the
//! writer in `wire` must be worth its lines.

use super::any_value::MAX_DEPTH;
use super::mapping::request;
use crate::mirror::batch::{Batch, Line};
use crate::mirror::otlp::tests::lines::{TestLines, record};
use crate::record::{Actor, ActorKind, Outcome, Value};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

fn text(text: &str) -> Any {
    Any::StringValue(text.to_owned())
}

fn attribute(key: impl Into<String>, value: Any) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn any(value: &Value, levels: usize) -> AnyValue {
    let entry = |(key, value): (&str, &Value)| KeyValue {
        key: key.to_owned(),
        value: Some(any(value, levels - 1)),
        ..KeyValue::default()
    };
    let value = match value {
        Value::Null => return AnyValue { value: None },
        Value::Bool(value) => Any::BoolValue(*value),
        Value::Negative(value) => Any::IntValue(*value),
        Value::Unsigned(value) => {
            i64::try_from(*value).map_or_else(|_| text(&value.to_string()), Any::IntValue)
        }
        Value::Float(value) => Any::DoubleValue(*value),
        Value::String(value) => text(value),
        nested if levels == 0 => text(&nested.to_string()),
        Value::Array(items) => {
            Any::ArrayValue(ArrayValue { values: items.iter().map(|item| any(item, levels - 1)).collect() })
        }
        Value::Object(entries) => {
            Any::KvlistValue(KeyValueList { values: entries.iter().map(entry).collect() })
        }
    };
    AnyValue { value: Some(value) }
}

fn log_record(line: &Line<'_>) -> LogRecord {
    let record = line.record().unwrap();
    let mut attributes =
        vec![attribute("_schema_version", text("1")), attribute("event", text(&record.event))];
    let both = |keys: [&str; 2], id: &Option<String>| {
        let id = id.clone();
        id.into_iter().flat_map(move |id| keys.map(|key| attribute(key, text(&id)))).collect::<Vec<_>>()
    };
    let actor = &record.actor;
    attributes.extend(both(["actor.user_sid", "user.id"], &actor.user_sid));
    let mut user_id = both(["actor.user_id", "user.id"], &actor.user_id);
    user_id.truncate(if actor.user_sid.is_some() { 1 } else { 2 });
    attributes.extend(user_id);
    attributes.extend(both(["actor.session_id", "session.id"], &actor.session_id));
    attributes.extend(actor.kind.map(|kind| attribute("actor.kind", text(kind.as_str()))));
    attributes.extend(actor.tenant.as_ref().map(|tenant| attribute("actor.tenant", text(tenant))));
    attributes.extend(both(["actor.address", "client.address"], &actor.address));
    attributes.extend(both(["actor.user_agent", "user_agent.original"], &actor.user_agent));
    attributes.extend(record.resource.iter().map(|(key, value)| KeyValue {
        key: format!("resource.{key}"),
        value: Some(any(value, MAX_DEPTH)),
        ..KeyValue::default()
    }));
    let (severity_number, severity_text, outcome) = match record.outcome {
        Outcome::Success => (9, "INFO", "success"),
        Outcome::Failure => (13, "WARN", "failure"),
    };
    attributes.push(attribute("outcome", text(outcome)));
    attributes.push(attribute("event.outcome", text(outcome)));
    attributes.extend(record.trace_id.as_ref().map(|id| attribute("trace_id", text(id))));
    attributes.push(attribute("log.record.uid", Any::StringValue(line.uid())));
    attributes.push(attribute("audit.seq", Any::IntValue(line.seq() as i64)));
    let nanos = line.ts().unix_nanos() as u64;
    let trace_id = record.trace_id.as_deref().and_then(|id| u128::from_str_radix(id, 16).ok());
    LogRecord {
        time_unix_nano: nanos,
        observed_time_unix_nano: nanos,
        severity_number,
        severity_text: severity_text.to_owned(),
        body: Some(AnyValue { value: Some(text(&record.event)) }),
        attributes,
        trace_id: trace_id.map_or_else(Vec::new, |id| id.to_be_bytes().to_vec()),
        event_name: record.event,
        ..LogRecord::default()
    }
}

fn by_the_library(resource: &BTreeMap<String, String>, batch: &Batch<'_>) -> Vec<u8> {
    let scope = InstrumentationScope {
        name: "tracing-audit".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    let scope_logs = ScopeLogs {
        scope: Some(scope),
        log_records: batch.lines().iter().map(log_record).collect(),
        ..ScopeLogs::default()
    };
    let resource = Resource {
        attributes: resource
            .iter()
            .map(|(key, value)| attribute(key, text(value)))
            .chain([attribute("service.instance.id", text(batch.journal()))])
            .collect(),
        ..Resource::default()
    };
    let logs =
        ResourceLogs { resource: Some(resource), scope_logs: vec![scope_logs], ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![logs] }.encode_to_vec()
}

fn resource() -> BTreeMap<String, String> {
    BTreeMap::from([("service.name".to_owned(), "service".to_owned())])
}

#[test]
fn the_library_writes_the_same_bytes() {
    let many: Value = Value::Object((0..50).map(|n| (format!("key {n} \n"), Value::from(n))).collect());
    let long = "x".repeat(70_000);
    let deep = (0..MAX_DEPTH + 3).fold(Value::from(1), |inner, _| Value::Array(vec![inner]));
    let lines = TestLines::of([
        record("mode.start").resource("many", many).resource("long", &long).resource("deep", deep),
        record("auth.failed").user_sid("S \"1\"").resource("", "").resource("list", [[1, 2], [3, -4]]),
        record("a").resource("none", [None, Some(1.5)]).trace_id("0af7651916cd43dd8448eb211c80319c"),
        record("b").session_id("9f2c").resource("large", u64::MAX).outcome(Outcome::Failure),
        record("c").actor(whole_actor()),
        record("d").actor(Actor { user_sid: None, ..whole_actor() }),
    ]);
    lines.with(|batch| assert!(request(&resource(), batch) == by_the_library(&resource(), batch)));
}

fn whole_actor() -> Actor {
    let actor = Actor::new().user_sid("S-1-5-21-1").user_id("ada").session_id("9f2c").kind(ActorKind::User);
    actor.tenant("acme").address("203.0.113.7").user_agent("curl/8.14.1")
}

fn median_time(rounds: usize, mut write: impl FnMut() -> Vec<u8>) -> Duration {
    let mut times = Vec::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        black_box(write());
        times.push(begun.elapsed());
    }
    times.sort();
    times[rounds / 2]
}

#[allow(clippy::print_stderr)] // The figures are for people.
#[test]
fn the_writer_is_at_least_twice_as_fast_as_the_library() {
    let lines = TestLines::of((0..1024).map(|attempt| {
        record("provider.selected")
            .user_sid("S-1-5-21-1")
            .session_id("9f2c")
            .resource("provider_name", "whisper-cpp")
            .resource("provider_kind", "stt")
            .resource("endpoint_host", "127.0.0.1:8123")
            .resource("strategy", "local-only")
            .resource("attempt", attempt)
            .trace_id("0af7651916cd43dd8448eb211c80319c")
    }));
    // Without optimisation the figures say nothing.
    let rounds = if cfg!(debug_assertions) { 1 } else { 101 };
    lines.with(|batch| {
        let ours = median_time(rounds, || request(&resource(), batch));
        let library = median_time(rounds, || by_the_library(&resource(), batch));
        eprintln!("1024 records: writer {ours:?}, library {library:?}");
        assert!(cfg!(debug_assertions) || library > 2 * ours, "{library:?}, {ours:?}");
    });
}
