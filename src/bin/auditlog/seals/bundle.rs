//! `auditlog bundle`

use crate::failure::Failure;
use crate::terminal::escape::{escaped, shown};
use crate::terminal::progress::Bytes;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_audit::read::{Bundle as Copy, BundleError};

/// Makes a consistent copy of a log, for an auditor or an archive: one file, also while the log is written
///
/// It has the day files, keys, seals and checkpoint, with a manifest and SHA256SUMS, and never a private key. `auditlog verify FILE`
/// verifies it as it is; `tar -xf FILE` unpacks it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 done; 3 it could not be made, and nothing is left of it.")]
pub(crate) struct Bundle {
    /// The directory of the log
    dir: PathBuf,

    /// The file to write, such as log.tar.zst; an older one is replaced
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,

    /// Leave out the day files of earlier days (UTC). `verify` reports each, with the exit status 2, unless it is given the same days:
    /// no key has signed that they were left out on purpose
    #[arg(long, value_name = "DAY")]
    from: Option<String>,

    /// Leave out the day files of later days (UTC)
    #[arg(long, value_name = "DAY")]
    to: Option<String>,

    /// A file with checkpoints of the log from elsewhere, to be added; may be given again
    #[arg(long, value_name = "FILE")]
    anchor: Vec<PathBuf>,

    /// Print the result as JSON
    #[arg(long, conflicts_with = "quiet")]
    json: bool,

    /// Print nothing
    #[arg(long, short)]
    quiet: bool,
}

/// The result as `--json` prints it.
#[derive(serde::Serialize)]
struct Json<'a> {
    version: u64,
    path: String,
    bytes: u64,
    sha256: &'a str,
    files: u64,
    left_out: u64,
    not_copied: Vec<&'a str>,
}

impl Bundle {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut bundle = Copy::of(&self.dir);
        if let Some(day) = &self.from {
            bundle = bundle.from(day);
        }
        if let Some(day) = &self.to {
            bundle = bundle.to(day);
        }
        bundle = self.anchor.iter().fold(bundle, Copy::anchor);
        let progress = Bytes::new("copying");
        let bundled = bundle.progress(progress.setter()).write(&self.output)?;
        drop(progress);
        let mut out = std::io::stdout().lock();
        if self.json {
            let json = Json {
                version: 1,
                path: self.output.display().to_string(),
                bytes: bundled.bytes,
                sha256: &bundled.sha256,
                files: bundled.files,
                left_out: bundled.left_out,
                not_copied: bundled.not_copied.iter().map(|(name, _)| name.as_str()).collect(),
            };
            serde_json::to_writer_pretty(&mut out, &json).map_err(std::io::Error::from)?;
            writeln!(out)?;
        } else if !self.quiet {
            // As `sha256sum` prints it.
            writeln!(out, "{}  {}", bundled.sha256, shown(&self.output))?;
        }
        if !self.quiet {
            let mut err = anstream::stderr().lock();
            for (name, reason) in &bundled.not_copied {
                writeln!(err, "warning: {} was not copied: {}", escaped(name), escaped(&reason.to_string()))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl From<BundleError> for Failure {
    fn from(error: BundleError) -> Failure {
        match error {
            BundleError::Read { source } => source.into(),
            BundleError::InLog { .. } => Failure::of(&error).hint("Name a file elsewhere with `--output`."),
            BundleError::Changed { .. } => {
                Failure::of(&error).hint("Try again; the log is being pruned or moved.")
            }
            _ => Failure::of(&error),
        }
    }
}
