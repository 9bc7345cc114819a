//! The application whose disk is full. It reports everything that happens.

use super::{chain, free_bytes, padding};
use crate::support::child::say;
use crate::support::{RuntimeLog, TEST_TYPES};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, SystemTime};
use tracing::Dispatch;
use tracing_audit::record::Timestamp;
use tracing_audit::{AppendError, AuditLayer, audit};
use tracing_subscriber::prelude::*;

pub(crate) const THREADS: usize = 4;

/// The pace of a thread.
const PAUSE: Duration = Duration::from_millis(1);

#[derive(Clone, Copy)]
pub(crate) enum Pace {
    Steady,
    /// No pause, except after a refusal.
    Hurry,
    /// Emits nothing.
    Rest,
}

/// Emits until its input ends, at the pace that the input sets.
pub(crate) fn run(dir: &Path) {
    let low = free_bytes(dir.parent().unwrap()) / 2;
    let (layer, guard) = match AuditLayer::builder(dir)
        .append_deadline(Duration::from_millis(5))
        .catalog(TEST_TYPES)
        .disk_low_bytes(low)
        .open()
    {
        Ok(log) => log,
        Err(error) => return say(format_args!("closed to it: {}", chain(&error))),
    };
    say("opened");
    let runtime = RuntimeLog::default();
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer).with(runtime.clone()));
    let (is_over, pace) = (AtomicBool::new(false), AtomicU8::new(Pace::Steady as u8));
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (dispatch, runtime, is_over, pace) = (&dispatch, &runtime, &is_over, &pace);
            let goes_at = |other: Pace| pace.load(Ordering::Relaxed) == other as u8;
            scope.spawn(move || {
                let from = format!("{}.{thread}", std::process::id());
                let mut is_warned = false;
                tracing::dispatcher::with_default(dispatch, || {
                    for n in (0..).take_while(|_| !is_over.load(Ordering::Relaxed)) {
                        let was_kept = emit(&from, n);
                        if !is_warned && runtime.lines().iter().any(|line| line.contains("bytes left")) {
                            is_warned = true;
                            say("warned");
                        }
                        if !was_kept || !goes_at(Pace::Hurry) {
                            std::thread::sleep(PAUSE);
                        }
                        if goes_at(Pace::Rest) {
                            say("rests");
                        }
                        while goes_at(Pace::Rest) && !is_over.load(Ordering::Relaxed) {
                            std::thread::sleep(PAUSE);
                        }
                    }
                });
            });
        }
        for line in std::io::stdin().lines() {
            pace.store(line.unwrap().parse().unwrap(), Ordering::Relaxed);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let stats = guard.handle().stats();
    say(format_args!("counted {} {} {}", std::process::id(), stats.recorded, stats.refused));
    if stats.refused > 0 {
        let lines = runtime.lines();
        assert!(lines.iter().any(|line| line.starts_with("ERROR tracing_audit")), "{lines:?}");
    }
    match guard.shutdown(Duration::from_secs(60)) {
        Ok(_) => say("shut down"),
        Err(error) => say(format_args!("not shut down: {}", chain(&error))),
    }
}

/// Emits event `n`, reports the result, and returns whether it was kept.
fn emit(from: &str, n: u64) -> bool {
    let now = || Timestamp::from(SystemTime::now()).unix_nanos();
    let before = now();
    let padding = padding(from, n);
    let result = audit!("a.b", resource.from = from, resource.n = n, resource.padding = padding).result();
    match &result {
        Ok(None) => panic!("the log is disabled"),
        Ok(Some(seq)) => say(format_args!("kept {from} {n} {seq}")),
        Err(error @ (AppendError::NoAuditLayer | AppendError::Violations { .. })) => {
            panic!("{}", chain(error))
        }
        Err(error) => say(format_args!("refused {from} {n} {before} {} {}", now(), chain(error))),
    }
    result.is_ok()
}
