//! [`capture`] and [`capture_async`]: the audit events of a piece of code, without a log.

use crate::capture::AuditLayer;
use crate::config::AuditConfig;
use crate::events;
use crate::handle::{Checks, Log};
use crate::journal::SystemClock;
use crate::record::catalog::CatalogIndex;
use crate::record::{Catalog, Record};
use std::future::poll_fn;
use std::sync::{Arc, LazyLock};
use tracing::{Dispatch, dispatcher};
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
    run(built_in(), f)
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

/// Runs `future`, and returns the audit events that it emits while it is polled, on any thread, and
/// while it is dropped, in order. It does for futures what [`capture`] does for functions.
///
/// Tasks and threads that the future starts are not part of it, such as those of `tokio::spawn` and
/// `spawn_blocking`: their events are seen by [`capture_process`](super::capture_process).
///
/// The page Testing (`docs/testing.md`) shows how to test handlers.
///
/// # Examples
///
/// ```
/// use tracing_audit::{audit, testing::capture_async};
///
/// async fn export(user: &str) {
///     tokio::task::yield_now().await;
///     audit!("privacy.export", actor.user_sid = user);
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let records = capture_async(export("ada")).await;
/// assert_eq!(records[0].event, "privacy.export");
/// # }
/// ```
///
/// # Panics
///
/// If the future panics.
pub async fn capture_async<F: Future>(future: F) -> Vec<Record> {
    run_async(built_in(), future).await
}

/// Runs `future` as [`capture_async`] does, with an application's event types in the catalog, as
/// [`capture_with`] has them.
///
/// # Panics
///
/// If the future panics, or if the catalog is not valid ([`Catalog::check`]).
pub async fn capture_async_with<F: Future>(catalog: impl Into<Catalog>, future: F) -> Vec<Record> {
    run_async(Arc::new(index(catalog.into())), future).await
}

/// Returns the catalog of the built-in event types.
pub(super) fn built_in() -> Arc<CatalogIndex> {
    static BUILT_IN: LazyLock<Arc<CatalogIndex>> = LazyLock::new(|| Arc::new(index(Catalog::default())));
    Arc::clone(&BUILT_IN)
}

pub(super) fn index(catalog: Catalog) -> CatalogIndex {
    CatalogIndex::new(&events::CATALOG, &catalog).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns a log in memory.
pub(super) fn memory(catalog: Arc<CatalogIndex>) -> Arc<Log> {
    let checks = Checks::new(catalog, false, None);
    Log::to_memory(Arc::new(SystemClock), AuditConfig::new("").max_record_bytes, checks)
}

/// Returns a dispatch whose audit events go to this log.
fn dispatch(log: &Arc<Log>) -> Dispatch {
    // The audit layer alone would enable no plain `tracing` event and no span.
    let filter = tracing_subscriber::registry().with(LevelFilter::TRACE);
    Dispatch::new(filter.with(AuditLayer::new(Arc::clone(log))))
}

fn run<T>(catalog: Arc<CatalogIndex>, f: impl FnOnce() -> T) -> Vec<Record> {
    let log = memory(catalog);
    dispatcher::with_default(&dispatch(&log), f);
    log.captured()
}

async fn run_async<F: Future>(catalog: Arc<CatalogIndex>, future: F) -> Vec<Record> {
    let log = memory(catalog);
    let dispatch = dispatch(&log);
    let mut future = Box::pin(future);
    let output = poll_fn(|context| dispatcher::with_default(&dispatch, || future.as_mut().poll(context)));
    let output = output.await;
    dispatcher::with_default(&dispatch, || drop((future, output)));
    log.captured()
}
