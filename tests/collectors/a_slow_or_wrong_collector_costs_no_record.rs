//! A collector that is too slow for large batches gets smaller ones, one that answers everything with
//! 400, because it is the wrong one, gets no record put aside, and one that is away, or hangs, neither
//! fails the application nor holds up its end.
#![cfg(feature = "otlp")]

use crate::support::collector::{Answer, Collector, always};
use crate::support::{TEST_TYPES, TestLog, all_records, eventually};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing_audit::{AuditGuard, AuditLayer, OnRejected, Otlp, Outcome, Record, ShutdownReport, audit};
use tracing_subscriber::prelude::*;

const LONG: Duration = Duration::from_secs(60);

fn open(log: &TestLog, otlp: Otlp, count: u64) -> AuditGuard {
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).sync_interval(Duration::from_millis(5));
    let guard = builder.otlp(otlp).open().unwrap().1;
    for number in 0..count {
        guard.handle().append(Record::new("a.b").resource("number", number)).result().unwrap();
    }
    guard
}

/// Guards against the largest batch for ever at a receiver that needs 10 ms for a record.
#[test]
fn that_needs_long_for_each_record() {
    let collector = Collector::start();
    collector.answers(always(Answer::TooSlow(50, LONG)));
    let log = TestLog::new();
    let otlp = Otlp::new(collector.address()).timeout(Duration::from_millis(300));
    let guard = open(&log, otlp, 1000);
    eventually("it makes progress", || collector.records().len() > 500);
    guard.shutdown(LONG).unwrap();
    collector.assert_complete(log.all_records().iter().map(|record| record.seq.unwrap()));
}

/// The README's `main`, with a collector.
fn main_of_the_readme(log: &TestLog, collector: &str) -> Result<ShutdownReport, Box<dyn std::error::Error>> {
    let otlp = Otlp::new(collector).timeout(Duration::from_secs(1));
    let (layer, guard) = AuditLayer::builder(log.dir()).otlp(otlp).open()?;
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    tracing::dispatcher::with_default(&dispatch, || {
        audit!("auth.failed", outcome = Outcome::Failure).result()
    })?;
    // A time that a test would not survive.
    Ok(guard.shutdown(Duration::from_secs(24 * 3600))?)
}

/// Guards against an application that exits with an error, or not at all, because of its collector.
#[test]
fn that_is_away_or_hangs() {
    let mut away = Collector::start();
    away.stop();
    let hangs = Collector::start();
    hangs.answers(always(Answer::Hang(LONG)));
    for collector in [&away, &hangs] {
        let log = TestLog::new();
        let report = main_of_the_readme(&log, &collector.address()).unwrap();
        let all = log.all_records().len() as u64;
        assert_eq!((report.undelivered[0].mirror.as_str(), report.undelivered[0].records), ("otlp", all));
        assert!(report.undelivered[0].error.is_some(), "{report}");
        assert_eq!(log.records().len(), 1);
    }
}

/// Guards against dead letters because of a gateway, a wrong path or a missing certificate: 502 of 502
/// records were put aside within 9 seconds.
#[test]
fn that_answers_everything_with_400() {
    for (content_type, body) in [
        ("application/json", r#"{"message":"unknown tenant"}"#),
        ("text/html", "<h1>400 Bad Request</h1>"),
        ("text/plain", "what?"),
        ("text/plain", ""),
        ("application/x-protobuf", ""),
    ] {
        let collector = Collector::start();
        let is_repaired = Arc::new(AtomicBool::new(false));
        let (repaired, mut is_wrong) = (Arc::clone(&is_repaired), true);
        collector.answers(Box::new(move |records| {
            // Not while another record is tried in place of the first one.
            is_wrong &= !(repaired.load(Ordering::Relaxed) && records[0].seq == 0);
            if is_wrong { Answer::Page(400, content_type, body) } else { Answer::Ok }
        }));
        let log = TestLog::new();
        let otlp = Otlp::new(collector.address()).on_rejected(OnRejected::DeadLetter);
        let guard = open(&log, otlp, 500);
        let requests = || collector.state().requests.len();
        // One record after the other is tried; a page without a word about the record is only sent again.
        let count = if body.is_empty() || content_type == "text/html" { 4 } else { 25 };
        eventually("it is tried often", || requests() >= count);
        assert_eq!(guard.handle().stats().mirrors[0].dead_letters, 0, "{content_type} {body}");
        is_repaired.store(true, Ordering::Relaxed);
        eventually("it has them", || collector.records().len() > 500);
        guard.shutdown(LONG).unwrap();
        let records = all_records(&log.dir());
        assert!(records.iter().all(|record| record.event != "log.dead_letter"));
        // What the log records about the mirror comes behind `log.closed`.
        let arrived = collector.records().len() as u64;
        assert!(arrived >= 502, "{arrived}");
        collector.assert_complete(0..arrived);
    }
}
