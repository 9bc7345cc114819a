//! `testing::capture_process` sees the audit events of all threads that find no audit layer, for one test at
//! a time, and names those that went nowhere.
//!
//! The bug it guards against: a handler's test that sees none of the events that `tokio::spawn` and
//! `spawn_blocking` emit, or those of another test, and says nothing.

mod support;

use support::child;
use tracing_audit::testing::{capture, capture_async, capture_process, capture_process_with};
use tracing_audit::{Actor, AppendError, AuditLayer, Record, audit, audited};
use tracing_subscriber::prelude::*;

/// Returns the field `resource.from` of each record.
fn from(records: &[Record]) -> Vec<String> {
    records.iter().map(|record| record.resource["from"].as_str().unwrap().to_owned()).collect()
}

fn emit(from: &str) {
    audit!("privacy.export", resource.from = from).result().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_all_threads_and_tasks_are_captured() {
    let capture = capture_process();
    emit("test");
    tokio::spawn(async { emit("spawn") }).await.unwrap();
    tokio::task::spawn_blocking(|| emit("spawn_blocking")).await.unwrap();
    let actor = Actor::new().user_sid("ada");
    std::thread::spawn(move || actor.scope(|| emit("thread"))).join().unwrap();
    let runtime_log = tracing_subscriber::registry().with(support::RuntimeLog::default());
    tracing::subscriber::with_default(runtime_log, || emit("a stack without an audit layer"));
    struct Ends;
    impl Drop for Ends {
        fn drop(&mut self) {
            emit("a thread that ends");
        }
    }
    thread_local!(static ENDS: Ends = const { Ends });
    std::thread::spawn(|| ENDS.with(|_| ())).join().unwrap();
    let action = || {
        let event = Record::new("privacy.export").resource("from", "an action");
        audited(event).run(|| Ok::<_, ()>(())).unwrap();
    };
    std::thread::spawn(action).join().unwrap();
    assert_eq!(capture.records().len(), 7);
    let records = capture.finish();
    let all = [
        "test",
        "spawn",
        "spawn_blocking",
        "thread",
        "a stack without an audit layer",
        "a thread that ends",
        "an action",
    ];
    assert_eq!(from(&records), all);
    assert_eq!(records[3].actor.user_sid.as_deref(), Some("ada"));
    assert!(records.iter().map(|record| record.seq.unwrap()).eq(0..7));
}

#[tokio::test]
async fn events_that_find_an_audit_layer_go_there() {
    let process = capture_process();
    assert_eq!(from(&capture(|| emit("a function"))), ["a function"]);
    let future = async {
        tokio::task::yield_now().await;
        emit("a future");
        tokio::spawn(async { emit("a task") }).await.unwrap();
    };
    assert_eq!(from(&capture_async(future).await), ["a future"]);
    let folder = tempfile::tempdir().unwrap();
    let (layer, guard) = AuditLayer::builder(folder.path()).open().unwrap();
    let stack = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(stack, || emit("a log"));
    drop(guard);
    assert_eq!(from(&process.finish()), ["a task"]);
}

#[test]
fn what_a_future_emits_when_it_is_dropped_is_captured() {
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            emit("its guard");
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let records = runtime.block_on(capture_async(async {
        let span = tracing::info_span!("request", actor.user_sid = "ada");
        span.in_scope(|| emit("itself"));
        tokio::task::yield_now().await;
        Guard
    }));
    assert_eq!(from(&records), ["itself", "its guard"]);
    assert_eq!(records[0].actor.user_sid.as_deref(), Some("ada"));
    fn is_send(_: impl Send) {}
    is_send(capture_async(async {}));
}

/// Guards against the events of one test among those of another.
#[test]
fn one_test_at_a_time_captures() {
    let threads = (0..8).map(|n| {
        std::thread::spawn(move || {
            for round in 0..50 {
                let capture = capture_process();
                let name = format!("{n} {round}");
                std::thread::scope(|scope| {
                    scope.spawn(|| emit(&name));
                    scope.spawn(|| emit(&name));
                });
                assert_eq!(from(&capture.finish()), [name.as_str(), name.as_str()]);
            }
        })
    });
    threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn a_test_that_fails_ends_its_capture() {
    let failed = std::thread::spawn(|| {
        let _capture = capture_process();
        panic!("the test fails");
    });
    failed.join().unwrap_err();
    drop(capture_process());
}

/// Guards against a test that waits for itself forever.
#[test]
fn a_second_capture_of_the_same_thread_is_refused() {
    let capture = capture_process();
    let second = std::panic::catch_unwind(|| drop(capture_process())).unwrap_err();
    let said = second.downcast_ref::<&str>().unwrap();
    assert!(said.contains("this thread holds a capture of the process already"), "{said}");
    emit("the first is still there");
    assert_eq!(capture.finish().len(), 1);
}

#[test]
fn a_catalog_of_the_tests_own_is_asked() {
    let capture = capture_process_with(support::TEST_TYPES);
    audit!("a.b").result().unwrap();
    audit!("no.such.type").result().unwrap();
    let records = capture.finish();
    assert_eq!(records[0].resource.get("_violations"), None);
    assert!(records[1].resource.get("_violations").is_some());
}

/// In a process of its own, whose events are lost.
#[test]
fn events_that_went_nowhere_are_named() {
    if child::child_argument().is_none() {
        let folder = child::open_folder();
        let child = child::child("events_that_went_nowhere_are_named", folder.path(), folder.path()).output();
        assert_eq!(child::said(&child.unwrap()), ["named"]);
        return;
    }
    let said = || {
        let refused = std::panic::catch_unwind(|| drop(capture_process()));
        refused.unwrap_err().downcast_ref::<String>().unwrap().clone()
    };
    let lose = || assert!(matches!(audit!("privacy.export").result(), Err(AppendError::NoAuditLayer)));
    let line = line!() - 1;
    let task = std::thread::Builder::new().name("a straggler".to_owned());
    task.spawn(lose).unwrap().join().unwrap();
    let message = said();
    let named = format!("`privacy.export` from {}:{line} on the thread `a straggler`", file!());
    assert!(message.contains(&named), "{message}");

    // Each is named once, and a capture that refuses ends.
    let capture = capture_process();
    assert!(audit!("privacy.export").result().is_ok());
    assert_eq!(capture.finish().len(), 1);

    // After the capture has ended.
    for _ in 0..100 {
        lose();
    }
    let message = said();
    assert_eq!(message.matches("`privacy.export`").count(), 32, "{message}");
    assert!(message.contains(", and 68 more; "), "{message}");
    drop(capture_process());
    child::say("named");
}
