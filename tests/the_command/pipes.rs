//! What the commands do where their output goes to a pipe.

use crate::{Ran, command, log_of_three_days, run};
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::Stdio;

/// Writes a day file that is larger than what a pipe and buffers hold.
fn large_log(dir: &Path) {
    std::fs::create_dir_all(dir).unwrap();
    let text = (0..20_000).map(|seq| format!(
        r#"{{"_schema_version":"1","ts":"2026-05-28T09:30:00.{seq:09}Z","event":"a.b","actor":{{"user_id":"ada"}},"resource":{{"k":"{}"}},"outcome":"success","seq":{seq}}}"#,
        "x".repeat(60)
    ) + "\n");
    std::fs::write(dir.join("audit-2026-05-28.log"), text.collect::<String>()).unwrap();
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    large_log(folder.path());
    let dir = folder.path().to_str().unwrap();
    for args in [
        &["query", dir][..],
        &["query", dir, "--format", "table"],
        &["query", dir, "--format", "csv"],
        &["export", dir, "--format", "ocsf"],
        &["tail", dir, "-n", "1000000"],
        &["tail", "-f", dir, "-n", "1000000"],
        // Nothing more is written, and it ends all the same.
        #[cfg(unix)]
        &["tail", "-f", dir, "-n", "1"],
    ] {
        let mut child = command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        drop(out);
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{args:?}: {err}");
        assert!(!line.is_empty() && err.is_empty(), "{args:?}: {line} {err}");
    }
}

#[test]
fn a_result_is_told_by_the_status_also_if_nobody_reads_the_output() {
    let log = log_of_three_days();
    let dir = log.dir();
    std::fs::remove_file(dir.join("audit-2026-05-29.log")).unwrap();
    let dir = dir.to_str().unwrap();
    for (args, status) in [
        (&["verify", dir][..], 1),
        (&["verify", dir, "--json"], 1),
        (&["health", dir], 2),
        (&["health", dir, "--json"], 2),
        (&["doctor", dir], 2),
    ] {
        let mut child = command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(status), "{args:?}");
    }
}

#[test]
fn colors_are_for_terminals_and_for_those_who_ask() {
    let log = log_of_three_days();
    let dir = log.dir();
    let dir = dir.to_str().unwrap();
    for args in [
        &["query", dir, "--format", "table", "--limit", "2"][..],
        &["tail", dir, "--format", "table"],
        &["stats", dir],
        &["verify", dir],
        &["query", "no-such-directory"],
    ] {
        let escapes = |ran: &Ran| ran.out.matches('\u{1b}').count() + ran.err.matches('\u{1b}').count();
        let plain = run(args);
        assert_eq!(escapes(&plain), 0, "{plain:?}");
        let mut asked = command(args);
        let asked = Ran::of(asked.args(["--color", "always"]).output().unwrap());
        assert!(escapes(&asked) > 0, "{args:?} {asked:?}");
        let mut never = command(args);
        let never = Ran::of(never.args(["--color", "never"]).env("CLICOLOR_FORCE", "1").output().unwrap());
        assert_eq!(escapes(&never), 0, "{never:?}");
        let mut no_color = command(args);
        assert_eq!(escapes(&Ran::of(no_color.env("NO_COLOR", "1").output().unwrap())), 0, "{args:?}");
    }
    // JSON lines are as they were written, whatever is asked for.
    let json = run(["query", dir, "--color", "always", "--format", "json"]);
    assert_eq!(json.out, run(["query", dir]).out);
}

/// A process that is killed, as by Ctrl-C, leaves nothing half-written.
#[cfg(target_os = "linux")]
#[test]
fn an_export_that_is_killed_leaves_nothing() {
    let (folder, output) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    large_log(folder.path());
    let (dir, path) = (folder.path().to_str().unwrap(), output.path().join("x.json"));
    std::fs::write(&path, "old").unwrap();
    let mut child = command(["export", dir, "--format", "ocsf", "-o", path.to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let names = output.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(names, ["x.json"]);
    // It was killed before it could have ended, or has ended.
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text == "old" || text.contains("export.ended"), "{}", text.len());
}
