//! A mirror to a collector works in an application with tokio and in one without: no panic, no wait, no
//! event of its own in the audit log, and no loop in a runtime log that shows everything.
#![cfg(feature = "otlp")]

use crate::support::collector::{Answer, Collector, always};
use crate::support::{RuntimeLog, TEST_TYPES, TestLog, eventually};
use std::time::Duration;
use tracing::Dispatch;
use tracing_audit::{AuditGuard, AuditLayer, Otlp, audit};
use tracing_subscriber::prelude::*;

const EVENTS: u64 = 200;

const SECRET: &str = "Bearer 0123456789abcdef";

fn open(log: &TestLog, collector: &Collector) -> (AuditLayer, AuditGuard) {
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).sync_interval(Duration::from_millis(5));
    let otlp = Otlp::new(collector.address()).header("authorization", SECRET);
    builder.otlp(otlp).open().unwrap()
}

fn assert_complete(log: &TestLog, collector: &Collector) {
    let all = log.all_records();
    collector.assert_complete(all.iter().map(|record| record.seq.unwrap()));
    assert_eq!(all.iter().filter(|record| record.event == "a.b").count() as u64, EVENTS);
    // The mirror itself causes no events in the log.
    assert!(all.iter().all(|record| record.event == "a.b" || record.event.starts_with("log.")));
}

async fn emit_and_close(log: &TestLog, collector: &Collector) {
    let (layer, guard) = open(log, collector);
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    let tasks = (0..4).map(|_| {
        let dispatch = dispatch.clone();
        tokio::spawn(async move {
            for number in 0..EVENTS / 4 {
                let receipt =
                    tracing::dispatcher::with_default(&dispatch, || audit!("a.b", resource.number = number));
                receipt.result().unwrap();
                tokio::task::yield_now().await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    guard.shutdown(Duration::from_secs(10)).unwrap();
}

#[test]
fn in_a_runtime_of_one_thread() {
    let (log, collector) = (TestLog::new(), Collector::start());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(emit_and_close(&log, &collector));
    assert_complete(&log, &collector);
}

#[test]
fn in_a_runtime_of_many_threads() {
    let (log, collector) = (TestLog::new(), Collector::start());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(emit_and_close(&log, &collector));
    assert_complete(&log, &collector);
}

#[test]
fn without_a_runtime() {
    let (log, collector) = (TestLog::new(), Collector::start());
    let (layer, guard) = open(&log, &collector);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        for number in 0..EVENTS {
            audit!("a.b", resource.number = number).result().unwrap();
        }
    });
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert_complete(&log, &collector);
}

#[test]
fn no_event_waits_for_a_collector_that_does_not_answer() {
    let (log, collector) = (TestLog::new(), Collector::start());
    collector.answers(always(Answer::Hang(Duration::from_secs(60))));
    let (layer, guard) = open(&log, &collector);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    runtime.block_on(async {
        for number in 0..EVENTS {
            tracing::dispatcher::with_default(&dispatch, || {
                audit!("a.b", resource.number = number).result().unwrap();
            });
            tokio::task::yield_now().await;
        }
    });
    // The collector hangs since the first request, and all events are recorded.
    eventually("it gets a request", || !collector.state().requests.is_empty());
    assert_eq!(guard.handle().stats().recorded, EVENTS);
    assert!(collector.state().arrivals.is_empty());
    collector.answers(always(Answer::Ok));
    drop((guard, dispatch));
    let (_layer, guard) = open(&log, &collector);
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert_complete(&log, &collector);
}

/// The runtime log shows the records of the `log` crate, too, but not those that the HTTP library writes. In a
/// process of its own, because the thread of the mirror only has the global subscriber.
#[test]
fn a_runtime_log_that_sees_everything_makes_no_loop() {
    let name = crate::support::child::name_of(a_runtime_log_that_sees_everything_makes_no_loop);
    if crate::support::child::child_argument().is_none() {
        let folder = crate::support::child::open_folder();
        let output = crate::support::child::child(name, folder.path(), folder.path()).output().unwrap();
        assert_eq!(crate::support::child::said(&output), ["no loop"]);
        return;
    }
    let (log, collector) = (TestLog::new(), Collector::start());
    let seen = RuntimeLog::default();
    let (layer, guard) = open(&log, &collector);
    tracing_subscriber::registry().with(seen.clone()).with(layer).init();
    for number in 0..EVENTS {
        audit!("a.b", resource.number = number).result().unwrap();
    }
    let handle = guard.handle();
    eventually("all records are delivered", || handle.stats().mirrors[0].delivered_seq >= Some(EVENTS));
    let lines = seen.lines();
    let is_of_the_library = |line: &String| line.contains("ureq") || line.contains("rustls");
    assert!(!lines.iter().any(is_of_the_library), "the HTTP library's events are not shown: {lines:?}");
    assert_eq!(collector.state().requests[0].header("authorization"), SECRET);
    assert!(!lines.iter().any(|line| line.starts_with("INFO audit ") || line.contains("a.b")), "{lines:?}");
    eventually("where the key of the seals was made is told", || seen.all_lines().len() > seen.lines().len());
    // Without events there are no requests.
    let requests = collector.state().requests.len();
    let quiet = seen.lines().len();
    handle.flush(Duration::from_secs(10)).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!((collector.state().requests.len(), seen.lines().len()), (requests, quiet));
    guard.shutdown(Duration::from_secs(10)).unwrap();
    assert_complete(&log, &collector);
    crate::support::child::say("no loop");
}
