//! `cargo run --example quickstart`, the first command of the README, builds no heavy dependency.

use std::collections::BTreeSet;
use std::process::Command;

/// Crates that take long to build. What needs one is a member of the workspace, not a dev-dependency.
const HEAVY: &[&str] = &[
    "axum",
    "cc",
    "hyper",
    "jsonschema",
    "libsqlite3-sys",
    "opentelemetry",
    "opentelemetry-otlp",
    "opentelemetry-proto",
    "opentelemetry_sdk",
    "rcgen",
    "ring",
    "rusqlite",
    "rustls",
    "trybuild",
    "ureq",
];

/// The crates of the quickstart's build, and a few more. A new one is worth a thought: each costs every newcomer time.
const MOST: usize = 92;

#[test]
fn the_quickstart_needs_no_heavy_dependency() {
    let tree = ["tree", "--locked", "--offline", "--package", "tracing-audit"];
    let format = ["--edges", "normal,build,dev", "--prefix", "none", "--format", "{p}"];
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo.args(tree).args(format).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let crates = text.lines().filter_map(|line| line.split(' ').next()).collect::<BTreeSet<_>>();
    assert!(crates.contains("tracing-subscriber"), "{text}");
    let heavy = HEAVY.iter().filter(|name| crates.contains(*name)).collect::<Vec<_>>();
    assert!(heavy.is_empty(), "{heavy:?} would be built before the first example runs");
    assert!(crates.len() <= MOST, "{} crates: {crates:?}", crates.len());
}
