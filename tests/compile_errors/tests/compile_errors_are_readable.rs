//! Misuse of the macros is a compile error with a readable message.
//!
//! The expected messages are in `tests/compile_errors/cases/*.stderr`. After a change of wording, run with
//! `TRYBUILD=overwrite` and read the difference. Compilers differ in their wording, so the messages are only
//! compared with the compiler that they were written with.

use std::process::Command;

const COMPILER: &str = "rustc 1.95.";

/// The variable whose flags win over those that `trybuild` gives to cargo.
const FLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";

/// The flags with which `trybuild` compiles the cases. It compiles what they depend on without the last one, so that
/// cargo would compile all of that once more for the cases.
const FLAGS_OF_CASES: [&str; 6] =
    ["--cfg", "trybuild", "--verbose", "-A", "dead_code", "--diagnostic-width=140"];

#[test]
fn compile_errors_are_readable() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = String::from_utf8(Command::new(rustc).arg("-V").output().unwrap().stdout).unwrap();
    if !version.starts_with(COMPILER) {
        eprintln!("skipped: {version} is not {COMPILER}x, with which the expected messages were written");
        return;
    }
    let flags = FLAGS_OF_CASES.join("\u{1f}");
    if std::env::var(FLAGS).is_ok_and(|set| set == flags) {
        let cases = trybuild::TestCases::new();
        return cases.compile_fail("cases/*.rs");
    }
    // Once more as a child process, since the variable is one of the process.
    let mut child = Command::new(std::env::current_exe().unwrap());
    let child = child.args(["--exact", "compile_errors_are_readable", "--nocapture"]).env(FLAGS, flags);
    let output = child.output().unwrap();
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "{text}");
}
