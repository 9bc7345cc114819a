//! Why a command could not do its work.

use crate::terminal::escape::escaped;
use crate::terminal::wrap::wrapped;
use std::fmt;
use std::io;
use std::process::ExitCode;

/// An error as it is shown to the user of the command: what went wrong, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    /// Whether nothing is left to be said.
    is_told: bool,
    status: u8,
}

impl Failure {
    /// The exit status of a command that could not do its work.
    pub(crate) const STATUS: u8 = 3;

    pub(crate) fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), hint: None, is_told: false, status: Failure::STATUS }
    }

    /// Returns a failure with this exit status, of which another process has told already.
    pub(crate) fn told(status: u8) -> Failure {
        Failure { is_told: true, status, ..Failure::new("") }
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
        if !self.is_told {
            let mut err = anstream::stderr().lock();
            let bold = anstyle::AnsiColor::Red.on_default().bold();
            // Standard error may be closed; the status tells the rest.
            let _ = self.write(&mut err, bold);
        }
        ExitCode::from(self.status)
    }

    fn write(&self, out: &mut impl io::Write, bold: anstyle::Style) -> io::Result<()> {
        const WORD: &str = "error:";
        let message = escaped(&self.message);
        writeln!(out, "{bold}{WORD}{bold:#} {}", wrapped(&message, WORD.len() + 1))?;
        match &self.hint {
            Some(hint) => writeln!(out, "\n{}", wrapped(hint, 0)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<io::Error> for Failure {
    /// An error of standard output.
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::told(0),
            _ => Failure::new(format!("can't write the output: {error}")),
        }
    }
}

/// Returns the error of an output, unless its reader has gone: for a command whose exit status is its result.
pub(crate) fn unless_unread(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
