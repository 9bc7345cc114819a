//! With the feature `otel-context`, the trace of an event is the one it names, else that of the caller's
//! OpenTelemetry context, for plain OpenTelemetry spans and for those of tracing-opentelemetry.

#[path = "../../support/mod.rs"]
mod support;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
    TracerProvider as _,
};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};
use support::TestLog;
use tracing::{Level, Span, info_span};
use tracing_audit::events::SettingsChanged;
use tracing_audit::testing::capture;
use tracing_audit::{Record, audit};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::prelude::*;

fn tracer(sampler: Sampler) -> SdkTracer {
    SdkTracerProvider::builder().with_sampler(sampler).build().tracer("tests")
}

fn emit() {
    audit!("settings.changed");
}

fn emit_plain() {
    tracing::event!(target: "audit", Level::INFO, event = "settings.changed");
}

fn remote(trace_id: u128) -> Context {
    let context = SpanContext::new(
        TraceId::from(trace_id),
        SpanId::from(7),
        TraceFlags::default(),
        true,
        TraceState::NONE,
    );
    Context::new().with_remote_span_context(context)
}

fn hex(trace_id: u128) -> Option<String> {
    Some(format!("{trace_id:032x}"))
}

/// Returns the trace of a span from tracing-opentelemetry.
fn trace_of(span: &Span) -> Option<String> {
    Some(span.context().span().span_context().trace_id().to_string())
}

#[track_caller]
fn assert_traces<const N: usize>(records: &[Record], traces: [Option<String>; N]) {
    assert_eq!(records.iter().map(|record| record.trace_id.clone()).collect::<Vec<_>>(), traces);
}

#[test]
fn of_a_plain_opentelemetry_context_for_events_of_every_kind() {
    let log = TestLog::new();
    let (layer, guard) = log.open();
    let handle = guard.handle();
    let stack = tracing_subscriber::registry().with(LevelFilter::INFO).with(layer);
    tracing::subscriber::with_default(stack, || {
        let attached = remote(0xabc).attach();
        emit();
        audit!(SettingsChanged { resource: () });
        emit_plain();
        handle.append(Record::new("settings.changed"));
        audit!("settings.changed", trace_id = "own");
        handle.append(Record::new("settings.changed").trace_id("own"));
        {
            let _attached = remote(0xdef).attach();
            emit();
        }
        drop(attached);
        emit();
        handle.append(Record::new("settings.changed"));
    });
    let (outer, own) = (hex(0xabc), Some("own".to_owned()));
    assert_traces(
        &log.records(),
        [outer.clone(), outer.clone(), outer.clone(), outer, own.clone(), own, hex(0xdef), None, None],
    );
}

#[test]
fn of_a_local_opentelemetry_span_sampled_or_not() {
    for sampler in [Sampler::AlwaysOn, Sampler::AlwaysOff] {
        let tracer = tracer(sampler);
        let mut expected = String::new();
        let records = capture(|| {
            tracer.in_span("work", |context| {
                expected = context.span().span_context().trace_id().to_string();
                emit();
            });
            emit();
        });
        assert_traces(&records, [Some(expected), None]);
    }
}

#[test]
fn no_trace_where_the_context_has_none() {
    let records = capture(|| {
        emit();
        let _attached = remote(0).attach();
        emit();
    });
    assert_traces(&records, [None, None]);
}

#[test]
fn of_the_spans_of_tracing_opentelemetry_with_and_without_context_activation() {
    for activation in [true, false] {
        let log = TestLog::new();
        let (layer, _guard) = log.open();
        let otel = tracing_opentelemetry::layer()
            .with_tracer(tracer(Sampler::AlwaysOn))
            .with_context_activation(activation);
        let mut expected = Vec::new();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(otel).with(layer), || {
            let first = info_span!("first");
            let second = info_span!("second");
            expected =
                vec![trace_of(&first), trace_of(&first), trace_of(&second), trace_of(&first), None, None];
            assert_ne!(expected[0], expected[2]);
            let entered = first.enter();
            emit();
            emit_plain();
            tracing::event!(target: "audit", parent: &second, Level::INFO, event = "settings.changed");
            info_span!("child").in_scope(emit);
            tracing::event!(target: "audit", parent: None, Level::INFO, event = "settings.changed");
            drop(entered);
            emit();
        });
        let traces = log.records().into_iter().map(|record| record.trace_id).collect::<Vec<_>>();
        assert_eq!(traces, expected, "activation: {activation}");
    }
}

#[test]
fn under_a_filter_that_disables_spans_a_plain_context_holds() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let otel = tracing_opentelemetry::layer().with_tracer(tracer(Sampler::AlwaysOn));
    let stack = tracing_subscriber::registry().with(EnvFilter::new("off")).with(otel).with(layer);
    tracing::subscriber::with_default(stack, || {
        let _span = info_span!("span").entered();
        emit();
        let _attached = remote(0xabc).attach();
        emit();
    });
    assert_traces(&log.records(), [None, hex(0xabc)]);
}
