//! `auditlog eventlog`

use crate::failure::Failure;
use crate::terminal::escape::escaped;
use clap::Subcommand;
use std::io::Write as _;
use std::process::ExitCode;
use tracing_audit::event_log::{self, EventLogError, SourceStatus};

/// Registers the source under which records appear in the Windows Event Log
#[derive(Debug, clap::Args)]
pub(crate) struct EventLog {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Registers a source, as an administrator
    Install(Source),
    /// Removes a source that was registered so, as an administrator
    Remove(Source),
    /// Tells whether a source is registered
    Status(Source),
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 done, or registered; 1 status: not registered, or not as it should be; 3 it could not be done, such \
                  as on another system than Windows."
)]
struct Source {
    /// The name of the source: the setting `event_log_source`
    name: String,
}

impl EventLog {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let (Command::Install(Source { name })
        | Command::Remove(Source { name })
        | Command::Status(Source { name })) = &self.command;
        let status = event_log::source_status(name)?;
        if status == SourceStatus::NotSupported {
            let failure = Failure::new("this system has no Windows Event Log");
            return Err(
                failure.hint("Run this on the Windows machine of the application, as an administrator.")
            );
        }
        let mut out = std::io::stdout().lock();
        let shown = escaped(name);
        match &self.command {
            Command::Install(_) => {
                event_log::install_source(name)?;
                writeln!(out, "{shown} is registered")?;
            }
            Command::Remove(_) => {
                event_log::remove_source(name)?;
                writeln!(out, "{shown} is not registered any more")?;
            }
            Command::Status(_) => {
                let is_registered = status == SourceStatus::Registered;
                match status {
                    SourceStatus::Registered => writeln!(out, "{shown} is registered")?,
                    SourceStatus::NotRegistered => writeln!(out, "{shown} is not registered")?,
                    SourceStatus::Incomplete => {
                        writeln!(
                            out,
                            "{shown} is registered in part; `auditlog eventlog install` completes it"
                        )?;
                    }
                    SourceStatus::Foreign { is } => {
                        writeln!(out, "{shown} is the source of another program: {}", escaped(&is))?;
                    }
                    _ => writeln!(out, "{shown} is something else")?,
                }
                return Ok(ExitCode::from(u8::from(!is_registered)));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl From<EventLogError> for Failure {
    fn from(error: EventLogError) -> Failure {
        let failure = Failure::of(&error);
        match error {
            EventLogError::AccessDenied { .. } => {
                failure.hint("Open a terminal with \"Run as administrator\", and run it there.")
            }
            EventLogError::Taken { .. } | EventLogError::Name { .. } => failure.hint("Choose another name."),
            _ => failure,
        }
    }
}
