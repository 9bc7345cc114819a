//! Two thousand tasks on a few threads, in nested spans and scopes, wait between their events: every
//! record has the actor and the trace of its own task.

#[path = "../../support/mod.rs"]
mod support;

use opentelemetry::trace::{
    FutureExt as _, SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    TracerProvider as _,
};
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::time::Duration;
use support::TestLog;
use tracing::{Instrument, Span, field, info_span};
use tracing_audit::{Actor, ActorScope, AuditGuard, audit};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

const TASKS: usize = 1000;

/// The expected user, session and trace of an event, which the event also has in its resource.
struct Expected(String, String, Option<String>);

impl Expected {
    fn emit(&self, task: usize, step: usize) {
        let Expected(user, session, trace) = self;
        audit!(
            "settings.changed",
            resource.task = task,
            resource.step = step,
            resource.user = user,
            resource.session = session,
            resource.trace = trace,
        );
    }
}

/// Lets other tasks run.
async fn pause(task: usize) {
    if task.is_multiple_of(3) {
        tokio::time::sleep(Duration::from_micros((task % 7 * 100) as u64)).await;
    } else {
        tokio::task::yield_now().await;
    }
}

/// Returns the trace of a span from tracing-opentelemetry.
fn trace_of(span: &Span) -> Option<String> {
    Some(span.context().span().span_context().trace_id().to_string())
}

#[tracing::instrument(skip_all, fields(actor.user_sid = %format!("instrumented-{task}")))]
async fn instrumented(task: usize, session: &str, trace: Option<String>) {
    pause(task).await;
    Expected(format!("instrumented-{task}"), session.to_owned(), trace).emit(task, 0);
}

const STEPS: usize = 7;

async fn task_in_spans(task: usize) {
    let request =
        info_span!("request", actor.user_sid = format!("user-{task}"), actor.session_id = field::Empty);
    let trace = trace_of(&request);
    let (user, session) = (format!("user-{task}"), format!("session-{task}"));
    async {
        pause(task).await;
        Expected(user.clone(), String::new(), trace.clone()).emit(task, 1);
        pause(task).await;
        Span::current().record("actor.session_id", &session);
        Expected(user.clone(), session.clone(), trace.clone()).emit(task, 2);
        let inner = info_span!("as another", actor.user_sid = %format_args!("admin-{task}"));
        async {
            pause(task).await;
            Expected(format!("admin-{task}"), session.clone(), trace.clone()).emit(task, 3);
        }
        .instrument(inner)
        .await;
        instrumented(task, &session, trace.clone()).await;
        let scope = Actor::new().user_sid(format!("scope-{task}"));
        async {
            pause(task).await;
            Expected(format!("scope-{task}"), session.clone(), trace.clone()).emit(task, 4);
            let inner = Actor::new().session_id(format!("scope-session-{task}"));
            inner.scope(|| {
                let session = format!("scope-session-{task}");
                Expected(format!("scope-{task}"), session, trace.clone()).emit(task, 5);
            });
            pause(task).await;
        }
        .in_actor_scope(scope)
        .await;
        pause(task).await;
        Expected(user.clone(), session.clone(), trace.clone()).emit(task, 6);
    }
    .instrument(request)
    .await;
}

/// The same with a scope and an OpenTelemetry context instead of `tracing` spans.
async fn task_in_a_scope(task: usize) {
    let (user, session) = (format!("scope-{task}"), format!("session-{task}"));
    let actor = Actor::new().user_sid(&user).session_id(&session);
    let trace = Some(format!("{:032x}", task + 1));
    let steps = async move {
        for step in 0..STEPS {
            pause(task).await;
            Expected(user.clone(), session.clone(), trace.clone()).emit(TASKS + task, step);
        }
    };
    let context = SpanContext::new(
        TraceId::from((task + 1) as u128),
        SpanId::from(1),
        TraceFlags::default(),
        true,
        TraceState::NONE,
    );
    let context = opentelemetry::Context::new().with_remote_span_context(context);
    steps.in_actor_scope(actor).with_context(context).await;
}

fn global_stack(log: &TestLog) -> AuditGuard {
    let (layer, guard) = log.open_patiently();
    let stack = tracing_subscriber::registry().with(LevelFilter::INFO).with(layer);
    let provider = SdkTracerProvider::builder().build();
    let stack = stack.with(tracing_opentelemetry::layer().with_tracer(provider.tracer("tests")));
    stack.init();
    guard
}

#[test]
fn in_a_thousand_tasks_in_spans_and_a_thousand_in_scopes() {
    let log = TestLog::new();
    let guard = global_stack(&log);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap();
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for task in 0..TASKS {
            tasks.push(tokio::spawn(task_in_spans(task)));
            tasks.push(tokio::spawn(task_in_a_scope(task)));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
    drop(guard);

    let records = log.records();
    let mut seen = vec![[0; STEPS]; 2 * TASKS];
    let mut traces = std::collections::HashMap::new();
    for record in &records {
        let text = |key: &str| {
            record.resource.get(key).and_then(|value| value.as_str()).filter(|text| !text.is_empty())
        };
        assert_eq!(record.actor.user_sid.as_deref(), text("user"), "{record}");
        assert_eq!(record.actor.session_id.as_deref(), text("session"), "{record}");
        assert_eq!(record.trace_id.as_deref(), text("trace"), "{record}");
        assert!(record.trace_id.is_some(), "{record}");
        let number = |key| usize::try_from(record.resource[key].as_u64().unwrap()).unwrap();
        seen[number("task")][number("step")] += 1;
        if let Some(trace) = &record.trace_id {
            assert_eq!(trace.len(), 32);
            let task = *traces.entry(trace.clone()).or_insert(number("task"));
            assert_eq!(task, number("task"), "two tasks have the same trace: {record}");
        }
    }
    assert_eq!(seen, vec![[1; STEPS]; 2 * TASKS]);
    assert_eq!(traces.len(), 2 * TASKS);
}
