//! Why a command could not do its work.

use crate::terminal::escape::{escaped, shown};
use std::fmt;
use std::process::ExitCode;

/// An error as it is shown to the user of the command: what went wrong, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    is_broken_pipe: bool,
    status: u8,
}

impl Failure {
    /// The exit status of a command that could not do its work.
    pub(crate) const STATUS: u8 = 3;

    pub(crate) fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), hint: None, is_broken_pipe: false, status: Failure::STATUS }
    }

    /// Returns the failure for an error, with its causes.
    pub(crate) fn of(error: &dyn std::error::Error) -> Failure {
        let causes = std::iter::successors(error.source(), |error| error.source());
        let causes = causes.map(|cause| format!(": {cause}")).collect::<String>();
        Failure::new(format!("{error}{causes}"))
    }

    /// Sets what to do about it.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Failure {
        Failure { hint: Some(hint.into()), ..self }
    }

    /// Sets another exit status than [`STATUS`](Failure::STATUS).
    pub(crate) fn with_status(self, status: u8) -> Failure {
        Failure { status, ..self }
    }

    /// Prints it on standard error, and returns the exit status for it. If the reader of the output has gone,
    /// as `head` does, nothing is printed.
    pub(crate) fn report(&self) -> ExitCode {
        if self.is_broken_pipe {
            return ExitCode::SUCCESS;
        }
        let mut err = anstream::stderr().lock();
        let bold = anstyle::AnsiColor::Red.on_default().bold();
        // Standard error may be closed; the status tells the rest.
        let _ = self.write(&mut err, bold);
        ExitCode::from(self.status)
    }

    fn write(&self, out: &mut impl std::io::Write, bold: anstyle::Style) -> std::io::Result<()> {
        writeln!(out, "{bold}error:{bold:#} {}", escaped(&self.message))?;
        match &self.hint {
            Some(hint) => writeln!(out, "\n{hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<std::io::Error> for Failure {
    /// An error of standard output.
    fn from(error: std::io::Error) -> Failure {
        let is_broken_pipe = error.kind() == std::io::ErrorKind::BrokenPipe;
        Failure { is_broken_pipe, ..Failure::new(format!("can't write the output: {error}")) }
    }
}

/// Reads a small text file that was named in an argument.
pub(crate) fn read_text(path: &std::path::Path, what: &str) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::new(format!("can't read {what} in {}: {error}", shown(path))))
}
