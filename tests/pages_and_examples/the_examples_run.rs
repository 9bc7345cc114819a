//! Every example of the library's package runs and prints what it promises. Those that are crates of their own have a
//! test each, in their `tests` folder.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The folder of the built examples. Cargo builds them as it does for
/// `cargo test --workspace --all-features`, so that nothing is built twice; where there is no
/// cargo, `BUILT_EXAMPLES` names the folder (`.ci/windows`).
static EXAMPLES: LazyLock<PathBuf> = LazyLock::new(|| {
    if let Some(folder) = std::env::var_os("BUILT_EXAMPLES") {
        return folder.into();
    }
    let build =
        ["build", "--quiet", "--workspace", "--all-features", "--examples", "--message-format", "json"];
    let output = crate::support::cargo::cargo().args(build).output().unwrap();
    let (messages, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{errors}");
    let mut messages = messages.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let built = messages.find_map(|message| {
        let is_example = message["target"]["kind"][0] == "example";
        is_example.then(|| PathBuf::from(message["executable"].as_str().unwrap()))
    });
    built.unwrap().parent().unwrap().to_owned()
});

/// Runs an example and returns what it printed on stdout and stderr.
fn run(name: &str, rust_log: &str, folder: &Path) -> (String, String) {
    run_with(name, &[], rust_log, folder)
}

/// The same, with arguments.
fn run_with(name: &str, arguments: &[&str], rust_log: &str, folder: &Path) -> (String, String) {
    let program = EXAMPLES.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    crate::support::example::run(&program, arguments, rust_log, folder)
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
fn own_catalog() {
    let folder = tempfile::tempdir().unwrap();
    let (stdout, stderr) = run("own_catalog", "info", folder.path());
    let lines = audit_lines(&stdout);
    assert_eq!(lines.len(), 4, "{stdout}");
    assert!(
        lines[3].contains(r#""_violations":["`number` should be a string","`cents` is missing"]"#),
        "{stdout}"
    );
    assert!(stdout.contains("record 4 violates the catalog"), "{stdout}");
    assert_eq!(stderr.matches("was recorded, but").count(), 1, "{stderr}");
    if std::env::var_os("BUILT_EXAMPLES").is_some() {
        return;
    }
    // Its own tests compare its document with its code.
    let tests = ["test", "--quiet", "--workspace", "--all-features", "--example", "own_catalog"];
    let output = crate::support::cargo::cargo().args(tests).env_remove("UPDATE_CATALOG").output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && stdout.contains("2 passed"), "{stdout}");
}

#[test]
fn event_catalog() {
    let folder = tempfile::tempdir().unwrap();
    let (stdout, _) = run("event_catalog", "info", folder.path());
    let is_page = stdout == include_str!("../../docs/compliance/audit-event-catalog.md");
    assert!(
        is_page,
        "docs/compliance/audit-event-catalog.md is not the output of `event_catalog`: write it again"
    );
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
    let run_of_two = ["log.opened", "auth.attempt", "auth.attempt", "log.checkpoint", "log.closed"];
    assert_eq!(events(audit), run_of_two);
    // Again with the runtime log off: the audit log has the events.
    let (stdout, _) = run("two_logs", "off", folder.path());
    let (runtime, audit) = stdout.split_once("audit log, ").unwrap();
    assert_eq!(runtime.matches("answered").count(), 2, "no new events: {runtime}");
    assert_eq!(events(audit), [run_of_two, run_of_two].concat());
}

#[cfg(feature = "seal")]
#[test]
fn signer_process() {
    let folder = tempfile::tempdir().unwrap();
    // In the second run the child has another key, which certifies the log's as well.
    for _ in 0..2 {
        let (stdout, _) = run("signer_process", "info", folder.path());
        assert!(stdout.contains("intact, authentic"), "{stdout}");
        assert!(stdout.contains("the signer's key: signer.example.com/audit+"), "{stdout}");
        assert!(stdout.contains("the signer has signed 1 of 1 keys, 0 seals and 1 checkpoints"), "{stdout}");
    }
}

#[cfg(feature = "seal")]
#[test]
fn verify_and_prove() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("audit");
    let (_layer, guard) = tracing_audit::AuditLayer::builder(&dir).open().unwrap();
    guard.handle().append(tracing_audit::Record::new("auth.failed").resource("reason", "bad password"));
    guard.shutdown(std::time::Duration::from_secs(60)).unwrap();
    let path = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let (key, checkpoint) = (path("seal/log.vkey"), path("seal/checkpoint"));
    let (stdout, stderr) =
        run_with("verify_and_prove", &[&path(""), &key, &checkpoint], "info", folder.path());
    assert!(stdout.starts_with("intact, anchored; key "), "{stdout}{stderr}");
    let (proof, stderr) = run_with("verify_and_prove", &["--prove", "1", &path("")], "info", folder.path());
    assert!(stderr.is_empty(), "{stderr}");
    let key = std::fs::read_to_string(key).unwrap().parse::<tracing_audit::seal::VerifierKey>().unwrap();
    let mut files = std::fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path());
    let day_file = files.find(|path| path.extension().is_some_and(|it| it == "log")).unwrap();
    let line = std::fs::read_to_string(day_file).unwrap().lines().nth(1).unwrap().to_owned();
    proof.parse::<tracing_audit::seal::Proof>().unwrap().verify(line.as_bytes(), [&key]).unwrap();
}

#[test]
fn busy_days() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("busy");
    let dir = dir.to_str().unwrap();
    // Over midnight, with a step of the clock; the second one goes on with the log of the first.
    for (begin, step) in [("2026-05-27T23:50:00Z", "7200"), ("2026-05-28T12:00:00Z", "0")] {
        let (stdout, _) = run_with("busy_days", &[dir, begin, "300", step], "info", folder.path());
        assert_eq!(stdout, "100\n200\n300\n");
    }
    let events = tracing_audit::read::Query::new([dir]).event("*.*").count(|trouble| panic!("{trouble}"));
    assert!(events.unwrap() > 600);
    assert!(folder.path().join("busy/audit-2026-05-28.log").is_file());
}

#[cfg(unix)]
#[test]
fn prefork() {
    let folder = tempfile::tempdir().unwrap();
    // In a second run each worker's log continues.
    for runs in 1..=2 {
        let (stdout, stderr) = run("prefork", "info", folder.path());
        let workers = stdout.split("worker ").skip(1).collect::<Vec<_>>();
        assert_eq!(workers.len(), 3, "{stdout}");
        let mut processes = Vec::new();
        for (number, text) in (1..).zip(workers) {
            let lines = audit_lines(text).into_iter();
            let records = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
            let records = records.collect::<Vec<_>>();
            assert_eq!(records.len(), runs * 5, "{text}");
            for (seq, record) in records.iter().enumerate() {
                let resource = &record["resource"];
                assert_eq!(record["seq"], seq, "{text}");
                match record["event"].as_str().unwrap() {
                    "log.opened" => processes.push(resource["pid"].as_u64().unwrap()),
                    "log.checkpoint" => assert!(resource["size"].is_u64(), "{text}"),
                    "log.closed" => assert_eq!(resource["recorded"], 2),
                    "settings.changed" | "auth.failed" => assert_eq!(resource["worker"], number, "{text}"),
                    other => panic!("{other}: {text}"),
                }
            }
        }
        processes.sort_unstable();
        processes.dedup();
        assert_eq!(processes.len(), runs * 3, "each process has opened its own log: {stdout}");
        assert_eq!(stderr.matches("the worker has started").count(), 3, "{stderr}");
    }
}

#[cfg(feature = "otlp")]
#[test]
fn otlp() {
    use crate::support::collector::Collector;
    let folder = tempfile::tempdir().unwrap();
    let mut collector = Collector::start();
    let address = collector.address();
    collector.stop();
    let (stdout, stderr) = run_with("otlp", &[&address], "info", folder.path());
    assert!(stdout.contains("`otlp` has not delivered 5 records, from number 0 on"), "{stdout}");
    assert!(stdout.contains("docker run -p 4318:4318"), "{stdout}");
    assert!(stderr.contains("the mirror `otlp` could not deliver records and retries"), "{stderr}");

    collector.start_again();
    let (stdout, _) = run_with("otlp", &[&address], "info", folder.path());
    assert!(stdout.contains(&format!("all records are at {address}")), "{stdout}");
    collector.assert_complete(0..10);
}
