//! The OTLP mirror maps an event as the bridge of the OpenTelemetry project does.

#[path = "../../support/collector/mod.rs"]
#[allow(dead_code, unreachable_pub)]
mod collector;
#[path = "../../support/dice.rs"]
#[allow(dead_code, unreachable_pub)]
mod dice;

use collector::Collector;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};
use std::collections::HashMap;
use std::time::Duration;
use tracing_audit::{AuditLayer, Otlp, Outcome, Record};
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
    let ours = exported(
        Record::new("auth.failed")
            .resource("text", "bad password")
            .resource("shown", "shown")
            .resource("negative", i64::MIN)
            .resource("small", 3_u64)
            .resource("limit", i64::MAX as u64)
            .resource("large", u64::MAX)
            .resource("ratio", 0.1_f64)
            .resource("flag", true)
            .outcome(Outcome::Success),
    );

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

/// Returns the record as the mirror exports it.
fn exported(record: Record) -> LogRecord {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start();
    let builder = AuditLayer::builder(folder.path()).otlp(Otlp::new(collector.address()));
    let (_layer, guard) = builder.open().unwrap();
    let seq = guard.handle().append(record).result().unwrap();
    guard.shutdown(Duration::from_secs(60)).unwrap();
    let arrivals = collector.records();
    arrivals.iter().find(|arrival| Some(arrival.seq) == seq).unwrap().record()
}
