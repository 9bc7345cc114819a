//! Every example runs, in a folder of its own, and shows what it says it shows.

#[cfg(feature = "otlp")]
mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What the example prints on stdout and stderr.
fn run(example: &str, rust_log: &str, folder: &Path) -> (String, String) {
    run_with(example, &[], rust_log, folder)
}

/// Runs an example: by cargo, or, where there is none, as cargo has built it into the folder that
/// `BUILT_EXAMPLES` names (`.ci/windows`).
fn example(name: &str) -> Command {
    if let Some(folder) = std::env::var_os("BUILT_EXAMPLES") {
        return Command::new(Path::new(&folder).join(name).with_extension(std::env::consts::EXE_EXTENSION));
    }
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--all-features", "--example", name, "--"]);
    command
}

/// The same, with arguments.
fn run_with(name: &str, arguments: &[&str], rust_log: &str, folder: &Path) -> (String, String) {
    let output = example(name)
        .args(arguments)
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
fn own_catalog() {
    let folder = tempfile::tempdir().unwrap();
    let (stdout, stderr) = run("own_catalog", "info", folder.path());
    let lines = audit_lines(&stdout);
    assert_eq!(lines.len(), 4, "{stdout}");
    assert!(
        lines[3].contains(r#""_violations":["`number` should be a string","`cents` is missing"]"#),
        "{stdout}"
    );
    assert!(stdout.contains("number 4 is not what the catalog says"), "{stdout}");
    assert_eq!(stderr.matches("was recorded, but").count(), 1, "{stderr}");
    if std::env::var_os("BUILT_EXAMPLES").is_some() {
        return;
    }
    // Its own tests hold its document to its code.
    let tests = ["test", "--quiet", "--all-features", "--example", "own_catalog"];
    let output = Command::new(env!("CARGO")).args(tests).env_remove("UPDATE_CATALOG").output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && stdout.contains("2 passed"), "{stdout}");
}

#[test]
fn event_catalog() {
    let folder = tempfile::tempdir().unwrap();
    let (stdout, _) = run("event_catalog", "info", folder.path());
    assert_eq!(stdout, include_str!("../docs/compliance/audit-event-catalog.md"));
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

/// The metrics of one export, as `opentelemetry-stdout` prints them: name, unit and value.
fn metrics(export: &str) -> Vec<(&str, &str, f64)> {
    fn field<'a>(metric: &'a str, name: &str) -> &'a str {
        let mut lines = metric.lines().filter_map(|line| line.split_once(':'));
        let value = lines.find_map(|(key, value)| (key.trim() == name).then_some(value.trim()));
        value.unwrap_or_else(|| panic!("no {name}: {metric}"))
    }
    let of = |metric| (field(metric, "Name"), field(metric, "Unit"), field(metric, "Value").parse().unwrap());
    export.split("\nMetric #").skip(1).map(of).collect()
}

#[test]
fn otel_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let (stdout, _) = run("otel_metrics", "off", folder.path());
    let (first, last) = stdout.split_once("After the log was closed").unwrap();
    let exact = [
        ("audit.records", "{record}", 3.0),
        ("audit.refused", "{event}", 0.0),
        ("audit.gaps", "{record}", 0.0),
        ("audit.pruning.suspended", "1", 0.0),
        ("audit.enabled", "1", 1.0),
    ];
    for export in [first, last] {
        let metrics = metrics(export);
        for metric in &exact {
            assert!(metrics.contains(metric), "{metric:?} in {metrics:?}");
        }
        let value = |name: &str, unit: &str| {
            let found = metrics.iter().find(|metric| (metric.0, metric.1) == (name, unit));
            found.unwrap_or_else(|| panic!("no {name} in {unit}: {metrics:?}")).2
        };
        assert!(value("audit.written", "By") > 300.0, "{metrics:?}");
        assert!(value("audit.unsynced", "{record}") <= 4.0, "{metrics:?}");
        assert!(value("audit.uncommitted", "{record}") <= 4.0, "{metrics:?}");
        assert!(value("audit.disk.free", "By") > 0.0, "{metrics:?}");
        // No event was refused.
        assert!(metrics.iter().all(|metric| metric.0 != "audit.last_error.age"), "{metrics:?}");
    }
    // All is on disk in the end.
    let last = metrics(last);
    assert!(last.contains(&("audit.unsynced", "{record}", 0.0)), "{last:?}");
    assert!(last.contains(&("audit.uncommitted", "{record}", 0.0)), "{last:?}");
}

#[test]
fn sqlite_mirror() {
    let folder = tempfile::tempdir().unwrap();
    let cursor = folder.path().join("tracing-audit-sqlite-mirror/audit/.state/cursors/sqlite.json");
    for runs in 1..=3 {
        let (stdout, _) = run("sqlite_mirror", "off", folder.path());
        let (failed, all) = stdout.split_once("\nall records:\n").unwrap();
        assert!(failed.contains(&format!("\nS-1-5-21-2  {}  20", 2 * runs)), "{stdout}");
        let records = all.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let records = records.collect::<Vec<_>>();
        // Each once, in whichever run it was recorded, and however often it was delivered.
        assert_eq!(records.len(), 5 * runs, "{stdout}");
        for (seq, record) in records.iter().enumerate() {
            let events = ["log.opened", "settings.changed", "auth.failed", "auth.failed", "log.closed"];
            assert_eq!(record["event"], events[seq % events.len()], "{stdout}");
            assert_eq!(record["seq"], seq, "{stdout}");
        }
        if runs == 2 {
            // All is delivered again.
            std::fs::remove_file(&cursor).unwrap();
        }
    }
}

#[cfg(unix)]
#[test]
fn prefork() {
    let folder = tempfile::tempdir().unwrap();
    // When it is run again, each worker's log goes on.
    for runs in 1..=2 {
        let (stdout, stderr) = run("prefork", "info", folder.path());
        let workers = stdout.split("worker ").skip(1).collect::<Vec<_>>();
        assert_eq!(workers.len(), 3, "{stdout}");
        let mut processes = Vec::new();
        for (number, text) in (1..).zip(workers) {
            let lines = audit_lines(text).into_iter();
            let records = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
            let records = records.collect::<Vec<_>>();
            assert_eq!(records.len(), runs * 4, "{text}");
            for (seq, record) in records.iter().enumerate() {
                let resource = &record["resource"];
                assert_eq!(record["seq"], seq, "{text}");
                match record["event"].as_str().unwrap() {
                    "log.opened" => processes.push(resource["pid"].as_u64().unwrap()),
                    "log.closed" => assert_eq!(resource["recorded"], 2),
                    "settings.changed" | "auth.failed" => assert_eq!(resource["worker"], number, "{text}"),
                    other => panic!("{other}: {text}"),
                }
            }
        }
        processes.sort_unstable();
        processes.dedup();
        assert_eq!(processes.len(), runs * 3, "each has opened its own: {stdout}");
        assert_eq!(stderr.matches("the worker has started").count(), 3, "{stderr}");
    }
}

/// A process that does not outlive the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.0.kill().unwrap();
        }
    }
}

/// The status and the body that the service answers with.
fn ask(address: &str, request_line: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<String>();
    let length = body.len();
    write!(
        stream,
        "{request_line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[test]
fn axum_service() {
    let folder = tempfile::tempdir().unwrap();
    let child = example("axum_service")
        .envs([("RUST_LOG", "off")])
        .envs([("TMPDIR", folder.path()), ("TMP", folder.path()), ("TEMP", folder.path())])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut service = Running(child);
    let mut first_line = String::new();
    BufReader::new(service.0.stdout.as_mut().unwrap()).read_line(&mut first_line).unwrap();
    let address = first_line.strip_prefix("listening on http://").unwrap();
    let address = address.split(';').next().unwrap();

    let sign_in = |password: &str| {
        ask(address, "POST /sign-in", &[], &format!(r#"{{"user":"S-1-5-21-1","password":"{password}"}}"#))
    };
    assert_eq!(sign_in("battery staple").0, 401);
    assert_eq!(ask(address, "GET /export", &[], "").0, 401);
    let (status, body) = sign_in("correct horse");
    assert_eq!(status, 200, "{body}");
    let session = serde_json::from_str::<serde_json::Value>(&body).unwrap();
    let bearer = format!("Bearer {}", session["token"].as_str().unwrap());
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = [("authorization", &*bearer), ("traceparent", traceparent)];
    assert_eq!(ask(address, "POST /settings", &headers, r#"{"retention_days":90}"#).0, 204);
    let (status, body) = ask(address, "GET /export", &headers[..1], "");
    assert_eq!((status, body.contains("S-1-5-21-1")), (200, true), "{body}");

    // The end of its input stops it.
    drop(service.0.stdin.take());
    assert!(service.0.wait().unwrap().success());
    let mut lines = String::new();
    for entry in std::fs::read_dir(folder.path().join("tracing-audit-axum-service")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            lines.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    assert!(!lines.contains(session["token"].as_str().unwrap()), "the token is a secret: {lines}");
    let records = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let records = records.filter(|record| !record["event"].as_str().unwrap().starts_with("log."));
    let records = records.collect::<Vec<_>>();
    let events = records.iter().map(|record| record["event"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(events, ["auth.failed", "auth.failed", "settings.changed", "privacy.export"]);
    assert_eq!(records[0]["actor"], serde_json::json!({ "user_sid": "S-1-5-21-1" }));
    assert_eq!(records[1]["actor"], serde_json::json!({}));
    let actor = serde_json::json!({ "user_sid": "S-1-5-21-1", "session_id": session["session_id"] });
    assert_eq!((&records[2]["actor"], &records[3]["actor"]), (&actor, &actor));
    let traces = records.iter().map(|record| record["trace_id"].as_str().map_or(0, str::len));
    assert_eq!(traces.collect::<Vec<_>>(), [32; 4]);
    assert_eq!(records[2]["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_ne!(records[3]["trace_id"], records[2]["trace_id"]);
}

#[cfg(feature = "otlp")]
#[test]
fn otlp() {
    use support::collector::Collector;
    let folder = tempfile::tempdir().unwrap();
    let mut collector = Collector::start();
    let address = collector.address();
    collector.stop();
    let (stdout, stderr) = run_with("otlp", &[&address], "info", folder.path());
    assert!(stdout.contains("`otlp` has not delivered 4 records, from number 0 on"), "{stdout}");
    assert!(stdout.contains("docker run -p 4318:4318"), "{stdout}");
    assert!(stderr.contains("the mirror `otlp` could not deliver records and retries"), "{stderr}");

    collector.start_again();
    let (stdout, _) = run_with("otlp", &[&address], "info", folder.path());
    assert!(stdout.contains(&format!("all records are at {address}")), "{stdout}");
    collector.assert_complete(0..8);
}

#[cfg(feature = "otlp")]
#[test]
fn runtime_and_audit_otlp() {
    use support::collector::Collector;
    let folder = tempfile::tempdir().unwrap();
    let (runtime, audit) = (Collector::start(), Collector::start());
    let endpoints = [runtime.address(), audit.address()];
    let endpoints = [endpoints[0].as_str(), endpoints[1].as_str()];
    let (stdout, _) = run_with("runtime_and_audit_otlp", &endpoints, "info", folder.path());
    assert!(stdout.contains("all audit records are at"), "{stdout}");
    // Each on its side, and nothing on the other.
    audit.assert_complete(0..4);
    let state = runtime.state();
    assert_eq!((state.arrivals.len(), state.others.len()), (0, 4), "{:?}", state.others);
    let bodies = state.others.iter().map(|record| format!("{:?}", record.body)).collect::<Vec<_>>();
    assert_eq!(bodies.iter().filter(|body| body.contains("signing in")).count(), 2, "{bodies:?}");
    assert_eq!(bodies.iter().filter(|body| body.contains("answered")).count(), 2, "{bodies:?}");
}
