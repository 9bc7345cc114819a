//! The mapping, compared with the log record that the OpenTelemetry project's own bridge creates for
//! the same event.

use super::lines::{TestLines, record};
use crate::mirror::otlp::request::request;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};
use prost::Message;
use std::collections::{BTreeMap, HashMap};
use tracing_subscriber::prelude::*;

#[test]
fn the_mapping_agrees_with_the_appender() {
    let exporter = InMemoryLogExporter::default();
    let provider = SdkLoggerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let subscriber = tracing_subscriber::registry().with(OpenTelemetryTracingBridge::new(&provider));
    tracing::subscriber::with_default(subscriber, || {
        tracing::event!(
            name: "auth.failed",
            target: "audit",
            tracing::Level::INFO,
            {
            resource.text = "bad password",
            resource.shown = %"shown",
            resource.negative = i64::MIN,
            resource.small = 3_u64,
            resource.limit = i64::MAX as u64,
            resource.large = u64::MAX,
            resource.ratio = 0.1_f64,
            resource.flag = true
            },
            "auth.failed"
        );
    });
    let theirs = exporter.get_emitted_logs().unwrap().remove(0).record;
    let lines = TestLines::of([record("auth.failed")
        .resource("text", "bad password")
        .resource("shown", "shown")
        .resource("negative", i64::MIN)
        .resource("small", 3_u64)
        .resource("limit", i64::MAX as u64)
        .resource("large", u64::MAX)
        .resource("ratio", 0.1_f64)
        .resource("flag", true)]);
    let ours = mapped(&lines);

    assert_eq!(theirs.event_name(), Some(ours.event_name.as_str()));
    assert_eq!(theirs.body().cloned().map(AnyValue::from), ours.body);
    assert_eq!(theirs.severity_number().map(|number| number as i32), Some(ours.severity_number));
    assert_eq!(theirs.severity_text(), Some(ours.severity_text.as_str()));
    let attributes: HashMap<_, _> =
        ours.attributes.into_iter().map(|attribute| (attribute.key, attribute.value)).collect();
    let mut compared = 0;
    for (key, value) in theirs.attributes_iter() {
        let theirs = Some(AnyValue::from(value.clone()));
        assert_eq!(attributes.get(key.as_str()), Some(&theirs), "{key}");
        compared += 1;
    }
    assert_eq!(compared, 8);
}

fn mapped(lines: &TestLines) -> LogRecord {
    let bytes = lines.with(|batch| request(&BTreeMap::new(), batch));
    let mut request = ExportLogsServiceRequest::decode(bytes.as_slice()).unwrap();
    request.resource_logs.remove(0).scope_logs.remove(0).log_records.remove(0)
}
