//! `auditlog check-proof`

use super::given;
use crate::failure::{Failure, read_text};
use crate::terminal::escape::{escaped, shown};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_audit::seal::{KeyChain, Proof, ProofError};

/// Checks the proof that one line is in a log
///
/// Offline, and without the log.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status: 0 the line is in the log; 1 the proof does not show it; 3 a file could not be read.")]
pub(crate) struct CheckProof {
    /// The proof, a file SEQ.tlog-proof
    proof: PathBuf,

    /// The line, a file SEQ.json
    line: PathBuf,

    /// The first key of the log, as you keep it (a file, or the text NAME+HASH+KEY)
    #[arg(long, value_name = "KEY")]
    key: String,

    /// The certificates of the keys that followed, as `auditlog prove` writes them
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
}

impl CheckProof {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut keys = KeyChain::new(given::key(&self.key)?);
        let mut out = std::io::stdout().lock();
        if let Some(path) = &self.keys {
            let certificates = read_text(path, "the certificates")?;
            if let Err(error) = keys.add(&certificates) {
                writeln!(out, "wrong: {}: {}", shown(path), escaped(&error.to_string()))?;
                return Ok(ExitCode::from(1));
            }
        }
        let proof = read_text(&self.proof, "the proof")?.parse::<Proof>();
        let line = std::fs::read(&self.line).map_err(|error| {
            Failure::new(format!("can't read the line in {}: {error}", self.line.display()))
        })?;
        let proof = match proof {
            Ok(proof) => proof,
            Err(error) => {
                writeln!(out, "wrong: {} is no proof: {}", shown(&self.proof), escaped(&error.to_string()))?;
                return Ok(ExitCode::from(1));
            }
        };
        let checked = keys.checkpoint(&proof.checkpoint).map_err(|error| error.to_string());
        let checked = checked
            .and_then(|_| proof.verify(&line, keys.keys()).map_err(|error: ProofError| error.to_string()));
        match checked {
            Ok(checkpoint) => {
                let index = proof.index;
                writeln!(
                    out,
                    "right: the line is leaf {index} of the {} of {}",
                    checkpoint.size, checkpoint.origin
                )?;
                Ok(ExitCode::SUCCESS)
            }
            Err(reason) => {
                writeln!(out, "wrong: {reason}")?;
                Ok(ExitCode::from(1))
            }
        }
    }
}
