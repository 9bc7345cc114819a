//! `auditlog hold` and `auditlog release`

use super::owner;
use crate::failure::Failure;
use crate::output::new_file;
use crate::terminal::escape::shown;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::SystemTime;
use tracing_audit::record::Timestamp;

/// The name that is a legal hold.
const HOLD: &str = "HOLD";

/// Sets a legal hold: nothing is pruned until it is released
///
/// The file HOLD is made in the directory, with the time and the reason in it. The log records `log.hold_set`: within a second while
/// there are events, else with the next one, or when it is opened.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 there is a hold now, also if there was one; 3 it could not be set.")]
pub(crate) struct Hold {
    /// The directory of the log
    dir: PathBuf,

    /// Why, such as the number of the case; it is written into the file HOLD, and not into the log
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

impl Hold {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let path = hold_of(&self.dir)?;
        // A file of root's would not be the log's own.
        if let Some(status) = owner::run_as(&self.dir)? {
            return Ok(status);
        }
        let mut out = io::stdout().lock();
        if path.symlink_metadata().is_ok() {
            writeln!(out, "{} is there already", shown(&path))?;
            return Ok(ExitCode::SUCCESS);
        }
        let text = format!(
            "set {} {}\n",
            Timestamp::from(SystemTime::now()),
            self.reason.replace(char::is_control, " ")
        );
        new_file(&path, text.as_bytes())?;
        writeln!(out, "{}", shown(&path))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Releases a legal hold
///
/// The file HOLD is removed. The log records `log.hold_released`, and prunes what is old when the next day begins, or when it is
/// opened.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 there is no hold now; 3 it could not be released.")]
pub(crate) struct Release {
    /// The directory of the log
    dir: PathBuf,
}

impl Release {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let path = hold_of(&self.dir)?;
        // A file of root's would not be the log's own.
        if let Some(status) = owner::run_as(&self.dir)? {
            return Ok(status);
        }
        let mut out = io::stdout().lock();
        match std::fs::remove_file(&path) {
            Ok(()) => writeln!(out, "{} is removed", shown(&path))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => writeln!(out, "there was no hold")?,
            Err(error) => {
                let failure = Failure::new(format!("can't remove {}: {error}", path.display()));
                return Err(failure.hint(
                    "Run this as the log's owner, or remove it by hand: whatever has this name is a hold.",
                ));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the path of the hold in the directory of a log.
fn hold_of(dir: &Path) -> Result<PathBuf, Failure> {
    // A hold in another place would hold nothing.
    match dir.join(".state").metadata() {
        Ok(_) => Ok(dir.join(HOLD)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let failure =
                Failure::new(format!("{} is not the directory of a log: it has no .state", shown(dir)));
            Err(failure.hint("Name the directory that the application writes to."))
        }
        Err(error) => Err(Failure::new(format!("can't read {}: {error}", shown(dir)))
            .hint("Run this as the log's owner or as root.")),
    }
}
