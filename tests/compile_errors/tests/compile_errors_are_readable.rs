//! What does not compile, and what the compiler says about it. The expectations
//! are in `tests/compile_errors/cases/*.stderr`; after a change of wording, run with
//! `TRYBUILD=overwrite` and read the difference. Every compiler words its errors a
//! little differently: they are compared with the one they were written down with.

use std::process::Command;

const COMPILER: &str = "rustc 1.95.";

#[test]
fn compile_errors_are_readable() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = String::from_utf8(Command::new(rustc).arg("-V").output().unwrap().stdout).unwrap();
    if !version.starts_with(COMPILER) {
        eprintln!("skipped: {version} is not {COMPILER}x, which the expectations were written down with");
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("cases/*.rs");
}
