//! [`capture`]: the audit events of a piece of code, without a log.

use crate::capture::AuditLayer;
use crate::config::AuditConfig;
use crate::events;
use crate::handle::{Checks, Log};
use crate::journal::SystemClock;
use crate::record::catalog::CatalogIndex;
use crate::record::{Catalog, Record};
use std::sync::{Arc, LazyLock};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

/// Runs `f`, and returns the audit events that it emits on this thread, in order, as they would
/// be recorded.
///
/// They are not written to any log. There is no global state to set or reset, so that tests can
/// run in parallel. Runtime events inside `f` are dropped; spans of all levels are enabled, and
/// their actors are recorded.
///
/// The catalog is that of the built-in event types. With your own, use [`capture_with`].
///
/// # Examples
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
/// If `f` panics.
pub fn capture<T>(f: impl FnOnce() -> T) -> Vec<Record> {
    static BUILT_IN: LazyLock<Arc<CatalogIndex>> = LazyLock::new(|| Arc::new(index(Catalog::default())));
    run(Arc::clone(&BUILT_IN), f)
}

/// Runs `f` as [`capture`] does, with an application's event types in the catalog, as
/// [`AuditLayerBuilder::catalog`](crate::AuditLayerBuilder::catalog) adds them.
///
/// # Examples
///
/// ```
/// use tracing_audit::{audit, testing::capture_with};
///
/// tracing_audit::audit_events! {
///     /// An invoice was sent to a customer.
///     pub event InvoiceSent = "invoice.sent" {
///         /// The invoice's number.
///         number: u64,
///     }
/// }
///
/// let records = capture_with(CATALOG, || audit!("invoice.sent", resource.number = "seven"));
/// assert_eq!(records[0].resource["_violations"].to_string(), r#"["`number` should be an integer"]"#);
/// ```
///
/// # Panics
///
/// If `f` panics, or if the catalog is not valid ([`Catalog::check`]).
pub fn capture_with<T>(catalog: impl Into<Catalog>, f: impl FnOnce() -> T) -> Vec<Record> {
    run(Arc::new(index(catalog.into())), f)
}

fn index(catalog: Catalog) -> CatalogIndex {
    CatalogIndex::new(&events::CATALOG, &catalog).unwrap_or_else(|error| panic!("{error}"))
}

fn run<T>(catalog: Arc<CatalogIndex>, f: impl FnOnce() -> T) -> Vec<Record> {
    let checks = Checks::new(catalog, false, None);
    let log = Log::to_memory(Arc::new(SystemClock), AuditConfig::new("").max_record_bytes, checks);
    // The audit layer alone would enable no plain `tracing` event and no span.
    let subscriber =
        tracing_subscriber::registry().with(LevelFilter::TRACE).with(AuditLayer::new(Arc::clone(&log)));
    tracing::subscriber::with_default(subscriber, f);
    log.captured()
}
