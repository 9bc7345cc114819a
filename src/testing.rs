//! For the tests of applications that emit audit events.

use crate::capture::AuditLayer;
use crate::config::AuditConfig;
use crate::handle::Log;
use crate::journal::SystemClock;
use crate::record::Record;
use std::sync::Arc;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

pub use crate::journal::Clock;

/// Runs `f` and gives the audit events that it emits on this thread, in order, as
/// they would have been recorded.
///
/// They go nowhere else, and there is no global state to set or reset: tests can
/// run side by side. Runtime events inside of `f` are dropped; spans of all levels
/// are there, and give their actors.
///
/// ```
/// use tracing_audit::{Outcome, audit, testing::capture};
///
/// fn sign_in(user: &str, password: &str) -> bool {
///     let ok = password == "correct horse";
///     if !ok {
///         audit!("auth.failed", actor.user_sid = user, outcome = Outcome::Failure);
///     }
///     ok
/// }
///
/// let records = capture(|| assert!(!sign_in("ada", "battery staple")));
/// assert_eq!(records.len(), 1);
/// assert_eq!(records[0].event, "auth.failed");
/// assert_eq!(records[0].actor.user_sid.as_deref(), Some("ada"));
/// assert_eq!(records[0].outcome, Outcome::Failure);
/// ```
///
/// # Panics
///
/// If `f` does.
pub fn capture<T>(f: impl FnOnce() -> T) -> Vec<Record> {
    let log = Log::to_memory(Arc::new(SystemClock), AuditConfig::new("").max_record_bytes);
    // The audit layer alone would let no plain `tracing` event and no span through.
    let subscriber =
        tracing_subscriber::registry().with(LevelFilter::TRACE).with(AuditLayer::new(Arc::clone(&log)));
    tracing::subscriber::with_default(subscriber, f);
    log.captured()
}
