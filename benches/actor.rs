//! What an actor of a scope adds to the time of a call: where, from where, for whom.
//!
//! Batches of calls outside of any scope and inside of one with all of an actor's keys take turns in one
//! thread, so that a busy minute of the machine affects both alike. The figure is the difference of the
//! medians, for each byte that the actor adds to the line. A full run fails if that is more than 0.3 ns.
//!
//! ```console
//! $ cargo bench --bench actor
//! $ cargo bench --bench actor -- --quick
//! ```

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tracing_audit::read::Reader;
use tracing_audit::{Actor, ActorKind, AuditLayer, audit};
use tracing_subscriber::prelude::*;

/// The calls of one batch: with so many, the clock's own time does not count.
const CALLS: usize = 64;

/// The time that a byte of the actor may take, in nanoseconds.
const LIMIT: f64 = 0.3;

fn emit() {
    audit!(
        "provider.selected",
        resource.provider_name = "whisper-cpp",
        resource.provider_kind = "stt",
        resource.endpoint_host = "127.0.0.1:8123",
        resource.strategy = "local-only",
        resource.attempt = 3,
    );
}

/// Returns the time of one call, in nanoseconds.
fn batch() -> f64 {
    let begun = Instant::now();
    (0..CALLS).for_each(|_| emit());
    begun.elapsed().as_nanos() as f64 / CALLS as f64
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    // `cargo test --benches` runs it, too.
    let rounds = if is_quick || cfg!(debug_assertions) { 200 } else { 5000 };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let dir = folder.path().join("audit");
    let (layer, guard) = AuditLayer::builder(&dir).open()?;
    tracing_subscriber::registry().with(layer).init();

    let whole = Actor::new()
        .user_id("0f8fad5b-d9cb-469f-a165-70867728950e")
        .kind(ActorKind::User)
        .tenant("acme-corporation")
        .address("203.113.113.117")
        .user_agent(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/5",
        );
    let (mut plain, mut scoped) = (Vec::new(), Vec::new());
    for round in 0..rounds + rounds / 10 {
        let times = [batch(), whole.scope(batch)];
        // The committer catches up.
        std::thread::sleep(Duration::from_micros(200));
        if round >= rounds / 10 {
            plain.push(times[0]);
            scoped.push(times[1]);
        }
    }
    guard.shutdown(Duration::from_secs(60))?;

    let records = Reader::open(&dir)?.records().take(2 * CALLS).collect::<Result<Vec<_>, _>>()?;
    let length = |has_actor: bool| {
        let mut records = records.iter().filter(|record| !record.event.starts_with("log."));
        records
            .find(|record| record.actor.user_id.is_some() == has_actor)
            .map(|record| record.to_string().len())
    };
    let bytes = length(true).zip(length(false)).map(|(with, without)| with - without).ok_or("no record")?;
    let (plain, scoped) = (median(&mut plain), median(&mut scoped));
    let each = (scoped - plain) / bytes as f64;
    println!(
        "call without an actor {plain:.0} ns, in a scope with one {scoped:.0} ns (medians of {rounds} batches)"
    );
    println!("the actor has {bytes} bytes: {each:.3} ns for each (at most {LIMIT})");
    let is_met = is_quick || cfg!(debug_assertions) || each <= LIMIT;
    Ok(if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
