//! An event goes to the audit layer of its own stack and to no other: not to a layer that was taken
//! out, nor to that of another stack. If a stack has two, one gets the events, and the other one reports
//! that it gets none. An event that cannot be kept from the runtime log is recorded as well.
//!
//! The bugs it guards against: a layer behind `reload` is hidden from its dispatch, and was matched by
//! guessing; two layers in a stack silenced the runtime log; an event that a wrapping subscriber passed
//! on without asking was printed and not recorded.

#![allow(clippy::unwrap_used)]

use crate::support::{RuntimeLog, TestLog, eventually};
use std::any::TypeId;
use tracing::span::{Attributes, Id};
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_audit::{AppendError, AuditLayer, audit};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Layer, Registry, registry, reload};

fn emit(dispatch: &Dispatch) -> Result<Option<u64>, AppendError> {
    tracing::dispatcher::with_default(dispatch, || audit!("a.b").result())
}

fn assert_no_layer(dispatch: &Dispatch) {
    for _ in 0..3 {
        let result = emit(dispatch);
        assert!(matches!(result, Err(AppendError::NoAuditLayer)), "{result:?}");
    }
}

#[test]
fn a_layer_that_was_taken_out_gets_nothing() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let (slot, handle) = reload::Layer::new(Some(layer));
    let dispatch = Dispatch::new(registry().with(slot));
    emit(&dispatch).unwrap();
    let mut taken = None;
    handle.modify(|layer| taken = layer.take()).unwrap();
    assert_no_layer(&dispatch);
    handle.modify(|layer| *layer = taken.take()).unwrap();
    emit(&dispatch).unwrap();
    assert_eq!(log.records().len(), 2);
}

/// A filter of the layer's own answers for it when `tracing` asks for level hints.
#[test]
fn a_filtered_layer_that_was_taken_out_gets_nothing() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let (slot, handle) = reload::Layer::new(Some(layer.with_filter(LevelFilter::INFO)));
    let dispatch = Dispatch::new(registry().with(slot).with(RuntimeLog::default()));
    emit(&dispatch).unwrap();
    let mut taken = None;
    handle.modify(|layer| taken = layer.take()).unwrap();
    assert_no_layer(&dispatch);
    handle.modify(|layer| *layer = taken.take()).unwrap();
    emit(&dispatch).unwrap();
    assert_eq!(log.records().len(), 2);
}

/// `tracing` asks only the current dispatch of a thread when there is no other, not that of the layer.
#[test]
fn a_layer_stays_when_another_thread_reloads_a_filter() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let runtime = RuntimeLog::default();
    let (filter, handle) = reload::Layer::new(EnvFilter::new("info"));
    let stack = registry().with(reload::Layer::new(layer).0).with(filter).with(runtime.clone());
    let dispatch = Dispatch::new(stack);
    for directives in ["off", "audit=off", "trace"] {
        emit(&dispatch).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| handle.reload(EnvFilter::new(directives)).unwrap());
        });
        emit(&dispatch).unwrap();
    }
    assert_eq!((log.records().len(), runtime.lines()), (6, Vec::new()));
}

#[test]
fn a_layer_that_was_replaced_gets_nothing() {
    let (first, second) = (TestLog::new(), TestLog::new());
    let (layer, _guard) = first.open();
    let (mut other, _other_guard) = second.open();
    let (slot, handle) = reload::Layer::new(layer);
    let dispatch = Dispatch::new(registry().with(slot));
    emit(&dispatch).unwrap();
    handle.modify(|layer| std::mem::swap(layer, &mut other)).unwrap();
    emit(&dispatch).unwrap();
    emit(&dispatch).unwrap();
    assert_eq!((first.records().len(), second.records().len()), (1, 2));
}

#[test]
fn a_layer_that_moves_to_another_stack_gets_its_events() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let (slot, handle) = reload::Layer::new(Some(layer));
    let (other_slot, other_handle) = reload::Layer::new(None::<AuditLayer>);
    let dispatch = Dispatch::new(registry().with(slot));
    let other = Dispatch::new(registry().with(other_slot));
    emit(&dispatch).unwrap();
    assert_no_layer(&other);
    let mut taken = None;
    handle.modify(|layer| taken = layer.take()).unwrap();
    other_handle.modify(|layer| *layer = taken.take()).unwrap();
    emit(&other).unwrap();
    assert_no_layer(&dispatch);
    assert_eq!(log.records().len(), 2);
}

/// Nothing is sent down that stack, either.
#[test]
fn a_stack_without_an_audit_layer_gives_no_event_to_that_of_another() {
    for is_used in [false, true] {
        let log = TestLog::new();
        let (layer, _guard) = log.open();
        let (slot, _handle) = reload::Layer::new(Some(layer));
        let hidden = Dispatch::new(registry().with(slot));
        if is_used {
            emit(&hidden).unwrap();
        }
        let runtime = RuntimeLog::default();
        assert_no_layer(&Dispatch::new(registry().with(runtime.clone())));
        let filtered = registry().with(EnvFilter::new("info")).with(runtime.clone());
        assert_no_layer(&Dispatch::new(filtered));
        let filtered = registry().with(runtime.clone().with_filter(LevelFilter::ERROR));
        assert_no_layer(&Dispatch::new(filtered));
        let lines = runtime.lines();
        assert!(lines.iter().all(|line| line.contains("has no audit layer")), "{lines:?}");
        emit(&hidden).unwrap();
        assert_eq!(log.records().len(), 1 + usize::from(is_used));
    }
}

#[test]
fn a_layer_that_is_put_in_later_is_found_behind_filters() {
    for filter in ["off", "info", "audit=off"] {
        let log = TestLog::new();
        let (layer, _guard) = log.open();
        let runtime = RuntimeLog::default();
        let (slot, handle) = reload::Layer::new(None::<AuditLayer>);
        let stack = registry().with(slot).with(EnvFilter::new(filter)).with(runtime.clone());
        let dispatch = Dispatch::new(stack);
        // `tracing` tells the layers of the only dispatch of a process if it is the current one.
        tracing::dispatcher::with_default(&dispatch, || handle.reload(Some(layer)).unwrap());
        emit(&dispatch).unwrap();
        emit(&dispatch).unwrap();
        assert_eq!((log.records().len(), runtime.lines()), (2, Vec::new()), "{filter}");
    }
}

#[test]
fn a_layer_that_is_put_in_unseen_is_found() {
    let log = TestLog::new();
    let (layer, _guard) = log.open();
    let (slot, handle) = reload::Layer::new(None::<AuditLayer>);
    let dispatch = Dispatch::new(registry().with(slot).with(RuntimeLog::default()));
    handle.reload(Some(layer)).unwrap();
    emit(&dispatch).unwrap();
    assert_eq!(log.records().len(), 1);
}

/// Two audit layers and a runtime log in a stack, which is boxed or not: a boxed one does not tell its
/// layers their dispatch.
type Shape = fn(AuditLayer, AuditLayer, RuntimeLog, bool) -> Dispatch;

fn dispatch(stack: impl Subscriber + Send + Sync, is_boxed: bool) -> Dispatch {
    if is_boxed {
        Dispatch::new(Box::new(stack) as Box<dyn Subscriber + Send + Sync>)
    } else {
        Dispatch::new(stack)
    }
}

/// The shapes whose audit layers are not told their dispatch, since they are in an `Option` or a `Vec`.
const UNTOLD: [usize; 2] = [5, 7];

fn shapes() -> Vec<Shape> {
    vec![
        |one, two, runtime, is_boxed| dispatch(registry().with(one).with(two).with(runtime), is_boxed),
        |one, two, runtime, is_boxed| dispatch(registry().with(one).with(runtime).with(two), is_boxed),
        |one, two, runtime, is_boxed| dispatch(registry().with(runtime).with(one).with(two), is_boxed),
        |one, two, runtime, is_boxed| dispatch(registry().with(one.and_then(two)).with(runtime), is_boxed),
        |one, two, runtime, is_boxed| dispatch(registry().with(runtime.and_then(one)).with(two), is_boxed),
        |one, two, runtime, is_boxed| {
            dispatch(registry().with(Some(one)).with(Some(two)).with(runtime), is_boxed)
        },
        |one, two, runtime, is_boxed| {
            dispatch(registry().with(one.boxed()).with(two.boxed()).with(runtime), is_boxed)
        },
        |one, two, runtime, is_boxed| dispatch(registry().with(vec![one, two]).with(runtime), is_boxed),
        |one, two, runtime, is_boxed| {
            dispatch(registry().with(reload::Layer::new(one).0).with(two).with(runtime), is_boxed)
        },
        |one, two, runtime, is_boxed| {
            dispatch(registry().with(one).with(reload::Layer::new(two).0).with(runtime), is_boxed)
        },
        |one, two, runtime, is_boxed| {
            let (one, two) = (reload::Layer::new(one).0, reload::Layer::new(two).0);
            dispatch(registry().with(one).with(two).with(runtime), is_boxed)
        },
        |one, two, runtime, is_boxed| {
            let two = two.with_filter(LevelFilter::OFF);
            dispatch(registry().with(one.with_filter(LevelFilter::OFF)).with(two).with(runtime), is_boxed)
        },
        |one, two, runtime, is_boxed| {
            let runtime = runtime.with_filter(LevelFilter::INFO);
            dispatch(registry().with(one).with(two).with(runtime), is_boxed)
        },
        |one, two, runtime, is_boxed| {
            dispatch(registry().with(one).with(two).with(LevelFilter::INFO).with(runtime), is_boxed)
        },
    ]
}

/// Emits two runtime events, and returns those that the runtime log got.
fn runtime_events(dispatch: &Dispatch, runtime: &RuntimeLog) -> Vec<String> {
    tracing::dispatcher::with_default(dispatch, || {
        tracing::info!("outside");
        assert!(tracing::enabled!(tracing::Level::INFO));
        tracing::info_span!("span").in_scope(|| tracing::error!("within"));
    });
    let mut lines = runtime.lines();
    lines.retain(|line| !line.contains("another audit layer"));
    lines
}

#[test]
fn two_audit_layers_leave_the_runtime_log_as_it_is_and_one_gets_the_events() {
    for (index, shape) in shapes().into_iter().enumerate() {
        for is_boxed in [false, true] {
            let (first, second) = (TestLog::new(), TestLog::new());
            let ((one, _one_guard), (two, _two_guard)) = (first.open(), second.open());
            let runtime = RuntimeLog::default();
            let dispatch = shape(one, two, runtime.clone(), is_boxed);
            let context = format!("shape {index}, boxed: {is_boxed}");
            emit(&dispatch).unwrap();
            let lines = runtime_events(&dispatch, &runtime);
            emit(&dispatch).unwrap();
            assert_eq!(lines.len(), 2, "{context}: {lines:?}");
            let mut counts = [first.records().len(), second.records().len()];
            counts.sort_unstable();
            assert_eq!(counts, [0, 2], "{context}");
        }
    }
}

#[test]
fn the_layer_that_gets_nothing_reports_that() {
    for is_swapped in [false, true] {
        for (index, shape) in shapes().into_iter().enumerate() {
            if UNTOLD.contains(&index) {
                continue;
            }
            let logs = [TestLog::new(), TestLog::new()];
            let ((first, _guard), (second, _other_guard)) = (logs[0].open(), logs[1].open());
            let (one, two) = if is_swapped { (second, first) } else { (first, second) };
            let runtime = RuntimeLog::default();
            let dispatch = shape(one, two, runtime.clone(), false);
            emit(&dispatch).unwrap();
            let [silent] = &logs.iter().filter(|log| log.records().is_empty()).collect::<Vec<_>>()[..] else {
                panic!("shape {index}: both or none of the layers got the event");
            };
            let dir = silent.dir().display().to_string();
            let reports = || {
                let mut lines = runtime.lines();
                lines.retain(|line| line.contains("another audit layer"));
                lines
            };
            eventually("it is reported", || !reports().is_empty());
            assert!(reports().iter().all(|line| line.contains(&dir)), "shape {index}: {:?}", reports());
        }
    }
}

/// A subscriber that passes everything on except `event_enabled`.
struct Wrapper<S>(S);

impl<S: Subscriber> Subscriber for Wrapper<S> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.new_span(span)
    }

    fn record(&self, span: &Id, values: &tracing::span::Record<'_>) {
        self.0.record(span, values);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.0.record_follows_from(span, follows);
    }

    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }

    fn enter(&self, span: &Id) {
        self.0.enter(span);
    }

    fn exit(&self, span: &Id) {
        self.0.exit(span);
    }

    #[allow(unsafe_code)]
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        // SAFETY: the inner subscriber keeps the promise.
        unsafe { self.0.downcast_raw(id) }
    }
}

/// A subscriber that passes `event_enabled` on and ignores the answer.
struct Deaf<S>(S);

impl<S: Subscriber> Subscriber for Deaf<S> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.0.new_span(span)
    }

    fn record(&self, span: &Id, values: &tracing::span::Record<'_>) {
        self.0.record(span, values);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.0.record_follows_from(span, follows);
    }

    fn event_enabled(&self, event: &Event<'_>) -> bool {
        self.0.event_enabled(event);
        true
    }

    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }

    fn enter(&self, span: &Id) {
        self.0.enter(span);
    }

    fn exit(&self, span: &Id) {
        self.0.exit(span);
    }
}

fn wrapped(layer: AuditLayer, is_deaf: bool) -> Dispatch {
    fn stack(layer: AuditLayer) -> impl Subscriber + Send + Sync {
        Registry::default().with(layer).with(RuntimeLog::default().with_filter(LevelFilter::INFO))
    }
    if is_deaf { Dispatch::new(Deaf(stack(layer))) } else { Dispatch::new(Wrapper(stack(layer))) }
}

#[test]
fn a_plain_event_is_recorded_once_behind_a_wrapping_subscriber() {
    for is_deaf in [false, true] {
        let log = TestLog::new();
        let (layer, _guard) = log.open();
        let inner = TestLog::new();
        let (inner_layer, _inner_guard) = inner.open();
        let within = Dispatch::new(registry().with(inner_layer));
        tracing::dispatcher::with_default(&wrapped(layer, is_deaf), || {
            for _ in 0..3 {
                tracing::info_span!("span", actor.user_sid = "ada").in_scope(|| {
                    tracing::info!(target: "audit", event = "a.b", resource.x = 1);
                });
                tracing::info!("nothing of the audit log's");
                tracing::dispatcher::with_default(&within, || tracing::info!(target: "audit", event = "a.b"));
            }
        });
        let records = log.records();
        assert_eq!((records.len(), inner.records().len()), (3, 3), "{is_deaf}: {records:?}");
        assert!(records.iter().all(|record| record.actor.user_sid.as_deref() == Some("ada")), "{records:?}");
    }
}
