//! Every example runs, in a folder of its own, and shows what it says it shows.

use std::path::Path;
use std::process::Command;

/// What the example prints on stdout and stderr.
fn run(example: &str, rust_log: &str, folder: &Path) -> (String, String) {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--all-features", "--example", example])
        .envs([("RUST_LOG", rust_log)])
        .envs([("TMPDIR", folder), ("TMP", folder), ("TEMP", folder)])
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{stdout}\n{stderr}");
    (stdout, stderr)
}

fn audit_lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("{\"_schema_version\":\"1\"")).collect()
}

#[test]
fn quickstart() {
    let folder = tempfile::tempdir().unwrap();
    for (rust_log, heard) in [("info", true), ("off", false)] {
        let (stdout, stderr) = run("quickstart", rust_log, folder.path());
        let lines = audit_lines(&stdout);
        assert_eq!(lines.len(), 3, "{stdout}");
        for (line, event) in lines.iter().zip(["provider.selected", "auth.failed", "settings.changed"]) {
            assert!(line.contains(&format!("\"event\":\"{event}\"")), "{line}");
        }
        assert!(stdout.contains("What to do next"), "{stdout}");
        assert_eq!(stderr.contains("the application has started"), heard, "{stderr}");
        assert!(!stderr.contains("bad password"), "{stderr}");
    }
}

#[test]
fn two_logs() {
    let folder = tempfile::tempdir().unwrap();
    let (stdout, _) = run("two_logs", "info", folder.path());
    let (runtime, audit) = stdout.split_once("audit log, ").unwrap();
    assert_eq!(runtime.matches("answered").count(), 2, "{runtime}");
    assert_eq!(runtime.matches("looking up").count(), 0, "{runtime}");
    assert!(!runtime.contains("auth.attempt"), "{runtime}");
    let events = |text: &str| {
        let lines = audit_lines(text).into_iter().map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].as_str().unwrap().to_owned()
        });
        lines.collect::<Vec<_>>()
    };
    let run_of_two = ["log.opened", "auth.attempt", "auth.attempt", "log.closed"];
    assert_eq!(events(audit), run_of_two);
    // Again, with the runtime log silenced: the audit log has it all the same.
    let (stdout, _) = run("two_logs", "off", folder.path());
    let (runtime, audit) = stdout.split_once("audit log, ").unwrap();
    assert_eq!(runtime.matches("answered").count(), 2, "nothing new: {runtime}");
    assert_eq!(events(audit), [run_of_two, run_of_two].concat());
}
