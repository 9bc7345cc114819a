//! Verifies an audit log as an auditor does, and proves that one record is in it.
//!
//! ```text
//! cargo run --example verify_and_prove -- DIRECTORY [KEY [CHECKPOINTS]]     verifies the log
//! cargo run --example verify_and_prove -- --prove SEQ DIRECTORY             prints a .tlog-proof
//! ```
//!
//! `KEY` is a file with the first key of the log (`seal/log.vkey` when the log was new), `CHECKPOINTS` one with
//! checkpoints that a mirror has received. Exit status: 0 intact, 1 tampered, 2 incomplete, 3 could not check.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use tracing_audit::read::{prove, verify};

fn main() -> ExitCode {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    let arguments = arguments.iter().map(String::as_str).collect::<Vec<_>>();
    let done = match arguments[..] {
        ["--prove", seq, dir] => print_proof(dir.as_ref(), seq),
        [dir] => check(dir.as_ref(), None, None),
        [dir, key] => check(dir.as_ref(), Some(key.as_ref()), None),
        [dir, key, checkpoints] => check(dir.as_ref(), Some(key.as_ref()), Some(checkpoints.as_ref())),
        _ => Err("usage: verify_and_prove DIRECTORY [KEY [CHECKPOINTS]], or --prove SEQ DIRECTORY".into()),
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(3)
    })
}

fn check(dir: &Path, key: Option<&Path>, checkpoints: Option<&Path>) -> Result<ExitCode, Box<dyn Error>> {
    // It is a copy: a private key has no place in it.
    let mut log = verify(dir).is_copy(!dir.join(".state/lock").exists());
    if let Some(path) = key {
        log = log.key(std::fs::read_to_string(path)?.trim_end().parse()?);
    }
    if let Some(path) = checkpoints {
        log = log.anchor(std::fs::read_to_string(path)?);
    }
    let verification = log.run()?;
    print!("{verification}");
    Ok(verification.status().code().into())
}

fn print_proof(dir: &Path, seq: &str) -> Result<ExitCode, Box<dyn Error>> {
    print!("{}", prove(dir, seq.parse()?)?);
    Ok(ExitCode::SUCCESS)
}
