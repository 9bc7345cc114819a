//! `auditlog prune`

use super::operator::{ASKED, operator, print_notes};
use super::plan;
use crate::failure::{Failure, unless_unread};
use crate::terminal::escape::escaped;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tracing_audit::operate::{Done, Operator, Pruning};

/// Removes day files that are older than the log's retention
///
/// The log does so by itself when it is opened and when a day begins. This is for pruning that a step of the clock has
/// suspended, and for a log whose application does not run any more. While the application runs, it is asked to do it. What was
/// removed is recorded.
#[derive(Debug, clap::Args)]
#[command(after_help = format!(
    "Exit status: 0 done, also if nothing was to be removed; 1 a part could not be removed; {ASKED}; 3 it could not be done."
))]
pub(crate) struct Prune {
    /// The directory of the log
    dir: PathBuf,

    /// Change nothing: print what would be removed, and what would be kept and why
    #[arg(long, short = 'n')]
    dry_run: bool,

    /// The system's clock is right: go on with pruning that a step of the clock has suspended
    #[arg(long)]
    trust_clock: bool,

    /// Remove only what is older than this, if the log keeps its files for fewer days; needed if no record says for how many
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    older_than: Option<u32>,

    /// Also remove day files that are not as they were when they were sealed; the log records in what they differ
    #[arg(long)]
    even_changed: bool,

    /// How long to wait for the application
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = humantime::parse_duration)]
    wait: Duration,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Prune {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let mut pruning = Pruning::new().trust_clock(self.trust_clock).even_changed(self.even_changed);
        if let Some(days) = self.older_than {
            pruning = pruning.older_than(days);
        }
        if self.dry_run {
            let planned = Operator::new(&self.dir).plan(pruning)?;
            if self.json {
                plan::print_json(&planned)?;
            } else {
                plan::print(&planned)?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let operator = match operator(&self.dir, self.wait)? {
            Ok(operator) => operator,
            Err(status) => return Ok(status),
        };
        let done = operator.prune(pruning)?;
        unless_unread(self.print(&done))?;
        print_notes(&done, false);
        Ok(ExitCode::from(u8::from(!done.failures.is_empty())))
    }

    fn print(&self, done: &Done) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            let json = serde_json::json!({
                "version": 1, "removed": done.removed, "failures": done.failures, "request": done.request,
            });
            writeln!(out, "{json:#}")?;
        } else if done.removed.is_empty() {
            writeln!(out, "nothing was to be removed")?;
        } else {
            done.removed.iter().try_for_each(|path| writeln!(out, "removed {}", escaped(path)))?;
        }
        out.flush()
    }
}
