//! The caller's OpenTelemetry context. Its twin without the feature `otel-context` is
//! `otel_disabled.rs`.

pub(crate) use super::otel_version::version_warning;
use super::trace_id::TraceId;
use crate::unwind::caught;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use tracing_core::Dispatch;
use tracing_core::span::Id;

/// Whether the functions here can return a trace.
pub(crate) const IS_KNOWN: bool = true;

/// Returns the trace of the thread's current OpenTelemetry context, sampled or not.
pub(crate) fn current() -> Option<TraceId> {
    // While the thread's locals are destroyed the context may be gone: `Context` panics then.
    caught(|| Context::map_current(trace_id)).ok().flatten()
}

/// Returns the trace that tracing-opentelemetry keeps for a span of this dispatch.
///
/// It takes the lock of the span's extensions for an instant, and starts the OpenTelemetry span if
/// that has not been started yet.
pub(crate) fn of_span(span: &Id, dispatch: &Dispatch) -> Option<TraceId> {
    // It panics for a span that is closed.
    let context = caught(|| tracing_opentelemetry::get_otel_context(span, dispatch)).ok()??;
    trace_id(&context)
}

fn trace_id(context: &Context) -> Option<TraceId> {
    if !context.has_active_span() {
        return None;
    }
    TraceId::of(context.span().span_context().trace_id().to_bytes())
}
