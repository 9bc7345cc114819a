//! Writes the journal that `.ci/seals` hands to programs of others: 200,000 lines over 5 days, with restarts,
//! processes that die in the middle of a batch, a day that changes while the log is open, retention, and a signer.

#[allow(dead_code, unreachable_pub)]
#[path = "../../support/clock.rs"]
mod clock;

use clock::{HOUR, SECOND, TestClock};
use ed25519_dalek::{Signer as _, SigningKey};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tracing_audit::seal::{Signer, VerifierKey};
use tracing_audit::{AuditLayer, Record};

/// A signer, which the programs of others know or do not know.
struct InThisProcess;

impl InThisProcess {
    fn key() -> SigningKey {
        SigningKey::from_bytes(&[42; 32])
    }
}

impl Signer for InThisProcess {
    fn verifier_key(&self) -> VerifierKey {
        let key = InThisProcess::key().verifying_key();
        VerifierKey::from_bytes("signer.example.com/audit", key.as_bytes()).unwrap()
    }

    fn sign(&mut self, message: &[u8]) -> Result<[u8; 64], Box<dyn std::error::Error + Send + Sync>> {
        Ok(InThisProcess::key().sign(message).to_bytes())
    }
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Shutdown,
    /// The process dies, with records in the intake and lines that are not sealed.
    Abort,
    /// A day begins after half of the records.
    DayChange,
}

/// Returns the runs: the hour since the first day's begin, the number of events, and the end.
fn runs(events: usize) -> Vec<(i128, usize, End)> {
    use End::{Abort, DayChange, Shutdown};
    // By days; the fourth ends while the log is open.
    let ends = [
        [(1, Abort), (6, Shutdown), (20, Abort)],
        [(25, Shutdown), (26, Abort), (40, Abort)],
        [(49, Abort), (50, Abort), (70, Shutdown)],
        [(95, DayChange), (100, Abort), (110, Shutdown)],
    ]
    .concat();
    let each = events / ends.len();
    ends.into_iter().map(|(hour, end)| (hour, each, end)).collect()
}

/// Writes `SEALED_LINES` (default: 200,000) into the directory `SEALED_JOURNAL`.
#[test]
#[ignore = "for `.ci/seals`"]
fn a_journal_of_five_days() {
    let lines = std::env::var("SEALED_LINES").map_or(200_000, |lines| lines.parse().unwrap());
    for (number, (_, _, end)) in runs(lines).into_iter().enumerate() {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let output = command
            .args(["--exact", "a_writer", "--ignored", "--nocapture"])
            .env("SEALED_RUN", number.to_string())
            .env("SEALED_LINES", lines.to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.success(), end != End::Abort, "run {number}: {said}");
        assert!(!said.contains("panicked"), "run {number}: {said}");
    }
}

/// One run, in a process of its own.
#[test]
#[ignore = "a process of `a_journal_of_five_days`"]
fn a_writer() {
    let directory = PathBuf::from(std::env::var_os("SEALED_JOURNAL").unwrap());
    let run = std::env::var("SEALED_RUN").unwrap().parse::<usize>().unwrap();
    let lines = std::env::var("SEALED_LINES").unwrap().parse().unwrap();
    let (hour, events, end) = runs(lines)[run];
    let clock = TestClock::at("2026-11-01T00:00:00Z");
    clock.pass(hour * HOUR);
    let builder =
        AuditLayer::builder(&directory).clock(clock.clone()).retention_days(3).signer(InThisProcess);
    let (layer, guard) = builder.open().unwrap();
    for number in 0..events {
        let record = Record::new("invoice.exported").resource("number", number).resource("run", run);
        guard.handle().append(record).result().unwrap();
        if end == End::DayChange && number == events / 2 {
            guard.handle().flush(Duration::from_secs(60)).unwrap();
            clock.pass(2 * HOUR);
        }
        if number % 100 == 0 {
            clock.pass(SECOND / 10);
        }
        if number == events / 3 {
            // The sealer signs once a second.
            std::thread::sleep(Duration::from_millis(1200));
        }
    }
    if end == End::Abort {
        std::process::abort();
    }
    guard.shutdown(Duration::from_secs(60)).unwrap();
    drop(layer);
}
