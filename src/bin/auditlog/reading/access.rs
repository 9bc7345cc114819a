//! `--record-access`: recording in another log that records are read, before any of them is shown.

use crate::failure::Failure;
use crate::terminal::escape::shown;
use std::path::{Path, PathBuf};
use tracing_audit::operate::{Access, Operator};

/// The argument of commands that show records.
#[derive(Debug, clap::Args)]
pub(crate) struct RecordAccess {
    /// Record in this other log (`log.read`) who reads which records, before any of them is shown; if that fails, none is
    #[arg(long = "record-access", value_name = "JOURNAL")]
    journal: Option<PathBuf>,
}

impl RecordAccess {
    /// Returns whether it is to be recorded.
    pub(crate) fn is_wanted(&self) -> bool {
        self.journal.is_some()
    }

    /// Records that a command reads so many records of these directories, if that is wanted. It is on disk when this
    /// returns, and only then anything may be shown.
    pub(crate) fn record(
        &self,
        command: &str,
        dirs: &[PathBuf],
        records: Option<u64>,
    ) -> Result<(), Failure> {
        let Some(journal) = &self.journal else {
            return Ok(());
        };
        let fail = |reason: &str| {
            let failure = Failure::new(format!("nothing is shown: {reason}"));
            failure.hint("--record-access names the directory of a log of those who read, which exists and may be written to.")
        };
        let place = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if let Some(dir) = dirs.iter().find(|dir| place(dir) == place(journal)) {
            return Err(fail(&format!("{} is the log that is read", shown(dir))));
        }
        let mut access = Access::new(command);
        if let Some(user) = user() {
            access = access.user(user);
        }
        // What is searched for, and where.
        for argument in std::env::args_os().skip(2) {
            access = access.argument(argument.to_string_lossy());
        }
        access = dirs.iter().fold(access, Access::directory);
        access = records.into_iter().fold(access, Access::records);
        let done = Operator::new(journal).record_access(access);
        match done {
            Ok(done) if done.failures.is_empty() => Ok(()),
            Ok(done) => Err(fail(&format!("it could not be recorded: {}", done.failures.join("; ")))),
            Err(error) => {
                let reason = Failure::of(&error).to_string();
                Err(fail(&format!("it could not be recorded in {}: {reason}", shown(journal))))
            }
        }
    }
}

/// Returns the name of the account that runs the command, if it is in the list of accounts.
#[cfg(unix)]
fn user() -> Option<String> {
    let uid = rustix::process::getuid().as_raw().to_string();
    let accounts = std::fs::read("/etc/passwd").ok()?;
    let accounts = String::from_utf8_lossy(&accounts);
    // NAME:PASSWORD:UID:GID:…
    let account = accounts.lines().find(|line| line.split(':').nth(2) == Some(&uid))?;
    account.split(':').next().map(str::to_owned)
}

#[cfg(not(unix))]
fn user() -> Option<String> {
    std::env::var("USERNAME").ok()
}
