//! A uid never stands for two records, also when a backup is restored or a disk image is cloned, and
//! both logs give the same numbers under the same id; and a repeated record keeps its uid.

use crate::support::TEST_TYPES;
use crate::support::child::open_folder;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing_audit::mirror::{Batch, Delivered, DeliveryError};
use tracing_audit::{AuditLayer, Mirror, Record};

const LONG: Duration = Duration::from_secs(60);

/// A receiver of several logs: the texts that arrived under each uid.
#[derive(Clone, Default)]
struct Receiver(Arc<Mutex<HashMap<String, Vec<String>>>>);

impl Mirror for Receiver {
    fn deliver(&mut self, batch: &Batch<'_>) -> Result<Delivered, DeliveryError> {
        let mut received = self.0.lock().unwrap();
        for line in batch.lines() {
            assert!(line.uid().starts_with(&format!("{}-{}-", batch.journal(), line.seq())));
            received.entry(line.uid()).or_default().push(line.text().to_owned());
        }
        Ok(Delivered::all())
    }
}

fn run(dir: &Path, receiver: &Receiver, name: &str) {
    let builder = AuditLayer::builder(dir).catalog(TEST_TYPES).mirror("test", receiver.clone());
    let (layer, guard) = builder.open().unwrap();
    for number in 0..50 {
        guard.handle().append(Record::new("a.b").resource(name, number)).result().unwrap();
    }
    drop(layer);
    guard.shutdown(LONG).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

/// Guards against uids of the journal's id and the number alone: of 804 records in two clones, 502
/// shared theirs with another one.
#[test]
fn also_in_a_restored_or_cloned_log() {
    let folder = open_folder();
    let [original, clone, again] = ["original", "clone", "again"].map(|name| folder.path().join(name));
    let receiver = Receiver::default();
    run(&original, &receiver, "before");
    copy(&original, &clone);
    // Its mirror delivers everything a second time.
    copy(&original, &again);
    fs::remove_dir_all(again.join(".state/cursors")).unwrap();
    run(&original, &receiver, "after");
    run(&clone, &receiver, "in the clone");
    run(&again, &receiver, "and again");

    let received = receiver.0.lock().unwrap();
    let mut repeated = 0;
    for (uid, texts) in received.iter() {
        assert!(texts.iter().all(|text| *text == texts[0]), "{uid} stands for different records: {texts:#?}");
        repeated += usize::from(texts.len() > 1);
    }
    assert!(repeated >= 52, "a repeated record keeps its uid: {repeated}");
    assert!(received.len() >= 4 * 50 + 5, "{}", received.len());
}
