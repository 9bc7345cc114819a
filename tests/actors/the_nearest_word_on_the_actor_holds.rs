//! The actor is taken from the event's own fields, then from the actor scopes, then from the spans, each
//! key separately, and from none after its end.

use crate::support::TestLog;
use crate::support::actors::{actor, assert_actors, emit, who};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tracing::info_span;
use tracing_audit::testing::capture;
use tracing_audit::{Actor, ActorScope, Record, audit};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

#[test]
fn the_events_own_fields_then_scopes_then_spans() {
    let records = capture(|| {
        let outer = info_span!("outer", actor.user_sid = "span", actor.session_id = "span").entered();
        emit();
        actor("scope", "").scope(|| {
            emit();
            // A span inside the scope does not win either, because filters may disable it.
            let _inner = info_span!("inner", actor.user_sid = "inner", actor.session_id = "inner").entered();
            emit();
            audit!("settings.changed", actor.user_sid = "own");
            audit!("settings.changed", actor.session_id = "own");
            audit!("settings.changed", actor.user_sid = "own", actor.session_id = "own");
        });
        emit();
        drop(outer);
        emit();
    });
    assert_actors(
        &records,
        [
            ("span", "span"),
            ("scope", "span"),
            ("scope", "inner"),
            ("own", "inner"),
            ("scope", "own"),
            ("own", "own"),
            ("span", "span"),
            ("", ""),
        ],
    );
    assert!(records.iter().all(|record| record.resource.is_empty()), "{records:?}");
}

#[test]
fn empty_text_and_none_say_nothing() {
    let records = capture(|| {
        let _span = info_span!("outer", actor.user_sid = "u", actor.session_id = "s").entered();
        let _inner = info_span!("inner", actor.user_sid = "", actor.session_id = None::<&str>).entered();
        audit!("settings.changed", actor.user_sid = "", actor.session_id = None::<&str>);
        actor("", "").scope(|| actor("", "t").scope(|| actor("", "").scope(emit)));
        audit!("settings.changed", actor.user_sid = serde_json::Value::Null);
    });
    assert_actors(&records, [("u", "s"), ("u", "t"), ("u", "s")]);
}

#[test]
fn scopes_nest_and_end() {
    let records = capture(|| {
        actor("a", "1").scope(|| {
            actor("b", "").scope(|| {
                emit();
                actor("", "2").scope(emit);
                emit();
            });
            emit();
            assert_eq!(Actor::current(), actor("a", "1"));
        });
        emit();
    });
    assert_actors(&records, [("b", "1"), ("b", "2"), ("b", "1"), ("a", "1"), ("", "")]);
    assert_eq!(Actor::current(), Actor::new());
}

#[test]
fn a_panic_ends_the_scope() {
    let records = capture(|| {
        actor("outer", "1").scope(|| {
            let panicked = catch_unwind(|| {
                actor("inner", "2").scope(|| {
                    emit();
                    panic!("on purpose");
                })
            });
            panicked.unwrap_err();
            emit();
        });
        emit();
    });
    assert_actors(&records, [("inner", "2"), ("outer", "1"), ("", "")]);
}

#[test]
fn a_thread_is_not_in_the_scope_of_who_spawned_it() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(LevelFilter::INFO).with(layer));
    let on_a_thread = |f: &(dyn Fn() + Sync)| {
        std::thread::scope(|threads| {
            threads.spawn(|| tracing::dispatcher::with_default(&dispatch, f));
        });
    };
    actor("u", "s").scope(|| {
        on_a_thread(&emit);
        let handed_on = Actor::current();
        on_a_thread(&|| handed_on.scope(emit));
    });
    assert_actors(&log.records(), [("", ""), ("u", "s")]);
}

/// A future that emits on each poll and on drop, and is ready at the second poll.
struct Emitter(u32);

impl Future for Emitter {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        emit();
        self.0 += 1;
        match self.0 {
            1 => Poll::Pending,
            2 => Poll::Ready(()),
            _ => panic!("on purpose"),
        }
    }
}

impl Drop for Emitter {
    fn drop(&mut self) {
        emit();
    }
}

#[test]
fn a_future_is_in_its_scope_whenever_it_runs_and_nobody_else_is() {
    let records = capture(|| {
        let mut cx = Context::from_waker(Waker::noop());
        {
            let mut one = pin!(Emitter(0).in_actor_scope(actor("one", "")));
            let mut two = pin!(Emitter(0).in_actor_scope(actor("two", "2")).in_actor_scope(actor("-", "-")));
            assert!(one.as_mut().poll(&mut cx).is_pending());
            assert!(two.as_mut().poll(&mut cx).is_pending());
            emit();
            // The scope applies to polls, not to the place of creation.
            actor("outer", "0").scope(|| assert!(one.as_mut().poll(&mut cx).is_ready()));
            let panicked = catch_unwind(AssertUnwindSafe(|| one.as_mut().poll(&mut cx).is_ready()));
            panicked.unwrap_err();
            emit();
            // `two` is cancelled here, then `one` is dropped.
        }
        emit();
    });
    let one = ("one", "");
    assert_actors(
        &records,
        [one, ("two", "2"), ("", ""), ("one", "0"), one, ("", ""), ("two", "2"), one, ("", "")],
    );
}

#[test]
fn the_scope_of_a_future_is_send_and_sync_as_the_future_is() {
    fn is_send<T: Send>(_: &T) {}
    fn is_sync<T: Sync>(_: &T) {}
    let future = async { tokio::task::yield_now().await }.in_actor_scope(Actor::new());
    is_send(&future);
    is_sync(&std::future::ready(()).in_actor_scope(Actor::new()));
}

#[test]
fn a_handle_knows_scopes_and_no_spans() {
    let log = TestLog::new();
    let (layer, guard) = log.open();
    let handle = guard.handle();
    tracing::subscriber::with_default(
        tracing_subscriber::registry().with(LevelFilter::INFO).with(layer),
        || {
            let _span = info_span!("span", actor.user_sid = "span", actor.session_id = "span").entered();
            let append = |record: Record| handle.append(record).result().unwrap();
            append(Record::new("a.b"));
            actor("scope", "").scope(|| append(Record::new("a.b").session_id("own")));
            actor("scope", "s").scope(|| append(Record::new("a.b").user_sid("own")));
        },
    );
    assert_actors(&log.records(), [("", ""), ("scope", "own"), ("own", "s")]);
}

struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("on purpose");
    }
}

#[test]
fn nobody_stands_in_for_an_actor_that_could_not_be_formatted() {
    let records = capture(|| {
        actor("scope", "scope").scope(|| audit!("auth.failed", actor.user_sid = %Broken));
        let _outer = info_span!("outer", actor.user_sid = "outer", actor.session_id = "outer").entered();
        let span = info_span!("span", actor.user_sid = %Broken);
        span.in_scope(emit);
        span.record("actor.user_sid", "mended");
        span.in_scope(emit);
        // A resource key of the same name is no actor key.
        audit!("auth.failed", "resource.actor.user_sid" = %Broken);
    });
    assert_actors(&records, [("", "scope"), ("", "outer"), ("mended", "outer"), ("outer", "outer")]);
    for (record, flagged) in records.iter().zip([true, true, false, true]) {
        assert_eq!(record.resource.get("_violations").is_some(), flagged, "{record}");
    }
    assert_eq!(
        records[1].resource["_violations"].as_array().unwrap()[0],
        "`actor.user_sid` of the span `span` could not be formatted"
    );
}

#[test]
fn text_of_any_kind_and_length_still_makes_a_line() {
    let odd = "a \"quoted\"\\ text\n\u{1}, ü";
    let long = "x".repeat(1_000_000);
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    tracing::subscriber::with_default(
        tracing_subscriber::registry().with(LevelFilter::INFO).with(layer),
        || {
            actor(odd, "").scope(|| info_span!("span", actor.session_id = odd).in_scope(emit));
            actor(&long, "").scope(|| info_span!("span", actor.session_id = &*long).in_scope(emit));
        },
    );
    let records = log.records();
    assert_eq!(who(&records[0]), (odd, odd));
    let (user, session) = who(&records[1]);
    assert!(long.starts_with(user) && long.starts_with(session) && user.len() > 100_000);
    let cut = |key| {
        records[1].resource["_truncated"].as_object().unwrap()[key].as_object().unwrap()["bytes"].as_u64()
    };
    assert_eq!((cut("actor.user_sid"), cut("actor.session_id")), (Some(1_000_000), Some(1_000_000)));
}
