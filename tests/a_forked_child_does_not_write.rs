//! A forked child does not touch the log of its parent.
#![cfg(unix)]
#![allow(unsafe_code)]

mod support;

use std::time::Duration;
use support::TestLog;
use tracing_audit::{AppendError, FlushError, PruneError, Record};

#[test]
fn what_a_child_records_is_an_error_and_the_parents_log_goes_on() {
    let log = TestLog::new();
    let (layer, guard) = log.open();
    let handle = guard.handle();
    let record = |n: u64| handle.append(Record::new("a.b").resource("n", n)).result();
    record(0).unwrap();
    for n in 1..=10 {
        // SAFETY: the child only calls the functions under test, and ends.
        match unsafe { libc::fork() } {
            0 => {
                let is_refused = matches!(record(1000), Err(AppendError::Forked))
                    && matches!(handle.flush(Duration::from_secs(60)), Err(FlushError::Forked))
                    && matches!(handle.prune(), Err(PruneError::Forked))
                    && !handle.stats().enabled;
                // As at the end of `main`.
                drop((layer, guard, handle));
                // SAFETY: the child ends here.
                unsafe { libc::_exit(if is_refused { 0 } else { 1 }) }
            }
            child => {
                assert!(child > 0);
                record(n).unwrap();
                let mut status = 0;
                // SAFETY: `status` is valid for writes.
                assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
                assert_eq!(status, 0, "the child ended with {status}");
            }
        }
    }
    drop((layer, guard, handle));
    let records = log.all_records();
    for (seq, record) in (0..).zip(&records) {
        assert_eq!(record.seq, Some(seq), "{record}");
    }
    let numbers =
        log.records().iter().map(|record| record.resource["n"].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(numbers, (0..=10).collect::<Vec<_>>());
    assert_eq!(records.iter().filter(|record| record.event == "log.closed").count(), 1);
}
