//! Runs the program of an example in a temporary folder of its own.

use std::path::Path;
use std::process::Command;

/// Returns the command, with the variables that set the temporary folder.
pub fn in_folder(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.envs([("TMPDIR", folder), ("TMP", folder), ("TEMP", folder)]);
    command
}

/// Runs the program and returns what it printed on stdout and stderr.
pub fn run(program: &Path, arguments: &[&str], rust_log: &str, folder: &Path) -> (String, String) {
    let mut command = in_folder(program, folder);
    let output = command.args(arguments).env("RUST_LOG", rust_log).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    (stdout, stderr)
}
