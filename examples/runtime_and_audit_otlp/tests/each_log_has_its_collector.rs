//! Each log arrives at its own collector, and none of it at the other.

#[path = "../../../tests/support/collector/mod.rs"]
#[allow(dead_code, unreachable_pub)]
mod collector;
#[path = "../../../tests/support/dice.rs"]
#[allow(dead_code, unreachable_pub)]
mod dice;
#[path = "../../../tests/support/example.rs"]
#[allow(dead_code, unreachable_pub)]
mod example;

use collector::Collector;
use std::path::Path;

#[test]
fn runtime_and_audit_otlp() {
    let folder = tempfile::tempdir().unwrap();
    let (runtime, audit) = (Collector::start(), Collector::start());
    let endpoints = [runtime.address(), audit.address()];
    let endpoints = [endpoints[0].as_str(), endpoints[1].as_str()];
    let program = Path::new(env!("CARGO_BIN_EXE_runtime_and_audit_otlp"));
    let (stdout, _) = example::run(program, &endpoints, "info", folder.path());
    assert!(stdout.contains("all audit records are at"), "{stdout}");
    // Each on its side, and nothing on the other.
    audit.assert_complete(0..5);
    let state = runtime.state();
    assert_eq!(state.arrivals.len(), 0);
    let mut bodies = state.others.iter().map(|record| format!("{:?}", record.body)).collect::<Vec<_>>();
    // What the audit log itself says once.
    bodies.retain(|body| !body.contains("the key that seals the log was made"));
    assert_eq!(bodies.len(), 4, "{bodies:?}");
    assert_eq!(bodies.iter().filter(|body| body.contains("signing in")).count(), 2, "{bodies:?}");
    assert_eq!(bodies.iter().filter(|body| body.contains("answered")).count(), 2, "{bodies:?}");
}
