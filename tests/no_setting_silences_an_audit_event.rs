//! An audit event is recorded whatever the settings of the runtime log. An audit event without a log causes
//! an error, and is not in the runtime log.

mod support;

use support::{RuntimeLog, TestLog};
use tracing::Level;
use tracing_audit::{AppendError, audit};
use tracing_subscriber::filter::{EnvFilter, LevelFilter, dynamic_filter_fn, filter_fn};
use tracing_subscriber::prelude::*;
use tracing_subscriber::reload;

/// Emits ten events and asserts that they are recorded.
fn assert_recorded(log: &TestLog, subscriber: impl Into<tracing::Dispatch>) {
    tracing::dispatcher::with_default(&subscriber.into(), || {
        for n in 0..10 {
            audit!("settings.changed", resource.n = n).result().unwrap();
        }
    });
    let numbers =
        log.records().iter().map(|record| record.resource["n"].as_i64().unwrap()).collect::<Vec<_>>();
    assert_eq!(numbers, (0..10).collect::<Vec<_>>());
}

#[test]
fn not_a_global_filter_on_either_side() {
    for directive in ["off", "warn", "audit=off", "tracing_audit=off,audit=off"] {
        let log = TestLog::new();
        let (layer, _guard) = log.open();
        let filter = EnvFilter::new(directive);
        assert_recorded(&log, tracing_subscriber::registry().with(filter).with(layer));
        let log = TestLog::new();
        let (layer, _guard) = log.open();
        let filter = EnvFilter::new(directive);
        assert_recorded(&log, tracing_subscriber::registry().with(layer).with(filter));
    }
}

#[test]
fn not_a_filter_on_the_audit_layer_itself() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    assert_recorded(&log, tracing_subscriber::registry().with(layer.with_filter(LevelFilter::OFF)));
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    assert_recorded(&log, tracing_subscriber::registry().with(layer.with_filter(EnvFilter::new("off"))));
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let never = filter_fn(|_| false);
    assert_recorded(&log, tracing_subscriber::registry().with(layer.with_filter(never)));
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let never = dynamic_filter_fn(|_, _| false);
    assert_recorded(&log, tracing_subscriber::registry().with(Some(layer.boxed()).with_filter(never)));
}

/// A layer that vetoes every event.
struct Veto;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Veto {
    fn event_enabled(&self, _: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) -> bool {
        false
    }
}

#[test]
fn not_a_veto_of_another_layer_even_where_the_audit_layer_is_hidden() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    assert_recorded(&log, tracing_subscriber::registry().with(layer).with(Veto));
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let (layer, _handle) = reload::Layer::new(layer);
    assert_recorded(&log, tracing_subscriber::registry().with(layer).with(Veto));
}

#[test]
fn not_a_reload_that_puts_the_layer_in_later() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let runtime = RuntimeLog::default();
    let (slot, handle) = reload::Layer::new(None::<tracing_audit::AuditLayer>);
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(slot).with(runtime.clone()));
    tracing::dispatcher::with_default(&dispatch, || {
        handle.reload(Some(layer)).unwrap();
    });
    assert_recorded(&log, dispatch);
    assert_eq!(runtime.lines(), [""; 0]);
}

#[test]
fn not_a_dependency_that_compiles_all_levels_out() {
    // A workspace of its own, because features apply to the whole build: `tracing` with `max_level_off`
    // and `release_max_level_off`. Whichever of them is in force, all that other crates see of it is one constant.
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/max_level_off");
    let folder = tempfile::tempdir().unwrap();
    let output = support::cargo::cargo()
        .args(["run", "--quiet", "--locked", "--"])
        .arg(folder.path().join("audit"))
        .current_dir(fixture)
        // Where most of what it depends on is built already.
        .env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/.."))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(stdout, "recorded 3 of 3, runtime events 0, most verbose level off\n", "{stderr}");
}

#[test]
fn without_a_layer_nothing_leaks_and_the_runtime_log_has_an_error() {
    let runtime = RuntimeLog::default();
    let subscriber = tracing_subscriber::registry().with(runtime.clone().with_filter(LevelFilter::TRACE));
    tracing::subscriber::with_default(subscriber, || {
        let receipt = audit!("auth.failed", actor.user_sid = "S-1-5-21-secret", resource.reason = "secret");
        assert!(matches!(receipt.result(), Err(AppendError::NoAuditLayer)));
    });
    let lines = runtime.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].starts_with("ERROR tracing_audit message=the audit event `auth.failed` from"),
        "{lines:?}"
    );
    assert!(lines[0].contains("no audit layer"), "{lines:?}");
    assert!(!lines[0].contains("secret"), "{lines:?}");
}

#[test]
fn without_a_layer_a_flood_of_events_is_no_flood_of_errors() {
    let runtime = RuntimeLog::default();
    let subscriber = tracing_subscriber::registry().with(runtime.clone());
    tracing::subscriber::with_default(subscriber, || {
        for _ in 0..1000 {
            audit!("auth.failed").result().unwrap_err();
        }
    });
    let errors = runtime.lines().len();
    assert!((10..100).contains(&errors), "{errors} errors for 1000 events");
}

#[test]
fn a_plain_event_is_recorded_as_far_as_the_stack_lets_it_through_and_nowhere_else() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let runtime = RuntimeLog::default();
    let subscriber = tracing_subscriber::registry().with(LevelFilter::INFO).with(runtime.clone()).with(layer);
    tracing::subscriber::with_default(subscriber, || {
        tracing::event!(target: "audit", Level::INFO, { event = "auth.failed", actor.user_sid = "u", resource.reason = "r", outcome = "failure" });
        tracing::event!(target: "audit", Level::DEBUG, event = "auth.failed");
        tracing::info!(target: "audit", count = 3, "no type, and a message");
        tracing::info!(target: "auditing", "another target");
        let _span = tracing::info_span!(target: "audit", "a span").entered();
    });
    let records = log.records();
    assert_eq!(records.len(), 2);
    assert_eq!(
        (records[0].event.as_str(), records[0].resource["reason"].as_str()),
        ("auth.failed", Some("r"))
    );
    assert_eq!(records[0].actor.user_sid.as_deref(), Some("u"));
    assert_eq!(records[0].resource.get("_violations"), None);
    assert_eq!(records[1].event, "audit.unnamed");
    assert_eq!(records[1].resource["count"], 3);
    assert_eq!(records[1].resource["message"], "no type, and a message");
    assert_eq!(records[1].resource["_violations"].as_array().unwrap().len(), 3);
    support::eventually("the warning about the second", || runtime.lines().len() == 2);
    let lines = runtime.lines();
    assert!(lines.iter().any(|line| line.contains("another target")), "{lines:?}");
    assert!(
        lines.iter().any(|line| line.starts_with("WARN tracing_audit") && line.contains("audit.unnamed")),
        "{lines:?}"
    );
}

#[test]
fn a_record_of_the_log_crate_is_known_by_its_own_target() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let runtime = RuntimeLog::default();
    tracing_log::LogTracer::init().unwrap();
    let subscriber = tracing_subscriber::registry().with(runtime.clone()).with(layer);
    tracing::subscriber::with_default(subscriber, || {
        log::info!(target: "audit", "from afar");
        log::info!(target: "elsewhere", "not for the audit log");
    });
    let records = log.records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].resource["message"], "from afar");
    assert_eq!(records[0].resource.get("log.target"), None);
    assert!(runtime.lines().iter().any(|line| line.contains("not for the audit log")));
    assert!(!runtime.lines().iter().any(|line| line.contains("from afar")));
}

#[test]
fn a_layer_that_is_in_no_stack_is_not_found() {
    let log = TestLog::new();
    let (_layer, _guard) = log.open();
    let runtime = RuntimeLog::default();
    let subscriber = tracing_subscriber::registry().with(LevelFilter::INFO).with(runtime.clone());
    tracing::subscriber::with_default(subscriber, || {
        assert!(matches!(audit!("a.b").result(), Err(AppendError::NoAuditLayer)));
    });
    assert_eq!(runtime.lines().len(), 1, "only the error: {:?}", runtime.lines());
    assert_eq!(log.records().len(), 0);
}
