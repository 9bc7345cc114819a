//! Keys and checkpoints as they are given in arguments.

use crate::failure::Failure;
use crate::input::read_text;
use std::path::{Path, PathBuf};
use tracing_audit::seal::{VerifierKey, WitnessKey};

/// The arguments of commands that verify: what is known of a log from elsewhere.
#[derive(Debug, clap::Args)]
pub(crate) struct FromElsewhere {
    /// The first key of the log, as you keep it elsewhere (a file, or the text NAME+HASH+KEY); may be given again
    #[arg(long, value_name = "KEY")]
    key: Vec<String>,

    /// The key of the log's signer, such as an HSM; may be given again
    #[arg(long, value_name = "KEY")]
    signer: Vec<String>,

    /// A file with checkpoints of the log from elsewhere: notes, records from a mirror, an OTLP export; may be given again
    #[arg(long, value_name = "FILE")]
    anchor: Vec<PathBuf>,

    /// The key of a witness, or a file with one in each line; may be given again
    #[arg(long, value_name = "KEY")]
    witness: Vec<String>,
}

/// What is known of a log from elsewhere.
pub(crate) struct Given {
    pub(crate) keys: Vec<VerifierKey>,
    pub(crate) signers: Vec<VerifierKey>,
    pub(crate) anchors: Vec<String>,
    pub(crate) witnesses: Vec<WitnessKey>,
}

impl FromElsewhere {
    /// Reads the keys and checkpoints.
    pub(crate) fn read(&self) -> Result<Given, Failure> {
        let keys = |given: &[String]| given.iter().map(|given| key(given)).collect::<Result<_, Failure>>();
        let anchors = self.anchor.iter().map(|file| read_text(file, "a checkpoint"));
        let witnesses = self.witness.iter().map(|given| witnesses(given));
        Ok(Given {
            keys: keys(&self.key)?,
            signers: keys(&self.signer)?,
            anchors: anchors.collect::<Result<_, Failure>>()?,
            witnesses: witnesses.collect::<Result<Vec<_>, Failure>>()?.concat(),
        })
    }
}

/// Reads a key: the text `NAME+HASH+KEY` itself, or the name of a file with it.
pub(crate) fn key(given: &str) -> Result<VerifierKey, Failure> {
    if let Ok(key) = given.parse() {
        return Ok(key);
    }
    let text = key_text(given)?;
    text.parse().map_err(|error| Failure::new(format!("{given} is not a key file: {error}")))
}

/// Reads the keys of witnesses: one as a text, or a file with one in each line.
fn witnesses(given: &str) -> Result<Vec<WitnessKey>, Failure> {
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
