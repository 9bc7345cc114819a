//! `auditlog recover`

use super::owner;
use crate::failure::Failure;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_audit::OpenError;

/// Writes what a dead process has accepted into the day files
///
/// For an application that does not start again; otherwise it does so itself. Old files are not removed, and nothing else is
/// recorded. Run as root, it does so as the owner of the directory.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 done, also if there was nothing to do; 3 it could not be done.")]
pub(crate) struct Recover {
    /// The directory of the log
    dir: PathBuf,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Recover {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        if let Some(status) = owner::run_as(&self.dir)? {
            return Ok(status);
        }
        let recovery = tracing_audit::recover(&self.dir).map_err(|error| {
            let hint = match error {
                OpenError::Locked { .. } => "The log is open: its application has recovered it already.",
                _ => "Nothing was changed.",
            };
            Failure::of(&error).hint(hint)
        })?;
        let mut out = std::io::stdout().lock();
        if self.json {
            let records = recovery.records.iter().map(ToString::to_string);
            let records =
                records.filter_map(|record| serde_json::from_str::<serde_json::Value>(&record).ok());
            let json = serde_json::json!({
                "version": 1, "from_intake": recovery.from_intake, "records": records.collect::<Vec<_>>(),
            });
            writeln!(out, "{json:#}")?;
        } else if recovery.records.is_empty() && recovery.from_intake == 0 {
            writeln!(out, "there was nothing to recover")?;
        } else {
            writeln!(out, "{} records were recovered", recovery.from_intake)?;
            recovery.records.iter().try_for_each(|record| writeln!(out, "appended: {record}"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
