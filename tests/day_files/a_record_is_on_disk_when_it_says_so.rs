//! Receipts, tasks, and events under `Durability::PowerLoss` wait for the disk.

use crate::support::{TEST_TYPES, TestLog, eventually};
use std::time::Duration;
use tokio::task::JoinSet;
use tracing_audit::{
    AppendError, AuditConfig, AuditHandle, AuditLayer, Durability, ReconfigureError, Record,
};

const LONG: Duration = Duration::from_secs(60);

fn is_on_disk(handle: &AuditHandle, seq: u64) -> bool {
    handle.stats().synced_seq.is_some_and(|synced| synced >= seq)
}

/// With and without the intake.
const INTAKES: [usize; 2] = [8 << 20, 0];

#[test]
fn a_receipt_waits_for_the_disk() {
    for intake in INTAKES {
        let log = TestLog::new();
        // No sync happens without a request.
        let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).sync_interval(Duration::MAX);
        let (_layer, guard) = builder.intake_bytes(intake).open().unwrap();
        let handle = guard.handle();
        let receipts =
            (0..20).map(|n| handle.append(Record::new("a.b").resource("n", n))).collect::<Vec<_>>();
        let last = receipts.last().unwrap();
        assert!(!is_on_disk(&handle, last.seq().unwrap()));
        assert_eq!(last.wait_synced(LONG).unwrap(), Some(last.seq().unwrap()));
        for receipt in &receipts {
            assert!(is_on_disk(&handle, receipt.seq().unwrap()));
            // The record is on disk already.
            assert_eq!(receipt.wait_synced(Duration::ZERO).unwrap(), Some(receipt.seq().unwrap()));
        }
    }
}

#[test]
fn what_nobody_waits_for_is_on_disk_after_the_interval() {
    for intake in INTAKES {
        let log = TestLog::new();
        let builder =
            AuditLayer::builder(log.dir()).catalog(TEST_TYPES).sync_interval(Duration::from_millis(20));
        let (_layer, guard) = builder.intake_bytes(intake).open().unwrap();
        for _ in 0..3 {
            let seq = guard.handle().append(Record::new("a.b")).seq().unwrap();
            eventually("the record is on disk", || is_on_disk(&guard.handle(), seq));
        }
    }
}

#[test]
fn power_loss_waits_with_each_event() {
    for intake in INTAKES {
        let log = TestLog::new();
        let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).sync_interval(Duration::MAX);
        let (_layer, guard) = builder.durability(Durability::PowerLoss).intake_bytes(intake).open().unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let handle = guard.handle();
                scope.spawn(move || {
                    for n in 0..20 {
                        let record = Record::new("a.b").resource("thread", thread).resource("n", n);
                        let seq = handle.append(record).result().unwrap().unwrap();
                        assert!(is_on_disk(&handle, seq), "{seq}");
                    }
                });
            }
        });
        drop(guard);
        assert_eq!(log.records().len(), 160);
    }
}

#[test]
fn a_deadline_that_is_over_is_no_gap() {
    let log = TestLog::new();
    let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).durability(Durability::PowerLoss);
    let (_layer, guard) = builder.sync_deadline(Duration::ZERO).open().unwrap();
    let receipt = guard.handle().append(Record::new("a.b"));
    match receipt.result() {
        Err(AppendError::NotSynced { seq, waited }) => {
            assert_eq!((Some(seq), waited), (receipt.seq(), Duration::ZERO));
        }
        other => panic!("{other:?}"),
    }
    // The record is written and synced all the same.
    assert_eq!(receipt.wait_synced(LONG).unwrap(), Some(receipt.seq().unwrap()));
    let stats = guard.handle().stats();
    assert_eq!((stats.recorded, stats.refused), (1, 0));
    drop(guard);
    assert!(log.all_records().iter().all(|record| record.event != "log.gap"));
}

#[test]
fn tasks_wait_for_the_disk_and_may_be_cancelled() {
    for intake in INTAKES {
        let log = TestLog::new();
        let builder = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).sync_interval(Duration::MAX);
        let (_layer, guard) = builder.intake_bytes(intake).open().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for n in 0..1000 {
                let handle = guard.handle();
                tasks.spawn(async move {
                    let receipt = handle.append(Record::new("a.b").resource("n", n));
                    let synced = receipt.synced();
                    if n % 3 == 0 {
                        // The task gives up after the first poll.
                        let _ = tokio::time::timeout(Duration::ZERO, synced).await;
                        return;
                    }
                    let seq = synced.await.unwrap().unwrap();
                    assert_eq!(Some(seq), receipt.seq());
                    assert!(is_on_disk(&handle, seq));
                });
            }
            while let Some(ended) = tasks.join_next().await {
                ended.unwrap();
            }
        });
        drop(guard);
        assert_eq!(log.records().len(), 1000);
    }
}

#[test]
fn a_log_that_has_ended_lets_nobody_wait() {
    let log = TestLog::new();
    let (layer, guard) = AuditLayer::builder(log.dir()).catalog(TEST_TYPES).open().unwrap();
    let on_disk = guard.handle().append(Record::new("a.b"));
    on_disk.wait_synced(LONG).unwrap();
    let receipt = guard.handle().append(Record::new("a.b"));
    guard.shutdown(LONG).unwrap();
    drop(layer);
    // Closing the log has synced everything.
    receipt.wait_synced(LONG).unwrap();
    on_disk.wait_synced(Duration::ZERO).unwrap();
    // Without a log there is no record to wait for.
    let (_layer, guard) = AuditLayer::builder(log.dir()).enabled(false).open().unwrap();
    let receipt = guard.handle().append(Record::new("a.b"));
    assert_eq!(receipt.wait_synced(Duration::ZERO).unwrap(), None);
}

#[test]
fn durability_changes_while_the_log_is_open() {
    let log = TestLog::new();
    let mut config = AuditConfig::new(log.dir());
    config.sync_interval = Duration::from_secs(3600);
    let (_layer, guard) = AuditLayer::from_config(&config).unwrap();
    let handle = guard.handle();
    let before = handle.append(Record::new("settings.changed")).seq().unwrap();
    assert!(!is_on_disk(&handle, before));
    config.durability = Durability::PowerLoss;
    handle.reconfigure(&config).unwrap();
    let after = handle.append(Record::new("settings.changed")).seq().unwrap();
    assert!(is_on_disk(&handle, after));
    // The same settings again are no change.
    handle.reconfigure(&config).unwrap();
    config.intake_bytes = 0;
    assert!(matches!(handle.reconfigure(&config), Err(ReconfigureError::Fixed { setting: "intake_bytes" })));
    drop(guard);
    let records = log.all_records();
    let changed = records.iter().filter(|record| record.event == "log.config_changed").collect::<Vec<_>>();
    let [changed] = &changed[..] else { panic!("{changed:?}") };
    assert_eq!(changed.resource["durability"].to_string(), r#"{"before":"process","after":"power_loss"}"#);
    let keys: Vec<_> = changed.resource.iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["durability", "settings"]);
}
