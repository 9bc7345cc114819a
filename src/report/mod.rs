//! The crate's own errors and warnings, on their way into the runtime log.
//!
//! They are `tracing` events with the target `tracing_audit`. A report is never sent from inside
//! the audit layer, nor while a lock is held. It is posted, and delivered by the next caller that
//! is outside of all layers (`audit!`, the guard), or, where that may take long, by a short-lived
//! thread. A report that is raised while its thread is sending one is counted, not sent. Reports of
//! one kind are limited to ten at once and one per second; the next one has the number of those
//! that were held back.

mod confidence;
mod event;
mod limiter;
mod reports;

#[cfg(feature = "otlp")]
pub(crate) use confidence::in_confidence;
pub(crate) use confidence::is_confidential;
pub(crate) use event::{Level, Report};
pub(crate) use limiter::Limiter;
pub(crate) use reports::Reports;
