//! Becoming the owner of a log, so that root leaves no file in it that the application can't open.

use crate::failure::Failure;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

/// The variable that tells the command who has run it, before it became the owner.
const ASKED_BY: &str = "AUDITLOG_ASKED_BY";

/// As [`run_as`], unless a process has the log open: what is asked of that one is asked as root.
pub(crate) fn act_as(dir: &Path) -> Result<Option<ExitCode>, Failure> {
    Ok(act_as_with(dir, own_arguments())?.map(ExitCode::from))
}

/// As [`act_as`], with a command of these arguments. Returns its exit status.
pub(crate) fn act_as_with(dir: &Path, arguments: Vec<OsString>) -> Result<Option<u8>, Failure> {
    let has_writer = tracing_audit::read::Reader::open(dir).and_then(|reader| reader.has_writer());
    // What can't be read is an error of the act itself.
    if has_writer.unwrap_or(false) { Ok(None) } else { run_as_with(dir, arguments) }
}

/// Returns the user id of who has run the command, if it has become another one since.
pub(crate) fn asked_by() -> Option<u32> {
    std::env::var(ASKED_BY).ok()?.parse().ok()
}

/// If this process is root's, and the directory is not, runs the same command as the directory's owner, and returns its
/// exit status.
pub(crate) fn run_as(dir: &Path) -> Result<Option<ExitCode>, Failure> {
    Ok(run_as_with(dir, own_arguments())?.map(ExitCode::from))
}

fn own_arguments() -> Vec<OsString> {
    std::env::args_os().skip(1).collect()
}

#[cfg(unix)]
fn run_as_with(dir: &Path, arguments: Vec<OsString>) -> Result<Option<u8>, Failure> {
    use crate::terminal::escape::shown;
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;
    let fail = |what: &str, error: std::io::Error| Failure::new(format!("{what}: {error}"));
    let metadata = dir.metadata().map_err(|error| fail(&format!("can't read {}", shown(dir)), error))?;
    if !rustix::process::geteuid().is_root() || metadata.uid() == 0 {
        return Ok(None);
    }
    let program = std::env::current_exe().map_err(|error| fail("can't find this program", error))?;
    let mut command = std::process::Command::new(program);
    command.args(arguments).uid(metadata.uid()).gid(metadata.gid());
    command.env(ASKED_BY, rustix::process::getuid().as_raw().to_string());
    let status = command.status().map_err(|error| {
        let failure =
            fail(&format!("can't run as the owner of {}, uid {}", shown(dir), metadata.uid()), error);
        failure.hint("Put the program where every account can run it, such as /usr/local/bin.")
    })?;
    Ok(Some(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(Failure::STATUS)))
}

/// There is no such difference.
#[cfg(not(unix))]
fn run_as_with(_: &Path, _: Vec<OsString>) -> Result<Option<u8>, Failure> {
    Ok(None)
}
