//! Keys and checkpoints as they are given in arguments.

use crate::failure::{Failure, read_text};
use std::path::{Path, PathBuf};
use tracing_audit::seal::{VerifierKey, WitnessKey};

/// Reads a key: the text `NAME+HASH+KEY` itself, or the name of a file with it.
pub(crate) fn key(given: &str) -> Result<VerifierKey, Failure> {
    if let Ok(key) = given.parse() {
        return Ok(key);
    }
    let text = key_text(given)?;
    text.parse().map_err(|error| Failure::new(format!("{given} is not a key file: {error}")))
}

/// Reads the keys of witnesses: one as a text, or a file with one in each line.
pub(crate) fn witnesses(given: &str) -> Result<Vec<WitnessKey>, Failure> {
    if let Ok(key) = given.parse() {
        return Ok(vec![key]);
    }
    let keys = WitnessKey::parse_all(&key_text(given)?);
    let keys =
        keys.map_err(|error| Failure::new(format!("{given} is not a file of witness keys: {error}")))?;
    if keys.is_empty() {
        return Err(Failure::new(format!("{given} has no key of a witness in it")));
    }
    Ok(keys)
}

fn key_text(given: &str) -> Result<String, Failure> {
    let hint = "A key is one line NAME+HASH+KEY, such as the file seal/log.vkey of a log; give the file or the line.";
    read_text(Path::new(given), "a key").map_err(|failure| failure.hint(hint))
}

/// Reads texts with checkpoints from elsewhere.
pub(crate) fn anchors(files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    files.iter().map(|file| read_text(file, "a checkpoint")).collect()
}
