//! An event from the destructor of a thread-local is recorded, although the thread's spans, scopes and
//! OpenTelemetry contexts may already be destroyed. Access to a destroyed thread-local would abort the
//! process.

#[path = "../../support/mod.rs"]
mod support;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use support::TestLog;
use tracing::info_span;
use tracing_audit::{Actor, audit};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

/// Emits an event when its thread ends.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        Actor::new().session_id("last").scope(|| audit!("settings.changed", resource.last = true));
    }
}

thread_local! {
    static FIRST: std::cell::RefCell<Option<Last>> = const { std::cell::RefCell::new(None) };
    static SECOND: std::cell::RefCell<Option<Last>> = const { std::cell::RefCell::new(None) };
}

#[test]
fn before_and_after_the_thread_locals_that_it_looks_into() {
    let log = TestLog::new();
    let (layer, guard) = log.open();
    let stack = tracing_subscriber::registry().with(LevelFilter::INFO).with(layer);
    let provider = SdkTracerProvider::builder().build();
    let stack = stack.with(tracing_opentelemetry::layer().with_tracer(provider.tracer("tests")));
    stack.init();
    let thread = std::thread::spawn(|| {
        // Thread-locals are destroyed in reverse order of their creation.
        FIRST.with(|first| *first.borrow_mut() = Some(Last));
        let actor = Actor::new().session_id("s");
        let span = info_span!("span", actor.user_sid = "u").entered();
        actor.scope(|| audit!("settings.changed", resource.last = false));
        SECOND.with(|second| *second.borrow_mut() = Some(Last));
        // The span stays open.
        std::mem::forget(span);
    });
    thread.join().unwrap();
    drop(guard);
    let records = log.records();
    assert_eq!(records.len(), 3, "{records:?}");
    assert_eq!(records[0].actor, Actor::new().user_sid("u").session_id("s"));
}
