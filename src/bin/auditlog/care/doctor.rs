//! `auditlog doctor`

use super::health::print_json;
use crate::failure::{Failure, unless_unread};
use crate::terminal::escape::escaped;
use anstyle::AnsiColor;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_audit::read::{Check, CheckState, Health, health};

/// Looks at all that can be wrong with a log's directory, and says what to do
///
/// Run it as the log's owner or as root: `.state` is closed to others. It changes nothing; the lock is taken for an instant.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 nothing is to be done; 1 warning; 2 critical; 3 something could not be looked at."
)]
pub(crate) struct Doctor {
    /// The directory of the log
    dir: PathBuf,

    /// Print all checks, also those with nothing to tell
    #[arg(long, short)]
    all: bool,

    /// Print all checks as JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let found = health(&self.dir).thorough(true).run();
        unless_unread(if self.json { print_json(&found) } else { self.print(&found) })?;
        Ok(ExitCode::from(found.state().code()))
    }

    fn print(&self, found: &Health) -> std::io::Result<()> {
        let mut out = anstream::stdout().lock();
        let mut checks = found.checks().iter().collect::<Vec<_>>();
        checks.sort_by_key(|check| std::cmp::Reverse(check.state));
        for check in checks.into_iter().filter(|check| self.all || check.state != CheckState::Ok) {
            let style = match check.state {
                CheckState::Ok => AnsiColor::Green.on_default(),
                CheckState::Critical => AnsiColor::Red.on_default().bold(),
                _ => AnsiColor::Yellow.on_default(),
            };
            let detail = escaped(&check.detail);
            writeln!(out, "{style}{}{style:#} {}: {detail}", check.state, check.name)?;
            if let Some(advice) = advice(check).filter(|_| check.state != CheckState::Ok) {
                writeln!(out, "    {advice}")?;
            }
        }
        if found.state() == CheckState::Ok {
            writeln!(out, "nothing is to be done: {} checks", found.checks().len())?;
        }
        out.flush()
    }
}

/// Returns what to do about a check that is not in order.
fn advice(check: &Check) -> Option<&'static str> {
    let name = check.name.split(':').next().unwrap_or_default();
    Some(match (name, check.state) {
        ("directory", _) => {
            "Name the directory that the application writes to; restore `.state` with the day files, from one backup."
        }
        ("writer", CheckState::Critical) => {
            "Start the application again, or run `auditlog recover` for one that does not come back."
        }
        ("writer", _) => "Run this on the machine, and in the container, of the application.",
        ("events", _) => {
            "Make room or repair the disk; `auditlog query DIR --event log.gap` shows when events were refused."
        }
        ("records" | "intake", _) => {
            "Look at the disk: it is too slow, full or failing. The application's runtime log has the error."
        }
        ("pruning", _) => "Make sure that the clock is right; then run `auditlog prune DIR --trust-clock`.",
        ("runtime_log", _) => "docs/operations.md explains each message, and what to do about it.",
        ("mirror", _) => {
            "Look at the receiver. Nothing is lost: what it has not acknowledged is in the day files."
        }
        ("sealing", _) => "Look at the key (`seal_key`) and the disk; records are written all the same.",
        ("verification" | "seals", _) => {
            "Run `auditlog verify DIR`, and keep a copy of the directory as it is."
        }
        ("disk", _) => "Make room on the disk, or shorten `retention_days`. Delete no day file by hand.",
        ("day_files", _) => {
            "Find out who has removed it; look into backups. The next start of the application lists what is lost."
        }
        ("hold", _) => "Nothing, as long as it is needed; then `auditlog release DIR`.",
        ("access" | "modes", _) => "chmod 0750 (or 0700) DIR, 0640 (or 0600) for day files, 0700 for .state.",
        ("owners", _) => {
            "chown the files to the directory's owner. Do not run the application, or commands that write, as root."
        }
        ("key", CheckState::Warning) => {
            "Set `seal_key` to a place that backups and auditors do not see, and leave .state/seal.key out of copies."
        }
        ("key" | "set_aside" | "pending" | "lock", CheckState::Unknown) => {
            "Run this as the log's owner or as root."
        }
        ("clock", _) => "Look at the clock of this machine, and at NTP.",
        ("set_aside", _) => {
            "Look at it, and at the records log.recovered, log.file_altered and log.mirror_failed of that time. It goes with its day."
        }
        ("pending", _) => "Start the application again, or run `auditlog recover DIR`.",
        ("lock", _) => "The application holds a layer or handle after it has shut down its guard.",
        _ => return None,
    })
}
