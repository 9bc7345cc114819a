//! The trace of the caller's OpenTelemetry context. Its twin without the feature
//! `otel-context` is `no_otel.rs`.

use super::TraceId;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tracing_core::Dispatch;
use tracing_core::span::Id;

/// Whether there is any use in asking.
pub(crate) const IS_KNOWN: bool = true;

/// The trace of the thread's current OpenTelemetry context, sampled or not.
pub(crate) fn current() -> Option<TraceId> {
    // At the end of a thread the context may be gone, which `Context` answers with
    // a panic.
    catch_unwind(|| Context::map_current(trace_id)).ok().flatten()
}

/// The trace that tracing-opentelemetry keeps for a span of this dispatch.
///
/// It takes the lock of the span's extensions for an instant, and starts the
/// OpenTelemetry span if nobody has yet.
pub(crate) fn of_span(span: &Id, dispatch: &Dispatch) -> Option<TraceId> {
    // A span that is gone is answered with a panic.
    let context =
        catch_unwind(AssertUnwindSafe(|| tracing_opentelemetry::get_otel_context(span, dispatch))).ok()??;
    trace_id(&context)
}

fn trace_id(context: &Context) -> Option<TraceId> {
    if !context.has_active_span() {
        return None;
    }
    TraceId::of(context.span().span_context().trace_id().to_bytes())
}
