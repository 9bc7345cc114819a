//! `auditlog health`

use super::prometheus;
use crate::failure::{Failure, unless_unread};
use crate::terminal::escape::escaped;
use anstyle::AnsiColor;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tracing_audit::read::{CheckState, Health as Found, health};

/// Tells whether a log is healthy, for monitoring
///
/// The writer publishes its state in the log's status.json; the disk, the day files and the seals are looked at. Nothing is locked, and no
/// day file is read whole.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit status, as monitoring plugins have it: 0 all is well; 1 warning; 2 critical; 3 it could not be found out.")]
pub(crate) struct Health {
    /// The directory of the log
    dir: PathBuf,

    /// It is critical if no process writes the log, also if it was closed as it should
    #[arg(long)]
    expect_writer: bool,

    /// How long a record may wait for a mirror before that is critical
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = humantime::parse_duration)]
    max_mirror_lag: Duration,

    /// For how long an error is told after it has happened
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = humantime::parse_duration)]
    recent: Duration,

    /// Print all checks as JSON, with what the writer has published
    #[arg(long)]
    json: bool,

    /// Write metrics to FILE, for node_exporter's textfile collector; it is replaced atomically. Nothing is printed
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    prometheus: Option<PathBuf>,
}

impl Health {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let found = health(&self.dir)
            .expects_writer(self.expect_writer)
            .max_mirror_lag(self.max_mirror_lag)
            .recent(self.recent)
            .run();
        if let Some(file) = &self.prometheus {
            prometheus::write(&found, &self.dir, file)?;
        } else if self.json {
            unless_unread(print_json(&found))?;
        } else {
            unless_unread(print(&found))?;
        }
        Ok(ExitCode::from(found.state().code()))
    }
}

/// Prints all checks as JSON.
pub(super) fn print_json(found: &Found) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, found).map_err(std::io::Error::from)?;
    writeln!(out)
}

/// Prints the state in a line, and then each check, the worst first.
fn print(found: &Found) -> std::io::Result<()> {
    let mut out = anstream::stdout().lock();
    let color = |state| match state {
        CheckState::Ok => AnsiColor::Green.on_default(),
        CheckState::Critical => AnsiColor::Red.on_default().bold(),
        _ => AnsiColor::Yellow.on_default(),
    };
    let mut checks = found.checks().iter().collect::<Vec<_>>();
    checks.sort_by_key(|check| std::cmp::Reverse(check.state));
    let state = found.state();
    let bad = checks.iter().filter(|check| check.state != CheckState::Ok).map(|check| check.name.as_str());
    let bad = bad.collect::<Vec<_>>();
    let style = color(state);
    match &bad[..] {
        [] => writeln!(out, "AUDITLOG {style}{state}{style:#} - {} checks", checks.len())?,
        bad => writeln!(out, "AUDITLOG {style}{state}{style:#} - {}", bad.join(", "))?,
    }
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
    for check in checks {
        let style = color(check.state);
        let detail = escaped(&check.detail);
        writeln!(out, "{style}{:8}{style:#}  {:width$}  {detail}", check.state.as_str(), check.name)?;
    }
    out.flush()
}
