//! Any number of records of any size arrives in order, in batches of bounded size, with each
//! durability and without an intake.

use crate::support::mirrors::{Answer, TestMirror};
use crate::support::{TEST_TYPES, TestLog};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing_audit::mirror::{Batch, Delivered, DeliveryError};
use tracing_audit::{AuditGuard, AuditLayer, AuditLayerBuilder, Durability, Mirror, Record};

const LONG: Duration = Duration::from_secs(60);

/// The limits of a batch, in records and in bytes; only a single record may be longer.
const RECORDS: usize = 1024;
const BYTES: usize = 1024 * 1024;

/// A mirror that notes the sizes of batches: in records, and in bytes without the last record.
struct Measuring {
    inner: TestMirror,
    sizes: Arc<Mutex<Vec<(usize, usize)>>>,
}

impl Mirror for Measuring {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        let lines = batch.lines();
        let before_last = lines[..lines.len() - 1].iter().map(|line| line.text().len()).sum();
        self.sizes.lock().unwrap().push((lines.len(), before_last));
        self.inner.deliver(batch)
    }
}

struct Measured {
    log: TestLog,
    mirror: TestMirror,
    sizes: Arc<Mutex<Vec<(usize, usize)>>>,
}

impl Measured {
    fn new() -> Measured {
        Measured { log: TestLog::new(), mirror: TestMirror::new(), sizes: Arc::default() }
    }

    fn open(&self, builder: impl FnOnce(AuditLayerBuilder) -> AuditLayerBuilder) -> AuditGuard {
        let log = AuditLayer::builder(self.log.dir()).catalog(TEST_TYPES).append_deadline(LONG);
        let measuring = Measuring { inner: self.mirror.clone(), sizes: Arc::clone(&self.sizes) };
        builder(log.sync_interval(Duration::from_millis(5)).mirror("test", measuring)).open().unwrap().1
    }

    fn ends(&self, guard: AuditGuard) {
        guard.shutdown(LONG).unwrap();
        let (arrived, in_files) = (self.mirror.records(), self.log.all_records());
        assert_eq!(arrived.len(), in_files.len());
        assert!(arrived == in_files, "the records that arrived are those in the files");
        assert_eq!(self.mirror.repeats(), 0);
        for (records, bytes) in &*self.sizes.lock().unwrap() {
            assert!(*records <= RECORDS && *bytes <= BYTES, "{records} records, {bytes} bytes and one");
        }
    }
}

fn padded(number: u64, bytes: usize) -> Record {
    Record::new("a.b").resource("number", number).resource("padding", "x".repeat(bytes))
}

#[test]
fn fifty_thousand_and_a_large_one_among_them() {
    let measured = Measured::new();
    let guard = measured.open(|builder| builder);
    for number in 0..50_000 {
        let bytes = if number == 30_000 { 200 << 10 } else { 10 };
        guard.handle().append(padded(number, bytes)).result().unwrap();
    }
    measured.ends(guard);
    let records = measured.log.records();
    let numbers = records.iter().map(|record| record.resource["number"].as_u64().unwrap());
    assert!(numbers.eq(0..50_000));
    assert_eq!(measured.mirror.records()[30_001].resource["padding"].as_str().unwrap().len(), 200 << 10);
}

#[test]
fn larger_than_a_batch_may_be() {
    let measured = Measured::new();
    let guard = measured.open(|builder| builder.max_record_bytes(4 << 20).intake_bytes(16 << 20));
    let sizes = [3 << 20, 1, 4_000_000, (1 << 20) - 200, 1, 1, 2 << 20, 3 << 20, 700_000, 700_000, 5];
    for (number, bytes) in (0..).zip(sizes) {
        guard.handle().append(padded(number, bytes)).result().unwrap();
    }
    measured.ends(guard);
    let records = measured.log.records();
    let lens = records.iter().map(|record| record.resource["padding"].as_str().unwrap().len());
    assert!(lens.eq(sizes), "no value is cut");
}

#[test]
fn that_are_refused_until_they_come_alone() {
    let measured = Measured::new();
    measured.mirror.behaves(|seqs| if seqs.len() > 1 { Answer::Refuse } else { Answer::Take });
    let guard = measured.open(|builder| builder.max_record_bytes(4 << 20).intake_bytes(16 << 20));
    for number in 0..40 {
        guard.handle().append(padded(number, if number % 10 == 5 { 2 << 20 } else { 10 })).result().unwrap();
    }
    measured.ends(guard);
}

#[test]
fn that_wait_for_the_disk_or_are_written_by_their_callers() {
    for (durability, intake_bytes) in
        [(Durability::PowerLoss, 8 << 20), (Durability::Process, 0), (Durability::PowerLoss, 0)]
    {
        let measured = Measured::new();
        for _ in 0..3 {
            let guard = measured.open(|builder| builder.durability(durability).intake_bytes(intake_bytes));
            for number in 0..100 {
                guard.handle().append(padded(number, 100)).result().unwrap();
            }
            measured.ends(guard);
        }
    }
}
