//! Tests that run again as a child process: as another user, on a file system of their own, or to be
//! killed.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};

/// The id of the user `nobody`.
pub const NOBODY: u32 = 65534;

/// The variable that tells a test that it is the child process, with its argument.
const ARGUMENT: &str = "TRACING_AUDIT_CHILD";

pub fn child_argument() -> Option<PathBuf> {
    std::env::var_os(ARGUMENT).map(PathBuf::from)
}

/// Returns the name by which the test program knows a test: `actors::names_are_kept` for the function
/// `names_are_kept` of the module `actors`.
pub fn name_of<T>(_test: T) -> &'static str {
    let name = std::any::type_name::<T>();
    name.split_once("::").map_or(name, |(_program, name)| name)
}

/// Returns the command that runs this test as a child process with `argument`. The executable is copied to
/// `place`, where every user can run it.
pub fn child(test: &str, place: &Path, argument: &Path) -> Command {
    let executable = if cfg!(windows) { std::env::current_exe().unwrap() } else { place.join("test") };
    if !executable.exists() {
        // `cp` is another process: a child of another test could inherit a descriptor of this process that
        // is open for writing, and until it is closed the file can't be executed ("Text file busy").
        let copied = Command::new("cp").arg(std::env::current_exe().unwrap()).arg(&executable).status();
        assert!(copied.unwrap().success());
    }
    let mut command = Command::new(executable);
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(ARGUMENT, argument);
    command
}

/// Returns the lines that a child printed for its parent.
pub fn said(output: &Output) -> Vec<String> {
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
    stdout.lines().filter_map(|line| Some(line.split_once("child: ")?.1.to_owned())).collect()
}

pub fn say(text: impl std::fmt::Display) {
    println!("child: {text}");
}

/// Returns whether `Child::kill` ended the process.
pub fn was_killed(status: ExitStatus) -> bool {
    #[cfg(unix)]
    return std::os::unix::process::ExitStatusExt::signal(&status) == Some(9);
    // A failed test ends with another code.
    #[cfg(not(unix))]
    return status.code() == Some(1);
}

#[cfg(unix)]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Creates a folder that every user can enter.
pub fn open_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    folder
}

/// Returns `None`: this system has no tmpfs.
#[cfg(not(unix))]
pub fn on_a_tmpfs(_: &str, _: &Path, _: &str) -> Option<Output> {
    eprintln!("skipped: no tmpfs can be mounted here");
    None
}

/// Runs the child in its own mount namespace, where `folder/full` is a tmpfs with these options. Returns `None`
/// where that is not permitted.
#[cfg(unix)]
pub fn on_a_tmpfs(test: &str, folder: &Path, options: &str) -> Option<Output> {
    let mount = folder.join("full");
    std::fs::create_dir_all(&mount).unwrap();
    let script =
        format!("mount -t tmpfs -o {options} tmpfs '{}' || exit 99; exec \"$0\" \"$@\"", mount.display());
    let test = child(test, folder, &mount);
    let mut unshare = Command::new("unshare");
    unshare.args(if is_root() { &["-m"][..] } else { &["-r", "-m"] }).args(["sh", "-c", &script]);
    unshare.arg(test.get_program()).args(test.get_args()).env(ARGUMENT, &mount);
    match unshare.output() {
        Ok(output) if output.status.success() => Some(output),
        Ok(output) if output.status.code() != Some(99) && !output.stdout.is_empty() => Some(output),
        _ => {
            eprintln!("skipped: no tmpfs can be mounted here");
            None
        }
    }
}
