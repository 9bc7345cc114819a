//! A span that names an actor passes it to events, whether set at creation or recorded later, entered or
//! named as a parent, in any stack; and no other layer sees a difference.

use crate::support::actors::{actor, assert_actors, emit};
use crate::support::{RuntimeLog, TestLog};
use tracing::{Level, Span, field, info_span};
use tracing_audit::testing::capture;
use tracing_audit::{AuditLayer, audit};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::prelude::*;
use tracing_subscriber::reload;

#[test]
fn what_a_span_learns_later_and_forgets_again() {
    let records = capture(|| {
        let outer = info_span!("outer", actor.user_sid = "outer", other = 1).entered();
        let span =
            info_span!("span", actor.user_sid = field::Empty, actor.session_id = field::Empty, other = 2);
        span.in_scope(|| {
            emit();
            span.record("actor.session_id", 17);
            span.record("other", 3);
            emit();
            span.record("actor.user_sid", field::display("late"));
            emit();
            span.record("actor.user_sid", "");
            emit();
        });
        // A span lives as long as its children.
        let child = info_span!(parent: &span, "child");
        drop(span);
        child.in_scope(emit);
        drop(child);
        outer.record("actor.user_sid", "changed");
        emit();
    });
    assert_actors(
        &records,
        [("outer", ""), ("outer", "17"), ("late", "17"), ("outer", "17"), ("outer", "17"), ("changed", "")],
    );
}

#[tracing::instrument(fields(actor.user_sid = user))]
fn instrumented(user: &str) {
    emit();
}

#[test]
fn an_instrumented_function() {
    let records = capture(|| {
        instrumented("ada");
        emit();
    });
    assert_actors(&records, [("ada", ""), ("", "")]);
}

#[test]
fn a_parent_that_an_event_names() {
    let records = capture(|| {
        let named = info_span!("named", actor.user_sid = "named");
        let _current = info_span!("current", actor.user_sid = "current").entered();
        tracing::event!(target: "audit", Level::INFO, event = "auth.failed");
        tracing::event!(target: "audit", parent: &named, Level::INFO, event = "auth.failed");
        tracing::event!(target: "audit", parent: None, Level::INFO, event = "auth.failed");
        tracing::event!(target: "audit", parent: &named, Level::INFO, { event = "auth.failed", actor.user_sid = "own" });
    });
    assert_actors(&records, [("current", ""), ("named", ""), ("", ""), ("own", "")]);
}

#[test]
fn under_a_filter_that_disables_spans_scopes_hold_and_spans_do_not() {
    let emit_both_ways = |subscriber: tracing::Dispatch| {
        tracing::dispatcher::with_default(&subscriber, || {
            let _span = info_span!("span", actor.user_sid = "span", actor.session_id = "span").entered();
            emit();
            actor("scope", "s").scope(emit);
        });
    };
    let expected = [("", ""), ("scope", "s")];
    let log = TestLog::new();
    let (layer, guard) = log.open();
    emit_both_ways(tracing_subscriber::registry().with(EnvFilter::new("off")).with(layer).into());
    assert_actors(&log.records(), expected);
    drop(guard);
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let off = layer.with_filter(LevelFilter::OFF);
    emit_both_ways(tracing_subscriber::registry().with(LevelFilter::INFO).with(off).into());
    assert_actors(&log.records(), expected);
    // A per-layer filter of the runtime log does not drop the spans for other layers.
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let runtime = RuntimeLog::default();
    let filtered = runtime.with_filter(EnvFilter::new("info,span=off"));
    emit_both_ways(tracing_subscriber::registry().with(filtered).with(layer).into());
    assert_actors(&log.records(), [("span", "span"), ("scope", "s")]);
}

#[test]
fn a_second_audit_layer_in_the_stack_and_one_behind_reload() {
    let (first, second) = (TestLog::new(), TestLog::new());
    let (outer, _guard) = first.open();
    let (inner, _other_guard) = second.open();
    let (inner, _handle) = reload::Layer::new(inner);
    let dispatch = tracing::Dispatch::new(
        tracing_subscriber::registry().with(LevelFilter::INFO).with(inner).with(outer),
    );
    let plain = || tracing::event!(target: "audit", Level::INFO, event = "auth.failed");
    tracing::dispatcher::with_default(&dispatch, || {
        let span = info_span!("span", actor.user_sid = "u", actor.session_id = field::Empty).entered();
        span.record("actor.session_id", "s");
        emit();
        plain();
    });
    let all = [first.records(), second.records()].concat();
    assert_actors(&all, [("u", "s"), ("u", "s")]);

    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let (slot, handle) = reload::Layer::new(None::<AuditLayer>);
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(LevelFilter::INFO).with(slot));
    tracing::dispatcher::with_default(&dispatch, || {
        let _before = info_span!("before", actor.user_sid = "before", actor.session_id = "before").entered();
        handle.reload(Some(layer)).unwrap();
        let span = info_span!("span", actor.user_sid = "u").entered();
        emit();
        plain();
        drop(span);
    });
    assert_actors(&log.records(), [("u", ""), ("u", "")]);
}

/// A value that emits an audit event while it is formatted.
struct Nested;

impl std::fmt::Debug for Nested {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        emit();
        f.write_str("nested")
    }
}

#[test]
fn an_event_out_of_a_value_that_a_span_or_an_event_records() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    // `fmt` holds the lock of a span's extensions while it formats recorded values.
    let fmt = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(fmt).with(layer), || {
        let span = info_span!("span", actor.user_sid = "u", actor.session_id = field::Empty).entered();
        audit!("auth.failed", resource.value = ?Nested, actor.session_id = "own");
        span.record("actor.session_id", field::debug(Nested));
        emit();
    });
    let records = log.records();
    // Formatted by the event, by `fmt` and by the audit layer.
    assert_actors(&records, [("u", ""), ("u", "own"), ("u", ""), ("u", ""), ("u", "nested")]);
}

/// In a process of its own, since the level is that of all stacks of a process.
#[test]
fn the_runtime_log_sees_the_same_spans_and_events_with_the_layer_as_without() {
    let name = crate::support::child::name_of(
        the_runtime_log_sees_the_same_spans_and_events_with_the_layer_as_without,
    );
    if crate::support::child::child_argument().is_none() {
        let folder = crate::support::child::open_folder();
        let output = crate::support::child::child(name, folder.path(), folder.path()).output().unwrap();
        assert_eq!(crate::support::child::said(&output), ["the same"]);
        return;
    }
    let seen = |stack: tracing::Dispatch, runtime: &RuntimeLog| {
        tracing::dispatcher::with_default(&stack, || {
            let shown = info_span!("shown", actor.user_sid = "u");
            let hidden = tracing::trace_span!("hidden", actor.user_sid = "u");
            let _entered = shown.enter();
            tracing::info!(hidden = hidden.is_disabled(), level = %LevelFilter::current(), "seen");
            tracing::debug!("not seen");
            Span::current().record("actor.user_sid", "v");
        });
        runtime.lines()
    };
    let runtime = || {
        let runtime = RuntimeLog::default();
        (runtime.clone(), runtime.with_filter(LevelFilter::INFO))
    };
    let (lines, filtered) = runtime();
    let without = seen(tracing_subscriber::registry().with(filtered).into(), &lines);
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let (lines, filtered) = runtime();
    let with = seen(tracing_subscriber::registry().with(filtered).with(layer).into(), &lines);
    assert_eq!(with, without);
    assert_eq!(without.len(), 1);
    crate::support::child::say("the same");
}
