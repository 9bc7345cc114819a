//! The caller's OpenTelemetry context, without the feature `otel-context`: always unknown. Its
//! twin is `otel_enabled.rs`.

use super::trace_id::TraceId;
use tracing_core::span::Id;
use tracing_core::{Dispatch, Subscriber};

/// Whether the functions here can return a trace.
pub(crate) const IS_KNOWN: bool = false;

pub(crate) fn current() -> Option<TraceId> {
    None
}

pub(crate) fn of_span(_: &Id, _: &Dispatch) -> Option<TraceId> {
    None
}

pub(crate) fn version_warning<S: Subscriber>(_: &S) -> Option<&'static str> {
    None
}
