//! Without the feature `otel-context` nothing is known of OpenTelemetry.

use super::TraceId;
use tracing_core::Dispatch;
use tracing_core::span::Id;

/// Whether there is any use in asking.
pub(crate) const IS_KNOWN: bool = false;

pub(crate) fn current() -> Option<TraceId> {
    None
}

pub(crate) fn of_span(_: &Id, _: &Dispatch) -> Option<TraceId> {
    None
}
