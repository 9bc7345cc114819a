//! What the commands that change something have in common.

use crate::care::owner;
use crate::failure::Failure;
use crate::terminal::escape::escaped;
use crate::terminal::wrap::wrapped;
use anstyle::AnsiColor;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tracing_audit::operate::{Done, OperateError, Operator};

/// What the help of these commands says of their exit status.
pub(super) const ASKED: &str = "2 asked, not yet done: the application does it as soon as it can";

/// Returns who acts on the log, or the exit status of the log's owner, as whom the command has run.
pub(super) fn operator(dir: &Path, wait: Duration) -> Result<Result<Operator, ExitCode>, Failure> {
    if let Some(status) = owner::act_as(dir)? {
        return Ok(Err(status));
    }
    let operator = Operator::new(dir).wait(wait);
    Ok(Ok(match owner::asked_by() {
        Some(uid) => operator.asked_by(uid),
        None => operator,
    }))
}

/// Prints what is to be known besides the result.
pub(super) fn print_notes(done: &Done, is_quiet: bool) {
    for violation in done.violations.iter().filter(|_| !is_quiet) {
        note("warning", &format!("the event is flagged: {violation}"));
    }
    for failure in &done.failures {
        note("warning", failure);
    }
    for warning in done.warnings.iter().filter(|_| !is_quiet) {
        note("note", warning);
    }
}

fn note(word: &str, text: &str) {
    let color = if word == "note" { AnsiColor::Cyan } else { AnsiColor::Yellow };
    let style = color.on_default().bold();
    // Standard error may be closed; the status tells of failures.
    let text = escaped(text);
    let _ = writeln!(anstream::stderr(), "{style}{word}:{style:#} {}", wrapped(&text, word.len() + 2));
}

impl From<OperateError> for Failure {
    fn from(error: OperateError) -> Failure {
        let failure = Failure::of(&error);
        match &error {
            OperateError::NotYet { .. } => failure.with_status(2).hint(
                "It is not lost: the request stays in .state/requests until it is done. `auditlog health DIR` tells whether the \
                 application runs; an application of an early build takes up no requests, and has to be started again.",
            ),
            OperateError::NoRetention { .. } => failure.hint(
                "Say it with `--older-than DAYS`: 365 keeps the files of the last 365 days. Start the application once with this build, and \
                 its records will say it.",
            ),
            OperateError::Ask { source, .. } if source.kind() == std::io::ErrorKind::NotFound => failure.hint(
                "The application was built with an early version, which takes no requests: do it in the application, or stop it first.",
            ),
            OperateError::File { source, .. } | OperateError::Ask { source, .. }
                if source.kind() == std::io::ErrorKind::PermissionDenied =>
            {
                failure.hint("Run this as the log's owner or as root: `.state` is closed to others.")
            }
            OperateError::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                failure.hint("Name the directory that the application writes to; a copy of a log has no `.state`.")
            }
            OperateError::Open { .. } => failure.hint(
                "Nothing was changed. `auditlog doctor DIR` looks at all that can be wrong with the directory.",
            ),
            _ => failure,
        }
    }
}
