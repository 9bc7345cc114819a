//! `auditlog check-proof`

use super::given;
use crate::failure::{Failure, unless_unread};
use crate::input::read_text;
use crate::terminal::escape::escaped;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_audit::seal::{KeyChain, Proof};

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
        let (answer, status) = match self.check()? {
            Ok(checkpoint) => {
                let (size, origin) = (checkpoint.size, escaped(&checkpoint.origin));
                (format!("right: the line is leaf {} of the {size} of {origin}", checkpoint.index), 0)
            }
            Err(reason) => (format!("wrong: {}", escaped(&reason)), 1),
        };
        unless_unread(writeln!(std::io::stdout(), "{answer}"))?;
        Ok(ExitCode::from(status))
    }

    /// Returns where the line is, or why the proof does not show it.
    fn check(&self) -> Result<Result<Shown, String>, Failure> {
        let mut keys = KeyChain::new(given::key(&self.key)?);
        if let Some(path) = &self.keys
            && let Err(error) = keys.add(&read_text(path, "the certificates")?)
        {
            return Ok(Err(format!("{}: {error}", path.display())));
        }
        let proof = read_text(&self.proof, "the proof")?.parse::<Proof>();
        let line = std::fs::read(&self.line).map_err(|error| {
            Failure::new(format!("can't read the line in {}: {error}", self.line.display()))
        })?;
        let proof = match proof {
            Ok(proof) => proof,
            Err(error) => return Ok(Err(format!("{} is no proof: {error}", self.proof.display()))),
        };
        if let Err(error) = keys.checkpoint(&proof.checkpoint) {
            return Ok(Err(error.to_string()));
        }
        Ok(match proof.verify(&line, keys.keys()) {
            Ok(checkpoint) => {
                Ok(Shown { index: proof.index, size: checkpoint.size, origin: checkpoint.origin })
            }
            Err(error) => Err(error.to_string()),
        })
    }
}

/// Where a line is in a log.
struct Shown {
    index: u64,
    size: u64,
    origin: String,
}
