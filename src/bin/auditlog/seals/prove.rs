//! `auditlog prove`

use super::proofs;
use crate::failure::Failure;
use crate::input::read_text;
use crate::terminal::escape::shown;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing_audit::read::{ProveError, prove, prove_consistency};
use tracing_audit::seal::SignedNote;

/// Proves that single records are in a log, to someone who may not see the rest
///
/// For each record two files are written: its line, and the proof (c2sp.org/tlog-proof); and beside them `keys.chain`, the
/// certificates of the keys that followed on the log's first one. `auditlog check-proof` checks them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 done; 3 there is no proof, or it could not be written.")]
pub(crate) struct Prove {
    /// The directory of the log
    dir: PathBuf,

    /// The numbers of the records
    #[arg(value_name = "SEQ", required_unless_present = "since")]
    seqs: Vec<u64>,

    /// The folder for the files, which is made if need be. Default: the proof of one record is printed
    #[arg(long, short, value_name = "FOLDER")]
    output: Option<PathBuf>,

    /// Prove instead that the log goes on from this checkpoint, a file: print the hashes of the consistency proof of RFC 6962
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seqs", "output"])]
    since: Option<PathBuf>,
}

impl Prove {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut out = std::io::stdout().lock();
        match (&self.since, &self.output, &self.seqs[..]) {
            (Some(file), _, _) => {
                let proof = prove_consistency(&self.dir, &checkpoint(file)?)?;
                proof.path.iter().try_for_each(|hash| writeln!(out, "{hash}"))?;
                write!(out, "\n{}", proof.checkpoint)?;
            }
            (None, Some(folder), seqs) => {
                for path in proofs::write_all(&self.dir, seqs, folder)? {
                    writeln!(out, "{}", shown(&path))?;
                }
            }
            (None, None, [seq]) => write!(out, "{}", prove(&self.dir, *seq)?)?,
            (None, None, _) => {
                let failure = Failure::new("the proofs of several records need a folder");
                return Err(failure.hint("Name one with --output."));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn checkpoint(file: &Path) -> Result<tracing_audit::seal::Checkpoint, Failure> {
    let wrong =
        |error: &dyn std::error::Error| Failure::new(format!("{} is no checkpoint: {error}", file.display()));
    let note = read_text(file, "a checkpoint")?.parse::<SignedNote>().map_err(|error| wrong(&error))?;
    note.text().parse().map_err(|error| wrong(&error))
}

impl From<ProveError> for Failure {
    fn from(error: ProveError) -> Failure {
        let hint = match error {
            ProveError::Read { source } => return Failure::from(source),
            ProveError::NotSealed { .. } => {
                "A record is sealed about a second after it was recorded. Those from before the log was sealed have no proof."
            }
            ProveError::NoCheckpoint { .. } => {
                "`auditlog verify` tells more. A log with `seal = false` has no proofs."
            }
            _ => "`auditlog verify` tells what of the log is missing or was changed.",
        };
        Failure::of(&error).hint(hint)
    }
}
