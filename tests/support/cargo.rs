//! Calls of cargo within a test.

use std::process::Command;

/// Returns cargo, as if called outside of a test. Cargo tells a test its package in variables; a build script that reads
/// them, such as that of `ring`, would run again, and all that depends on it would be compiled once more.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars_os() {
        let is_of_package = name
            .to_str()
            .is_some_and(|name| ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|it| name.starts_with(it)));
        if is_of_package {
            cargo.env_remove(name);
        }
    }
    cargo
}
