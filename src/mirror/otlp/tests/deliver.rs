//! A mirror under test, and deliveries by it.

use super::lines::{TestLines, record};
use crate::mirror::delivery::{Delivered, DeliveryError};
use crate::mirror::interface::Mirror;
use crate::mirror::otlp::mirror::OtlpMirror;
use crate::mirror::otlp::settings::{Environment, Otlp};
use crate::report::Reports;
use std::sync::Arc;
use std::time::Duration;

/// Creates a mirror that ignores the environment of this process and checks its files for each
/// delivery.
pub(crate) fn mirror(otlp: Otlp, reports: &Arc<Reports>) -> OtlpMirror {
    OtlpMirror::with(otlp, Environment::of(&[]), Duration::ZERO, Arc::clone(reports))
}

pub(crate) fn deliver_one(mirror: &mut OtlpMirror) -> Result<Delivered, DeliveryError> {
    let record = record("auth.failed").resource("reason", "bad password");
    TestLines::of([record]).with(|batch| mirror.deliver(batch))
}

/// Returns the messages of an error and of its sources.
pub(crate) fn chain(error: &dyn std::error::Error) -> Vec<String> {
    let mut texts = vec![error.to_string()];
    texts.extend(error.source().map(chain).unwrap_or_default());
    texts
}
