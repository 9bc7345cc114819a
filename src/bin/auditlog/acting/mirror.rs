//! `auditlog mirror`

use super::operator::{ASKED, operator, print_notes};
use crate::failure::Failure;
use crate::terminal::escape::escaped;
use clap::Subcommand;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tracing_audit::operate::{MirrorState, Operator};

/// Shows how far the mirrors of a log have come, and has one deliver records again
#[derive(Debug, clap::Args)]
pub(crate) struct Mirror {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Status(Status),
    Replay(Replay),
}

/// Shows how far each mirror has delivered, for the log's owner or root
///
/// While a process has the log open, that is what it has published; otherwise what is saved.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 done; 3 it could not be read.")]
struct Status {
    /// The directory of the log
    dir: PathBuf,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Has a mirror deliver the records from a number on again
///
/// The receiver gets these records twice, with the same numbers. While the application runs, it is asked to do so; otherwise the
/// mirror begins there when the application is started. The log records it.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("Exit status: 0 done; {ASKED}; 3 it could not be done."))]
struct Replay {
    /// The directory of the log
    dir: PathBuf,

    /// The name of the mirror, such as otlp
    name: String,

    /// The number of the first record to deliver again
    #[arg(long, value_name = "SEQ")]
    from: u64,

    /// How long to wait for the application
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = humantime::parse_duration)]
    wait: Duration,
}

impl Mirror {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        match self.command {
            Command::Status(status) => status.run(),
            Command::Replay(replay) => replay.run(),
        }
    }
}

impl Status {
    fn run(self) -> Result<ExitCode, Failure> {
        let mirrors = Operator::new(&self.dir).mirrors()?;
        let mut out = std::io::stdout().lock();
        if self.json {
            let mirrors = mirrors.iter().map(|mirror| {
                serde_json::json!({
                    "name": mirror.name,
                    "is_configured": mirror.is_configured,
                    "next_seq": mirror.next_seq,
                    "behind": mirror.behind,
                    "failing_since": mirror.failing_since.map(|since| since.to_string()),
                    "last_error": mirror.last_error,
                    "dead_letters": mirror.dead_letters,
                })
            });
            let json = serde_json::json!({ "version": 1, "mirrors": mirrors.collect::<Vec<_>>() });
            writeln!(out, "{json:#}")?;
            return Ok(ExitCode::SUCCESS);
        }
        if mirrors.is_empty() {
            writeln!(out, "the log has no mirrors")?;
        }
        for mirror in &mirrors {
            writeln!(out, "{}", line(mirror))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn line(mirror: &MirrorState) -> String {
    let mut line = escaped(&mirror.name).into_owned();
    line += &match mirror.next_seq.checked_sub(1) {
        Some(last) => format!("  delivered to record {last}, {} behind", mirror.behind),
        None => format!("  nothing is delivered yet, {} behind", mirror.behind),
    };
    if mirror.dead_letters > 0 {
        line += &format!("; {} in .state/dead_letters", mirror.dead_letters);
    }
    if !mirror.is_configured {
        line += "; the log has no such mirror any more";
    }
    if let Some(since) = mirror.failing_since {
        line += &format!("; failing since {since}");
    }
    if let Some(error) = &mirror.last_error {
        line += &format!(": {}", escaped(error));
    }
    line
}

impl Replay {
    fn run(self) -> Result<ExitCode, Failure> {
        let operator = match operator(&self.dir, self.wait)? {
            Ok(operator) => operator,
            Err(status) => return Ok(status),
        };
        let done = operator.replay(&self.name, self.from)?;
        let mut out = std::io::stdout().lock();
        let (from, name) = (self.from, escaped(&self.name));
        match done.seq {
            Some(before) => {
                writeln!(out, "{name} delivers records {from} to {} again", before.saturating_sub(1))?
            }
            None => writeln!(out, "{name} delivers from record {from} on again")?,
        }
        out.flush()?;
        print_notes(&done, false);
        Ok(ExitCode::SUCCESS)
    }
}
