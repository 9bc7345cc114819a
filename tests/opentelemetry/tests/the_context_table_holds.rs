//! Where the context of an event comes by itself, and where it has to be handed on: each cell of the table
//! in `docs/context.md`, under each setting of `RUST_LOG`. A required actor that is missing is flagged.

#[path = "../../support/mod.rs"]
mod support;

use futures_util::StreamExt as _;
use opentelemetry::Context;
use opentelemetry::trace::{
    FutureExt as _, SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    TracerProvider as _,
};
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::future::{Future as _, pending, poll_fn};
use std::pin::pin;
use std::task::Poll;
use support::TestLog;
use tracing::{Dispatch, Instrument as _, info_span};
use tracing_audit::{Actor, ActorScope as _, AuditContext, AuditLayer, InAuditContext as _, Record, audit};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::prelude::*;

const TRACE: u128 = 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c;

/// Where the event is emitted.
const PLACES: [&str; 9] = [
    "a called function",
    "an awaited future",
    "`tokio::spawn`",
    "`tokio::task::spawn_blocking`",
    "`std::thread::spawn`",
    "a thread pool (rayon)",
    "the receiver of a channel",
    "a stream that the task polls",
    "a destructor of a future that `select!` cancels",
];

#[derive(Clone, Copy, PartialEq)]
enum Source {
    Scope,
    Span,
    HandedOn,
}

fn emit() {
    audit!("settings.changed");
}

/// Emits an event when it is dropped.
struct EmitOnDrop;

impl Drop for EmitOnDrop {
    fn drop(&mut self) {
        emit();
    }
}

/// The context that is handed on, if it is.
type HandedOn = Option<AuditContext>;

fn run(handed_on: &HandedOn, f: impl FnOnce()) {
    match handed_on {
        Some(context) => context.scope(f),
        None => f(),
    }
}

/// Runs `f` in another thread's stack of layers, as with a global default.
fn in_dispatch(dispatch: &Dispatch, handed_on: HandedOn, f: impl FnOnce()) {
    tracing::dispatcher::with_default(dispatch, || run(&handed_on, f));
}

/// The caller, in whose context the event is emitted.
async fn caller(place: &str, hands_on: bool, dispatch: Dispatch) {
    let handed_on: HandedOn = hands_on.then(AuditContext::current);
    let other_thread = {
        let (dispatch, handed_on) = (dispatch.clone(), handed_on.clone());
        move || in_dispatch(&dispatch, handed_on, emit)
    };
    match place {
        "a called function" => run(&handed_on, emit),
        "an awaited future" => {
            tokio::task::yield_now().await;
            async { run(&handed_on, emit) }.await;
        }
        "`tokio::spawn`" => {
            let task = async { emit() };
            match handed_on {
                Some(context) => tokio::spawn(task.in_audit_context(context)),
                None => tokio::spawn(task),
            }
            .await
            .unwrap();
        }
        "`tokio::task::spawn_blocking`" => tokio::task::spawn_blocking(other_thread).await.unwrap(),
        "`std::thread::spawn`" => std::thread::spawn(other_thread).join().unwrap(),
        "a thread pool (rayon)" => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
            let (done, finished) = std::sync::mpsc::channel();
            pool.spawn(move || {
                other_thread();
                done.send(()).unwrap();
            });
            finished.recv().unwrap();
        }
        "the receiver of a channel" => {
            let (sender, receiver) = std::sync::mpsc::channel::<HandedOn>();
            let worker = std::thread::spawn(move || {
                receiver.into_iter().for_each(|handed_on| in_dispatch(&dispatch, handed_on, emit));
            });
            sender.send(handed_on).unwrap();
            drop(sender);
            worker.join().unwrap();
        }
        "a stream that the task polls" => {
            let mut stream = futures_util::stream::iter([1]).map(|_| run(&handed_on, emit));
            while stream.next().await.is_some() {}
        }
        "a destructor of a future that `select!` cancels" => {
            let cancelled = async {
                let _emits = EmitOnDrop;
                pending::<()>().await;
            };
            let mut cancelled = Box::pin(match handed_on {
                Some(context) => futures_util::future::Either::Left(cancelled.in_audit_context(context)),
                None => futures_util::future::Either::Right(cancelled),
            });
            // It is begun, and the other branch is taken.
            let begun = poll_fn(|cx| Poll::Ready(cancelled.as_mut().poll(cx).is_pending()));
            assert!(pin!(begun).await);
            drop(cancelled);
        }
        _ => unreachable!("{place}"),
    }
}

/// Returns the record of an event that is emitted there.
fn record(place: &'static str, source: Source, filter: Option<&str>) -> Record {
    let log = TestLog::new();
    let (layer, guard) = AuditLayer::builder(log.dir()).require_actor(true).open().unwrap();
    let tracer = SdkTracerProvider::builder().build().tracer("tests");
    let filter = filter.map_or_else(|| EnvFilter::new("info"), EnvFilter::new);
    let stack = tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(tracer))
        .with(layer)
        .with(filter);
    let dispatch = Dispatch::new(stack);
    let remote = SpanContext::new(
        TraceId::from(TRACE),
        SpanId::from(7),
        TraceFlags::default(),
        true,
        TraceState::NONE,
    );
    let remote = Context::new().with_remote_span_context(remote);
    let ada = Actor::new().user_id("ada");
    tracing::dispatcher::with_default(&dispatch, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let caller = caller(place, source == Source::HandedOn, dispatch.clone());
        runtime.block_on(async move {
            match source {
                Source::Scope | Source::HandedOn => {
                    caller.in_actor_scope(ada).with_context(remote).await;
                }
                Source::Span => {
                    let span = info_span!("request", actor.user_id = "ada");
                    span.set_parent(remote).unwrap_or(());
                    caller.instrument(span).await;
                }
            }
        });
    });
    guard.shutdown(std::time::Duration::from_secs(60)).unwrap();
    let mut records = log.records();
    assert_eq!(records.len(), 1, "{place}");
    records.remove(0)
}

/// Returns whether an event says who acted and in which trace; it says both or neither, and what is
/// missing is flagged.
fn says_it(place: &'static str, source: Source, filter: Option<&str>) -> bool {
    let record = record(place, source, filter);
    let has_actor = record.actor.user_id.as_deref() == Some("ada");
    let has_trace = record.trace_id == Some(format!("{TRACE:032x}"));
    let is_flagged = record.resource.get("_violations").is_some();
    assert_eq!(has_actor, !is_flagged, "{place}: {record}");
    assert_eq!(has_actor, has_trace, "{place}, {filter:?}: {record}");
    has_actor
}

fn cell(place: &'static str, source: Source, filters: &[Option<&str>]) -> &'static str {
    let cells: Vec<_> = filters.iter().map(|filter| says_it(place, source, *filter)).collect();
    assert!(cells.windows(2).all(|two| two[0] == two[1]), "{place}: {cells:?}");
    if cells[0] { "yes" } else { "no" }
}

#[test]
fn the_context_table_holds() {
    const ALL: [Option<&str>; 3] = [None, Some("warn"), Some("off")];
    let mut table = String::new();
    for place in PLACES {
        let cells = [
            cell(place, Source::Scope, &ALL),
            cell(place, Source::Span, &ALL[..1]),
            cell(place, Source::Span, &ALL[1..]),
            cell(place, Source::HandedOn, &ALL),
        ];
        table += &format!("| {place} | {} |\n", cells.join(" | "));
    }
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/context.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains(&format!("|---|---|---|---|---|\n{table}\n")), "the page should have\n{table}");
}
