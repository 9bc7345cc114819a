//! An event in scopes, spans and OpenTelemetry contexts allocates nothing, nor does polling a future in
//! a scope.
#![allow(unsafe_code)]

#[path = "../../support/mod.rs"]
mod support;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use support::{TestLog, eventually};
use tracing::info_span;
use tracing_audit::{Actor, ActorKind, ActorScope, audit};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

fn count() {
    ALLOCATIONS.try_with(|count| count.set(count.get() + 1)).unwrap_or(());
}

// SAFETY: every call is forwarded to `System`; counting accesses a thread-local without a destructor,
// which is never allocated.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller upholds the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller upholds the contract.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller upholds the contract.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn emit() {
    audit!("settings.changed", resource.key = "retention_days", resource.value = 90);
}

/// Returns the allocations of a thousand events, after a few that create the buffers.
fn allocations(mut emit: impl FnMut()) -> u64 {
    (0..10).for_each(|_| emit());
    let before = ALLOCATIONS.get();
    (0..1000).for_each(|_| emit());
    ALLOCATIONS.get() - before
}

#[test]
fn in_spans_and_scopes_and_futures_and_without_any() {
    let log = TestLog::new();
    let (layer, guard) = log.open();
    // Where the key of the seals was made is told once, by the next event.
    let is_sealed = || guard.handle().stats().seal.is_none_or(|seal| seal.sealed_seq.is_some());
    eventually("the log is sealed", is_sealed);
    let stack = tracing_subscriber::registry().with(LevelFilter::INFO).with(layer);
    let provider = SdkTracerProvider::builder().build();
    let stack = stack.with(tracing_opentelemetry::layer().with_tracer(provider.tracer("tests")));
    tracing::subscriber::with_default(stack, || {
        assert_eq!(allocations(emit), 0, "without any");
        let actor = Actor::new().user_sid("S-1-5-21-1");
        assert_eq!(actor.scope(|| allocations(emit)), 0, "in a scope");
        let client = SocketAddr::from(([203, 0, 113, 7], 443));
        let whole = Actor::new().user_id("ada").session_id("9f2c").kind(ActorKind::User).tenant("acme");
        let whole = whole.address(client).user_agent("curl/8.14.1").user_sid("S-1-5-21-1");
        assert_eq!(whole.scope(|| allocations(emit)), 0, "in a scope with a whole actor");
        let emit_whole = || {
            audit!(
                "settings.changed",
                actor.user_id = "ada",
                actor.kind = "user",
                actor.tenant = "acme",
                actor.address = "[2001:DB8::1]:443",
                actor.user_agent = "curl/8.14.1",
            );
            audit!("settings.changed", actor.address = %client);
        };
        assert_eq!(allocations(emit_whole), 0, "with an actor of its own");
        {
            let _outer = info_span!("outer", actor.session_id = "9f2c").entered();
            let _middle = info_span!("middle", other = 1).entered();
            let _inner = info_span!("inner", actor.user_sid = "S-1-5-21-2").entered();
            assert_eq!(allocations(emit), 0, "in spans");
            assert_eq!(actor.scope(|| allocations(emit)), 0, "in a scope and spans");
        }
        let polled = std::future::poll_fn(|_| {
            emit();
            Poll::<()>::Pending
        });
        let session = Actor::new().session_id("9f2c");
        let mut future = pin!(polled.in_actor_scope(actor.clone()).in_actor_scope(session));
        let mut cx = Context::from_waker(Waker::noop());
        let poll = || assert!(future.as_mut().poll(&mut cx).is_pending());
        assert_eq!(allocations(poll), 0, "in a future");
        assert_eq!(allocations(emit), 0, "after all scopes");
    });
    let last = log.records().pop().unwrap();
    assert_eq!((last.actor, last.trace_id), (Actor::new(), None));
}
