//! Misuse of the macros is a compile error with a readable message.
//!
//! The expected messages are in `tests/compile_errors/cases/*.stderr`. After a change of wording, run with
//! `TRYBUILD=overwrite` and read the difference. Compilers differ in their wording, so the messages are only
//! compared with the compiler that they were written with.

use std::process::Command;

const COMPILER: &str = "rustc 1.95.";

#[test]
fn compile_errors_are_readable() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = String::from_utf8(Command::new(rustc).arg("-V").output().unwrap().stdout).unwrap();
    if !version.starts_with(COMPILER) {
        eprintln!("skipped: {version} is not {COMPILER}x, with which the expected messages were written");
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("cases/*.rs");
}
