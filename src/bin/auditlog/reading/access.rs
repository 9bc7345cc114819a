//! `--record-access`: recording in another log that records are read, before any of them is shown.

use crate::care::owner;
use crate::failure::Failure;
use crate::terminal::escape::shown;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
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
        let place = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if let Some(dir) = dirs.iter().find(|dir| place(dir) == place(journal)) {
            return Err(nothing_is_shown(&format!("{} is the log that is read", shown(dir))));
        }
        let reading = Reading {
            journal: journal.clone(),
            command: command.to_owned(),
            user: user(),
            directory: dirs.to_vec(),
            records,
            // What is searched for, and where.
            arguments: std::env::args_os().skip(2).collect(),
        };
        // A file of root's would not be the log's own.
        match owner::act_as_with(journal, reading.as_arguments()) {
            Ok(Some(0)) => Ok(()),
            Ok(Some(status)) => Err(Failure::told(status)),
            Ok(None) => reading.record(),
            Err(failure) => Err(nothing_is_shown(&failure.to_string())),
        }
    }
}

/// Records that a command of another account reads records: what root runs as the owner of the log in which it is recorded
#[derive(Debug, clap::Args)]
pub(crate) struct Reading {
    /// The directory of the log in which it is recorded
    journal: PathBuf,

    #[arg(long)]
    command: String,

    #[arg(long)]
    user: Option<String>,

    #[arg(long)]
    directory: Vec<PathBuf>,

    #[arg(long)]
    records: Option<u64>,

    #[arg(last = true)]
    arguments: Vec<OsString>,
}

impl Reading {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        self.record().map(|()| ExitCode::SUCCESS)
    }

    /// Returns the arguments from which this is parsed again.
    fn as_arguments(&self) -> Vec<OsString> {
        let mut all: Vec<OsString> = vec!["record-access".into(), self.journal.clone().into()];
        all.extend(["--command".into(), self.command.clone().into()]);
        all.extend(self.user.iter().flat_map(|user| ["--user".into(), user.into()]));
        all.extend(self.directory.iter().flat_map(|dir| ["--directory".into(), dir.into()]));
        all.extend(self.records.iter().flat_map(|records| ["--records".into(), records.to_string().into()]));
        all.push("--".into());
        all.extend(self.arguments.iter().cloned());
        all
    }

    fn record(&self) -> Result<(), Failure> {
        let mut access = Access::new(&self.command);
        access = self.user.iter().fold(access, Access::user);
        for argument in &self.arguments {
            access = access.argument(argument.to_string_lossy());
        }
        access = self.directory.iter().fold(access, Access::directory);
        access = self.records.into_iter().fold(access, Access::records);
        let operator = Operator::new(&self.journal);
        let operator = match owner::asked_by() {
            Some(uid) => operator.asked_by(uid),
            None => operator,
        };
        match operator.record_access(access) {
            Ok(done) if done.failures.is_empty() => Ok(()),
            Ok(done) => {
                Err(nothing_is_shown(&format!("it could not be recorded: {}", done.failures.join("; "))))
            }
            Err(error) => {
                let reason = Failure::of(&error).to_string();
                Err(nothing_is_shown(&format!(
                    "it could not be recorded in {}: {reason}",
                    shown(&self.journal)
                )))
            }
        }
    }
}

fn nothing_is_shown(reason: &str) -> Failure {
    Failure::new(format!("nothing is shown: {reason}")).hint(
        "--record-access names the directory of a log of those who read, which exists and may be written to.",
    )
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
