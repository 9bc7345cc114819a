//! [`capture_process`]: the audit events of all threads, without a log.

use super::capture::{built_in, index, memory};
use crate::capture::process_capture;
use crate::handle::Log;
use crate::record::catalog::CatalogIndex;
use crate::record::{Catalog, Record};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the end of a capture waits for an event that is being emitted.
const LONGEST_EVENT: Duration = Duration::from_secs(1);

/// Captures the audit events of all threads of the process that find no audit layer, until the
/// returned value is dropped: those of `tokio::spawn`, of `spawn_blocking`, and of a server that the
/// test has started.
///
/// One test at a time captures: a second one waits until the first has ended. So hold the capture from
/// the first event to the last, and wait for what the test has started, such as its tasks.
///
/// An event that finds an audit layer, such as that of [`capture`](super::capture) or of a log that the
/// test has opened, goes there. Actors of scopes and contexts are recorded; those of spans are not, since no layer
/// sees the spans. Neither are plain `tracing` events with the target `audit`. The catalog is that of the
/// built-in event types. With your own, use [`capture_process_with`].
///
/// The page Testing (`docs/testing.md`) shows how to test handlers.
///
/// # Examples
///
/// ```standalone_crate
/// use tracing_audit::{audit, testing::capture_process};
///
/// let capture = capture_process();
/// std::thread::spawn(|| audit!("privacy.export")).join().unwrap();
/// let records = capture.finish();
/// assert_eq!(records[0].event, "privacy.export");
/// ```
///
/// # Panics
///
/// If audit events went nowhere since the process began or since the last capture: there was neither an
/// audit layer nor a capture. The message names each with its place in the code and its thread, which
/// has the name of its test as a rule. That test captures nothing, or has ended before its tasks; let it
/// hold a capture, too, or move it to another test program. Such an event at another instant would
/// have been among the records of this test.
///
/// If this thread has begun a capture that has not ended: it would wait forever.
#[track_caller]
pub fn capture_process() -> ProcessCapture {
    begin(built_in())
}

/// Captures events as [`capture_process`] does, with an application's event types in the catalog, as
/// [`capture_with`](super::capture_with) has them.
///
/// # Panics
///
/// As [`capture_process`], and if the catalog is not valid ([`Catalog::check`]).
#[track_caller]
pub fn capture_process_with(catalog: impl Into<Catalog>) -> ProcessCapture {
    begin(Arc::new(index(catalog.into())))
}

#[track_caller]
fn begin(catalog: Arc<CatalogIndex>) -> ProcessCapture {
    let log = memory(catalog);
    let Some(lost) = process_capture::begin(Arc::clone(&log)) else {
        panic!("this thread holds a capture of the process already: finish or drop that one first");
    };
    // Ends when this panics.
    let capture = ProcessCapture { log };
    assert!(
        lost.is_empty(),
        "audit events went nowhere before this capture, since there was neither an audit layer nor a capture: {lost}; \
         hold a capture there, too, until the last event, or move that test to another test program"
    );
    capture
}

/// The capture of the process's audit events, begun by [`capture_process`]. It ends when this is dropped.
#[must_use = "the capture ends when this is dropped: hold it until the last event"]
#[derive(Debug)]
pub struct ProcessCapture {
    log: Arc<Log>,
}

impl ProcessCapture {
    /// Returns the records so far, in order, as they would be recorded.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.log.captured_so_far()
    }

    /// Ends the capture, and returns its records, in order, as they would be recorded. An event that is
    /// being emitted is waited for, at most for a second.
    #[must_use = "the records are lost; to end the capture alone, drop it"]
    pub fn finish(self) -> Vec<Record> {
        let log = Arc::clone(&self.log);
        drop(self);
        let deadline = Instant::now() + LONGEST_EVENT;
        while Arc::strong_count(&log) > 1 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        log.captured()
    }
}

impl Drop for ProcessCapture {
    fn drop(&mut self) {
        process_capture::end();
    }
}
