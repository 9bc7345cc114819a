//! What the log has to say reaches the runtime log, however the subscriber was put into its
//! dispatch.
//!
//! The bug it guards against: a boxed subscriber, or one in an `Arc`, does not tell its layers which
//! dispatch they are in, and what the log's own threads reported was never shown.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use crate::support::{RuntimeLog, TestLog, eventually};
use std::sync::Arc;
use tracing::{Dispatch, Subscriber};
use tracing_audit::{AuditHandle, Record, audit};
use tracing_subscriber::prelude::*;

type Boxed = Box<dyn Subscriber + Send + Sync>;
type Shared = Arc<dyn Subscriber + Send + Sync>;

/// Removes the day file and appends through a handle until the log's own threads have noticed, and
/// until the runtime log has their report.
fn assert_heard(log: &TestLog, handle: &AuditHandle, runtime: &RuntimeLog) {
    remove_day_file(log);
    // On a thread of its own, which has no scoped default.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            eventually("the runtime log has the report", || {
                handle.append(Record::new("a.b")).result().unwrap();
                runtime.lines().iter().any(|line| line.contains(".log"))
            });
        });
    });
}

fn remove_day_file(log: &TestLog) {
    crate::support::until_committed(&log.dir());
    for file in crate::support::day_files(&log.dir()) {
        std::fs::remove_file(file).unwrap();
    }
}

fn assert_heard_in(dispatch: impl Fn(Boxed) -> Dispatch, first: fn()) {
    let log = TestLog::new();
    let (layer, guard) = log.open();
    let runtime = RuntimeLog::default();
    let subscriber = tracing_subscriber::registry().with(layer).with(runtime.clone());
    tracing::dispatcher::with_default(&dispatch(Box::new(subscriber)), || {
        first();
        assert_heard(&log, &guard.handle(), &runtime);
    });
}

fn emit() {
    audit!("a.b").result().unwrap();
}

/// Plain events alone: of the dispatch around them, `tracing` tells nothing inside of them.
fn emit_in_a_span() {
    tracing::info_span!("work").in_scope(|| tracing::info!(target: "audit", event = "a.b"));
}

#[test]
fn of_a_boxed_subscriber() {
    assert_heard_in(Dispatch::new, emit);
    assert_heard_in(Dispatch::new, emit_in_a_span);
}

#[test]
fn of_a_shared_subscriber() {
    let shared = |subscriber: Boxed| Dispatch::new(Shared::from(subscriber));
    assert_heard_in(shared, emit);
    assert_heard_in(shared, emit_in_a_span);
}

/// A shared subscriber may be in a dispatch that ends, and then in another one: its next event is
/// heard there, and with it all that waits.
#[test]
fn of_a_subscriber_in_one_dispatch_after_another() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let runtime = RuntimeLog::default();
    let shared: Shared = Arc::new(tracing_subscriber::registry().with(layer).with(runtime.clone()));
    tracing::dispatcher::with_default(&Dispatch::new(Arc::clone(&shared)), emit);
    remove_day_file(&log);
    tracing::dispatcher::with_default(&Dispatch::new(shared), || {
        eventually("the runtime log has the report", || {
            emit();
            runtime.lines().iter().any(|line| line.contains(".log"))
        });
    });
}
