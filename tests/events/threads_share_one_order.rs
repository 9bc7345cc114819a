//! Many threads on one journal: lines are whole, `seq` is consecutive in file order, `ts` never
//! decreases, and each receipt has the number of its line.

use crate::support::TestLog;
use std::collections::HashMap;
use tracing_audit::audit;
use tracing_subscriber::prelude::*;

const THREADS: u64 = 8;
const EVENTS: u64 = if cfg!(debug_assertions) { 20_000 } else { 50_000 };

#[test]
fn eight_threads_with_fifty_thousand_events_each() {
    let log = TestLog::new();
    let (layer, guard) = log.open_patiently();
    let dispatch = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    let receipts = std::thread::scope(|scope| {
        let threads = (0..THREADS).map(|thread| {
            let dispatch = dispatch.clone();
            scope.spawn(move || {
                tracing::dispatcher::with_default(&dispatch, || {
                    (0..EVENTS)
                        .map(|n| {
                            let receipt =
                                audit!("settings.changed", resource.thread = thread, resource.n = n);
                            (receipt.result().unwrap().unwrap(), (thread, n))
                        })
                        .collect::<Vec<_>>()
                })
            })
        });
        let threads = threads.collect::<Vec<_>>();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<HashMap<_, _>>()
    });
    drop(guard);
    assert_eq!(receipts.len() as u64, THREADS * EVENTS);

    let records = log.all_records();
    let events = records.iter().filter(|record| !record.event.starts_with("log."));
    assert_eq!(events.count() as u64, THREADS * EVENTS);
    let mut last_ts = None;
    for (seq, record) in (0..).zip(&records) {
        assert_eq!(record.seq, Some(seq));
        assert!(record.ts >= last_ts, "{record}");
        last_ts = record.ts;
        if !record.event.starts_with("log.") {
            let field = |key| record.resource[key].as_u64().unwrap();
            assert_eq!(receipts[&seq], (field("thread"), field("n")));
        }
    }
}
